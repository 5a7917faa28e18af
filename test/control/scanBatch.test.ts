/** Loops under vmap, with gradients inside and outside of it, against a loop over the examples. */
import { describe, expect, it } from 'vitest';
import {
  type Tensor,
  add,
  grad,
  hvp,
  mapTree,
  mul,
  leavesOf,
  scan,
  stack,
  sub,
  sum,
  tanh,
  tensor,
  vmap,
  matmul,
  reshape,
} from '../../engine/index.js';
import { relativeError } from '../compile/values.js';
import { draw, loop, row, type Scan } from './plainLoop.js';

const [w, x, h] = [draw(3, 3), draw(4, 5, 3), draw(4, 3)];
const made = draw(3);

/** One example: its carry starts shared and becomes its own by the items; outs are shared, mixed and counted. */
const f =
  (each: Scan) =>
  (w: Tensor, x: Tensor, h: Tensor): Tensor => {
    const start = { a: h, b: made, k: tensor(0, { dtype: 'int32' }) };
    const [{ a, b }, o] = each(
      ({ a, b, k }: typeof start, item: Tensor) => {
        const next = tanh(add(reshape(matmul(reshape(a, [1, 3]), w), [3]), item));
        return [
          { a: next, b: add(mul(b, 0.5), mul(next, a)), k: add(k, 1) },
          { next, k, w },
        ] as const;
      },
      start,
      x,
    );
    return add(add(sum(mul(a, b)), sum(mul(o.next, o.next))), sum(mul(o.w, o.w)));
  };

const examples = <Result>(g: (x: Tensor, h: Tensor) => Result): Result => {
  const all = [0, 1, 2, 3].map((i) => leavesOf(g(row(x, i), row(h, i))));
  return mapTree(g(row(x, 0), row(h, 0)), (_, path) =>
    stack(all.map((leaves) => leaves.find((leaf) => leaf.path === path)!.tensor)),
  );
};
const close = (actual: unknown, expected: unknown): void => {
  expect(relativeError(actual, expected)).toBeLessThan(1e-13);
};

describe('scan under vmap', () => {
  it('values, gradients for each example, and those of all', () => {
    close(
      vmap(f(scan), { in: [null, 0, 0] })(w, x, h),
      examples((xi, hi) => f(loop)(w, xi, hi)),
    );
    const parts = (each: Scan) => (w: Tensor, x: Tensor, h: Tensor) =>
      grad((p: { w: Tensor; x: Tensor; h: Tensor }) => f(each)(p.w, p.x, p.h))({ w, x, h });
    close(
      vmap(parts(scan), { in: [null, 0, 0] })(w, x, h),
      examples((xi, hi) => parts(loop)(w, xi, hi)),
    );
    const all = (v: Tensor): Tensor => sum(vmap(f(scan), { in: [null, 0, 0] })(v, x, h));
    const plain = (v: Tensor): Tensor => sum(examples((xi, hi) => f(loop)(v, xi, hi)));
    close(grad(all)(w), grad(plain)(w));
    close(hvp(all)(w, made.mul(w)), hvp(plain)(w, made.mul(w)));
  });

  it('gradients of gradients for each example, under a gradient', () => {
    const inner = (each: Scan) => (w: Tensor, x: Tensor, h: Tensor) =>
      sum(tanh(grad((v: Tensor) => f(each)(v, x, h))(w)));
    const run = (v: Tensor): Tensor => sum(vmap(inner(scan), { in: [null, 0, 0] })(v, x, h));
    const plain = (v: Tensor): Tensor => sum(examples((xi, hi) => inner(loop)(v, xi, hi)));
    close(grad(run)(w), grad(plain)(w));
  });

  it('examples that differ in a constant alone, and vmap in vmap', () => {
    const rates = tensor([0.1, 0.2, 0.3, 0.4], { dtype: 'float64' });
    const descend = (each: Scan) => (rate: Tensor, x: Tensor) =>
      each(
        (v: Tensor) => [sub(v, mul(grad((u: Tensor) => sum(tanh(mul(u, x))))(v), rate)), v],
        made,
        undefined,
        { length: 3 },
      )[1];
    const some = row(x, 0);
    close(
      vmap(vmap(descend(scan), { in: [null, 0] }), { in: [0, null] })(rates, some),
      stack(
        [0, 1, 2, 3].map((i) =>
          stack([0, 1, 2, 3, 4].map((k) => descend(loop)(row(rates, i), row(some, k)))),
        ),
      ),
    );
  });
});
