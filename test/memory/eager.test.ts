import { setFlagsFromString } from 'node:v8';
import { expect, it } from 'vitest';
import {
  Generator,
  type Tensor,
  grad,
  mul,
  normal,
  sub,
  sum,
  tanh,
  valueAndGrad,
} from '../../engine/index.js';
import { bytesInUse } from '../heap.js';

// What optimizing compilers keep of code that they compile again and again is not memory of the engine.
for (const flag of ['--no-opt', '--no-maglev']) setFlagsFromString(flag);

const random = new Generator(2);
const draw = (...shape: readonly number[]): Tensor => normal(random, shape);

const x = draw(4, 3);
const start = { w: draw(3, 2), v: draw(2, 1) };

const loss = ({ w, v }: typeof start): Tensor => sum(tanh(tanh(x.matmul(w)).matmul(v)).square());

/** Gradient descent down the loss and, by a gradient of a gradient, down the gradient's square. */
const step = (params: typeof start): typeof start => {
  const { grad: first } = valueAndGrad(loss)(params);
  const second = grad((p: typeof start) => {
    const { w, v } = grad(loss)(p);
    return sum(w.square()).add(sum(v.square()));
  })(params);
  const descend = (p: Tensor, a: Tensor, b: Tensor): Tensor => sub(p, mul(a.add(b), 1e-4));
  return { w: descend(params.w, first.w, second.w), v: descend(params.v, first.v, second.v) };
};

/**
 * By how many bytes memory grew in each step: in the best of some periods, since compilers take some at first. The first
 * period with less than `enough` ends it.
 */
function growth(once: () => void, enough = 0): number {
  const [periods, steps] = [5, 500];
  let least = Infinity;
  for (let period = 0; period < periods && least >= enough; period++) {
    const before = bytesInUse();
    for (let k = 0; k < steps; k++) once();
    least = Math.min(least, (bytesInUse() - before) / steps);
  }
  return least;
}

it('eager steps leave nothing behind, of first order and of second', () => {
  let params = start;
  expect(growth(() => (params = step(params)), 12)).toBeLessThan(12);
  expect(params.w.toArray()).not.toEqual(start.w.toArray());
});

it('one small object kept at every step would be seen', () => {
  let params = start;
  const kept: object[] = [];
  const leaking = (): void => {
    params = step(params);
    kept.push({});
  };
  expect(growth(leaking)).toBeGreaterThan(20);
  expect(kept.length).toBe(2500);
});
