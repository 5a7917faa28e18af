/** Concatenations in the steps of loops and choices, whose parts come from around the step. */
import { expect, it } from 'vitest';
import {
  type Tensor,
  add,
  amax,
  cat,
  compile,
  cond,
  lt,
  matmul,
  mul,
  narrow,
  ones,
  scan,
  stack,
  sum,
  tensor,
  whileLoop,
} from '../../engine/index.js';

const f64 = { dtype: 'float64' } as const;
const largest = (a: Tensor, b: Tensor): Tensor => amax(stack([a, b]), { dim: 0 });
const last = (step: (carry: Tensor, item: Tensor) => Tensor, x: Tensor, w: Tensor): Tensor =>
  scan((carry: Tensor, item: Tensor) => [step(carry, item), undefined], x, w)[0];

const programs: Readonly<Record<string, (x: Tensor, w: Tensor) => Tensor>> = {
  'an item of a loop': (x, w) => last((c, i) => mul(c, largest(i, mul(i, 2))), x, w),
  'the carry and an item': (x, w) =>
    last((c, i) => matmul(cat([c, i]), narrow(cat([w, w, w]), 0, 0, 6)), x, w),
  'a tensor captured by a loop': (x, w) => last((c, i) => mul(c, largest(sum(w, 0), i)), x, w),
  'a constant': (x, w) => last((c, i) => mul(c, largest(ones([3], f64), i)), x, w),
  'a branch': (x, w) =>
    cond(
      lt(sum(x), 9),
      (y: Tensor) => mul(y, largest(y, sum(w, 0))),
      (y: Tensor) => y,
      x,
    ),
  'a loop in a loop': (x, w) => last((c, i) => last((d, k) => add(mul(d, largest(i, c)), k), c, w), x, w),
  'a bounded loop': (x) =>
    whileLoop(
      (y: Tensor) => lt(sum(y), 3),
      (y: Tensor) => add(largest(y, mul(y, 2)), 1),
      x,
      { max: 9 },
    ),
};

const x = tensor([0.3, -1.2, 0.5], f64);
const w = tensor(
  [
    [0.5, 0.1, -0.2],
    [0.4, 2, 0.9],
  ],
  f64,
);

it.each(Object.keys(programs).flatMap((name) => (['cpu', 'wasm'] as const).map((on) => [name, on] as const)))(
  'of %s are computed on %s as they are eagerly',
  (name, backend) => {
    const f = programs[name];
    const difference = compile(f, { backend })(x, w).sub(f(x, w)).abs();
    expect(amax(difference).item()).toBeLessThan(1e-12);
  },
);
