/** Moments that only shrink become 0 in compiled updates, and no denormal numbers, on which processors take up to forty times as long. */
import { expect, it } from 'vitest';
import { type Tensor, add, compile, fromTypedArray, mul, tensor, zeros } from '../../engine/index.js';
import { type State, adam, applyRule } from '../../optimizers/index.js';
import { adamHyper } from '../../bench/problems.js';

const least = 2 ** -126;

it('moving averages in maps with several results are 0 where they would be denormal, and nothing else is', () => {
  const values = [least, least / 2, -least, -least / 2, 2 ** -149, 1, 0, -0, NaN, Infinity, -Infinity];
  // More than the vectors that are written out without a loop, and a rest.
  const x = fromTypedArray(Float32Array.from({ length: 43 }, (_, i) => values[i % values.length]));
  const both = compile(
    (a: Tensor, b: Tensor, factor: Tensor) =>
      [add(mul(factor, a), b), add(mul(factor, a), mul(b, 2)), mul(a, 2)] as const,
  );
  const [first, second, others] = both(x, zeros([43]), tensor(1));
  expect(String(both.plans[0])).toContain('y1 =');
  const expected = Array.from(x.toTypedArray(), (value) => (Math.abs(value) < least ? 0 : value));
  for (const average of [first, second])
    expect(Array.from(average.toTypedArray(), (value) => value + 0)).toEqual(
      expected.map((value) => value + 0),
    );
  expect(Array.from(others.toTypedArray())).toEqual(Array.from(x.toTypedArray(), (value) => value * 2));
});

it('1,000 steps of Adam without gradients leave moments that are 0 or normal, and finite parameters', () => {
  const rule = adam();
  const decaying = { ...adamHyper, beta2: tensor(0.9) };
  interface Progress {
    readonly params: Tensor;
    readonly state: State;
    readonly step: Tensor;
  }
  const update = compile(
    ({ params, state, step }: Progress, grads: Tensor, hyper: typeof adamHyper): Progress => {
      const after = applyRule(rule, { params, grads, state, hyper, step });
      return { params: after.params, state: after.state, step: add(step, 1) };
    },
  );
  const params = tensor(Array.from({ length: 19 }, (_, i) => i - 9));
  const grads = mul(params, 1e-3);
  let now = update({ params, state: rule.init(params), step: tensor(1) }, grads, decaying);
  for (let k = 0; k < 1000; k++) now = update(now, mul(grads, 0), decaying);
  const moments = Object.values(now.state as Record<string, Tensor>);
  expect(moments.length).toBeGreaterThan(1);
  for (const moment of moments)
    for (const value of moment.toTypedArray()) expect(value === 0 || Math.abs(value) >= least).toBe(true);
  for (const value of now.params.toTypedArray()) expect(Math.abs(value)).toBeLessThan(10);
});
