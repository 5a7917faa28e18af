/**
 * A network learns the sine in a browser, on its GPU: `npm run build && npx vite examples/browser` serves the page. Ten
 * updates are one call, so that parameters cross to the GPU and back once for all of them.
 */
/* global document, navigator */
import { Generator, compileAsync, sin, tanh, tensor } from 'metagrad';
import { mlp } from 'metagrad/nn';
import { adam, unroll } from 'metagrad/optimizers';

const model = mlp({ sizes: [1, 32, 32, 1], activation: tanh });
const loss = (params, { x, y }) => model.apply(params, x).sub(y).square().mean();
const rule = adam();

const train = compileAsync(
  (before, batches) => {
    const { params, state, steps, losses } = unroll(rule, loss, { ...before, hyper: { lr: 0.01 }, batches });
    return { progress: { params, state, steps }, loss: losses[0] };
  },
  { mode: 'gpu' in navigator ? 'webgpu' : 'webgl2' },
);

const random = new Generator(1);
const draw = () => {
  const x = tensor(Array.from(random.normal(64), (value) => [value]));
  return { x, y: sin(x.mul(3)) };
};
const params = model.init(random);
let progress = { params, state: rule.init(params), steps: tensor(0) };
const log = document.getElementById('log');
for (let call = 0; call < 20; call++) {
  const result = await train(
    progress,
    Array.from({ length: 10 }, () => draw()),
  );
  progress = result.progress;
  log.textContent += `step ${10 * call + 1}: loss ${result.loss.item().toFixed(4)}\n`;
}
log.textContent += `computed by ${train.plans[0].gpu.device.adapter}\n`;
