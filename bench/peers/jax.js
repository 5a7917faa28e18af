/** jax-js on its WebAssembly backend: compiled functions, references counted by hand. */
import { readFileSync } from 'node:fs';
import { URL } from 'node:url';
import process from 'node:process';
import { decode, oneHot, serve, sum } from './serve.js';

const library = await import('@jax-js/jax').catch(() => process.exit(0));
const { blockUntilReady, defaultDevice, grad, init, jit, nn, numpy: np, valueAndGrad, vmap } = library;
await init('wasm');
defaultDevice('wasm');

const arrayOf = ({ shape, data }) => np.array(data).reshape(shape);
const decoded = (encoded) => arrayOf(decode(encoded));
const batchOf = ({ x, y }, classes) => ({
  x: decoded(x),
  y: arrayOf(oneHot(decode(y, Int32Array).data, classes)),
});

/** Every function takes the references that it is given: what is used once more is used as `.ref`. */
const again = (arrays) => arrays.map((a) => a.ref);
const batchAgain = ({ x, y }) => ({ x: x.ref, y: y.ref });
const dispose = (arrays) => arrays.forEach((a) => a.dispose());

function lossOf(params, { x, y }) {
  const rows = y.shape[0];
  for (let i = 0; i < params.length; i += 2) {
    x = np.matmul(x, params[i].transpose()).add(params[i + 1]);
    if (i + 2 < params.length) x = nn.relu(x);
  }
  return nn
    .logSoftmax(x)
    .mul(y)
    .sum()
    .mul(-1 / rows);
}

const sums = (arrays) => arrays.map((a) => sum(a.ref.dataSync()));

/** Adam's updates as one compiled function of lists; `scales` are -lr / (1 - beta1^t) and 1 / (1 - beta2^t). */
function adam(params, grads, m, v, scales) {
  const [first, second] = scales;
  const next = { params: [], m: [], v: [] };
  params.forEach((p, i) => {
    const g = grads[i];
    const momentum = m[i].mul(0.9).add(g.ref.mul(0.1));
    const square = v[i].mul(0.999).add(g.ref.mul(g).mul(0.001));
    const root = np.sqrt(square.ref.mul(second.ref)).add(1e-8);
    next.params.push(p.add(momentum.ref.mul(first.ref).div(root)));
    next.m.push(momentum);
    next.v.push(square);
  });
  dispose(scales);
  return next;
}

const scalesAt = (t, lr) => [-lr / (1 - 0.9 ** t), 1 / (1 - 0.999 ** t)].map((x) => np.array(x));

const zerosLike = (arrays) => arrays.map(({ shape }) => np.zeros(shape));

function gemm({ form, a, b }) {
  const [x, y] = [a, b].map(decoded);
  const turned = (t, turn) => (turn === 'T' ? t.transpose() : t);
  const product = jit((p, q) => np.matmul(turned(p, form[0]), turned(q, form[1])));
  let latest = product(x.ref, y.ref);
  return {
    async once() {
      latest.dispose();
      latest = product(x.ref, y.ref);
      // What is disposed of before it was waited for is never computed.
      await blockUntilReady(latest);
    },
    numbers() {
      const data = latest.ref.dataSync();
      return [sum(data), sum(data.subarray(0, latest.shape[1]))];
    },
  };
}

function step({ params: encoded, batch }) {
  const params = encoded.map(decoded);
  const given = batchOf(batch, params.at(-1).shape[0]);
  let now = { params, m: zerosLike(params), v: zerosLike(params) };
  let [t, latest] = [0, np.array(0)];
  const update = jit(({ params: p, m, v }, scales, data) => {
    const [loss, grads] = valueAndGrad(lossOf)(again(p), data);
    return { loss, now: adam(p, grads, m, v, scales) };
  });
  const once = () => {
    const result = update(now, scalesAt(++t, 1e-3), batchAgain(given));
    latest.dispose();
    latest = result.loss;
    now = result.now;
  };
  return {
    once,
    finish: () => blockUntilReady([latest, now]),
    numbers: () =>
      [0, 1, 2].map(() => {
        once();
        return latest.ref.dataSync()[0];
      }),
  };
}

/** SGD whose log lr takes one Adam step on the validation loss after each look-ahead. */
function hypergradient({ params: encoded, theta, batches, metaLr }) {
  const params = encoded.map(decoded);
  const [train, validation] = batches.map((batch) => batchOf(batch, params.at(-1).shape[0]));
  const ahead = (p, grads, logLr) => {
    const lr = np.exp(logLr);
    const moved = p.map((x, i) => x.sub(grads[i].mul(lr.ref)));
    lr.dispose();
    return moved;
  };
  const update = jit((now, scales, data, held) => {
    const grads = grad(lossOf)(again(now.params), data);
    const metaLoss = (logLr, p, g, given) => lossOf(ahead(p, g, logLr), given);
    const [loss, slope] = valueAndGrad(metaLoss)(now.logLr.ref, again(now.params), again(grads), held);
    const after = adam([now.logLr], [slope], [now.m], [now.v], scales);
    const [logLr] = after.params;
    const next = { params: ahead(now.params, grads, logLr.ref), logLr, m: after.m[0], v: after.v[0] };
    return { loss, next };
  });
  const logLr = decoded(theta[0]);
  const [m, v] = [np.zeros(logLr.shape), np.zeros(logLr.shape)];
  let [now, t, latest] = [{ params, logLr, m, v }, 0, np.array(0)];
  const once = () => {
    const result = update(now, scalesAt(++t, metaLr), batchAgain(train), batchAgain(validation));
    latest.dispose();
    latest = result.loss;
    now = result.next;
  };
  return {
    once,
    finish: () => blockUntilReady([latest, now]),
    numbers() {
      once();
      return [latest.ref.dataSync()[0], ...sums(now.params)];
    },
  };
}

/** The gradient of the loss after several SGD steps with respect to the initial parameters and the log lr. */
function unrolled({ params: encoded, theta, batches, steps }) {
  const leaves = { params: encoded.map(decoded), logLr: decoded(theta[0]) };
  const [train, validation] = batches.map((batch) => batchOf(batch, leaves.params.at(-1).shape[0]));
  const final = ({ params, logLr }, data, held) => {
    const lr = np.exp(logLr);
    for (let k = 0; k < steps; k++) {
      const grads = grad(lossOf)(again(params), batchAgain(data));
      params = params.map((p, i) => p.sub(grads[i].mul(lr.ref)));
    }
    dispose([lr, data.x, data.y]);
    return lossOf(params, held);
  };
  // Not compiled: version 0.1.25 compiles gradients of gradients to numbers that are off by some percent.
  const gradient = grad(final);
  const compute = () =>
    gradient(
      { params: again(leaves.params), logLr: leaves.logLr.ref },
      batchAgain(train),
      batchAgain(validation),
    );
  let latest = compute();
  return {
    async once() {
      dispose([...latest.params, latest.logLr]);
      latest = compute();
      await blockUntilReady(latest);
    },
    numbers: () => sums([...latest.params, latest.logLr]),
  };
}

/** The gradient of each example's loss. */
function perExample({ params: encoded, batch }) {
  const params = encoded.map(decoded);
  const { x, y } = batchOf(batch, params.at(-1).shape[0]);
  const one = (p, row, target) => lossOf(p, { x: row.reshape([1, -1]), y: target.reshape([1, -1]) });
  const mapped = jit(vmap(grad(one), [null, 0, 0]));
  const compute = () => mapped(again(params), x.ref, y.ref);
  let latest = compute();
  return {
    async once() {
      dispose(latest);
      latest = compute();
      await blockUntilReady(latest);
    },
    numbers: () => latest.flatMap((g) => [Math.abs, (a) => a * a].map((f) => sum(g.ref.dataSync().map(f)))),
  };
}

const manifest = new URL('../package.json', import.meta.resolve('@jax-js/jax'));
const { version } = JSON.parse(readFileSync(manifest, 'utf8'));
await serve(version, { gemm, step, hypergradient, unrolled, per_example: perExample });
