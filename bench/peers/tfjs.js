/** TensorFlow.js on its WebAssembly backend, the way its users write: operations one by one, memory tidied by hand. */
import { register } from 'node:module';
import process from 'node:process';
import { decode, oneHot, serve, sum } from './serve.js';

// The library's bundle for Node has no gradients, and the files that have them import one another without extensions.
const withExtension =
  'export const resolve = (name, context, next) => next(name, context).catch(() => next(`${name}.js`, context));';
register(`data:text/javascript,${encodeURIComponent(withExtension)}`);

const library = await Promise.all([
  import('@tensorflow/tfjs-core'),
  import('@tensorflow/tfjs-backend-wasm'),
  import('@tensorflow/tfjs-core/dist/register_all_gradients.js'),
]).catch(() => process.exit(0));
const tf = library[0];
await tf.setBackend('wasm');

const tensorOf = (encoded) => {
  const { shape, data } = decode(encoded);
  return tf.tensor(data, shape);
};

const batchOf = ({ x, y }, classes) => {
  const { shape, data } = oneHot(decode(y, Int32Array).data, classes);
  return { x: tensorOf(x), y: tf.tensor(data, shape) };
};

function lossOf(params, { x, y }) {
  for (let i = 0; i < params.length; i += 2) {
    x = tf.add(tf.matMul(x, params[i], false, true), params[i + 1]);
    if (i + 2 < params.length) x = tf.relu(x);
  }
  return tf.neg(tf.mean(tf.sum(tf.mul(tf.logSoftmax(x), y), 1)));
}

const sums = (tensors) => tensors.map((t) => sum(t.dataSync()));

/** Runs f, keeps what it returns and disposes of everything else that it made. */
const kept = (f) => tf.tidy(() => f());

function gemm({ form, a, b }) {
  const [x, y] = [a, b].map(tensorOf);
  const product = () => tf.matMul(x, y, form[0] === 'T', form[1] === 'T');
  return {
    once: () => product().dispose(),
    numbers: () => kept(() => sums([product(), tf.slice(product(), 0, 1)])),
  };
}

function step({ params: encoded, batch }) {
  const params = encoded.map((t) => tf.variable(tensorOf(t)));
  const given = batchOf(batch, params.at(-1).size);
  const optimizer = tf.train.adam(1e-3, 0.9, 0.999, 1e-8);
  const update = () => optimizer.minimize(() => lossOf(params, given), true, params);
  return {
    once: () => update().dispose(),
    numbers: () => [0, 1, 2].map(() => kept(() => update().dataSync()[0])),
  };
}

/** SGD whose log lr takes one Adam step on the validation loss after each look-ahead. */
function hypergradient({ params: encoded, theta, batches, metaLr }) {
  let params = encoded.map(tensorOf);
  const [train, validation] = batches.map((batch) => batchOf(batch, params.at(-1).size));
  const logLr = tf.variable(tensorOf(theta[0]));
  const optimizer = tf.train.adam(metaLr, 0.9, 0.999, 1e-8);
  const ahead = (grads) => params.map((p, i) => tf.sub(p, tf.mul(tf.exp(logLr), grads[i])));
  const once = () => {
    const { after, loss } = kept(() => {
      const grads = tf.grads((...p) => lossOf(p, train))(params);
      const metaLoss = optimizer.minimize(() => lossOf(ahead(grads), validation), true, [logLr]);
      return { after: ahead(grads), loss: metaLoss };
    });
    params.forEach((p) => p.dispose());
    params = after;
    return loss;
  };
  return { once: () => once().dispose(), numbers: () => [once().dataSync()[0], ...sums(params)] };
}

/** The gradient of the loss after several SGD steps with respect to the initial parameters and the log lr. */
function unrolled({ params: encoded, theta, batches, steps }) {
  const leaves = [...encoded, theta[0]].map(tensorOf);
  const [train, validation] = batches.map((batch) => batchOf(batch, leaves.at(-2).size));
  const gradient = tf.grads((...all) => {
    let params = all.slice(0, -1);
    const lr = tf.exp(all.at(-1));
    for (let k = 0; k < steps; k++) {
      const grads = tf.grads((...p) => lossOf(p, train))(params);
      params = params.map((p, i) => tf.sub(p, tf.mul(lr, grads[i])));
    }
    return lossOf(params, validation);
  });
  return {
    once: () => kept(() => void gradient(leaves)),
    numbers: () => kept(() => sums(gradient(leaves))),
  };
}

await serve(tf.version_core, { gemm, step, hypergradient, unrolled });
