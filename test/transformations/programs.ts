/** Scalar functions of a vector of four numbers, each with a way of its own of using loops, choices and captured tensors. */
import {
  type Tensor,
  add,
  cat,
  cholesky,
  einsum,
  exp,
  eye,
  gt,
  lt,
  matmul,
  mean,
  mul,
  outer,
  reshape,
  sin,
  softmax,
  solve,
  sort,
  stopGradient,
  sum,
  tanh,
  tensor,
  topk,
} from '../../engine/index.js';
import type { Tools } from './tools.js';

const float64 = { dtype: 'float64' } as const;
/** What programs take from around them. */
export const surroundings = {
  weight: tensor(
    [
      [0.5, -0.3, 0.2, 0.7],
      [-0.6, 0.4, 0.1, 0.3],
      [0.2, 0.8, -0.5, 0.1],
      [0.3, 0.1, 0.6, -0.4],
    ],
    float64,
  ),
  start: tensor([0.1, 0.2, -0.1, 0.3], float64),
};

type Program = (tools: Tools, from: typeof surroundings) => (x: Tensor) => Tensor;

export const programs: Readonly<Record<string, Program>> = {
  'no loop': () => (x) => sum(mul(sin(x), exp(mul(x, 0.3)))),
  'a recurrence with a captured weight':
    (tools, { weight, start }) =>
    (x) => {
      const w = mul(weight, mean(x));
      const [{ h }, outs] = tools.scan(
        (carry, item) => {
          const next = tanh(add(matmul(w, carry.h), item));
          return [{ h: next }, sum(mul(next, x))];
        },
        { h: start },
        x,
      );
      return add(sum(mul(h, h)), mean(outs));
    },
  'in reverse and in chunks':
    (tools, { start }) =>
    (x) => {
      const [, outs] = tools.scan(
        (carry, item) => [{ h: sin(add(carry.h, item)) }, sum(mul(carry.h, carry.h))],
        { h: mul(x, start) },
        cat([x, mul(x, 2), x.neg()]),
        { reverse: true, chunks: 5 },
      );
      return mean(mul(outs, outs));
    },
  'a loop in a loop': (tools) => (x) => {
    const [{ h }] = tools.scan(
      (outer_, item) => {
        const [{ g }, inner] = tools.scan(
          (carry, other) => [{ g: tanh(add(mul(carry.g, item), mul(other, outer_.h))) }, carry.g],
          { g: outer_.h },
          x,
        );
        return [{ h: add(mul(g, 0.5), mean(inner)) }, g];
      },
      { h: mean(x) },
      x,
    );
    return h;
  },
  'a cut and a recomputed part in the step': (tools) => (x) => {
    const [{ h }] = tools.scan(
      (carry, item) => {
        const kept = stopGradient(carry.h, 'part of the test');
        const part = tools.remat((y) => sin(mul(y, x)))(mul(carry.h, item));
        return [{ h: add(mul(kept, 0.3), part) }, item];
      },
      { h: mul(x, x) },
      x,
    );
    return sum(mul(h, x));
  },
  'a choice': (tools) => (x) =>
    tools.cond(
      gt(sum(x), 0.4),
      (y) => sum(mul(mul(y, y), x)),
      // Of a negative number, were it taken: a branch that is not taken may not spoil a gradient.
      (y) => sum(exp(mul(y, x))),
      x,
    ),
  'a choice of which the other branch is not finite': (tools) => (x) =>
    tools.cond(
      gt(sum(x), 0.4),
      (y) => sum(mul(sum(y).sub(0.4).log(), y)),
      (y) => sum(mul(sum(y).sub(0.4).neg().add(1e-3).sqrt(), y)),
      x,
    ),
  'a choice in a loop': (tools) => (x) => {
    const [{ h }] = tools.scan(
      (carry, item) => [
        {
          h: tools.cond(
            lt(item, 0.2),
            (y) => mul(y, add(item, x)),
            (y) => sin(add(y, item)),
            carry.h,
          ),
        },
        item,
      ],
      { h: x },
      x,
    );
    return sum(mul(h, h));
  },
  'a loop that ends by itself': (tools) => (x) =>
    sum(
      tools.whileLoop(
        (y) => lt(sum(mul(y, y)), 9),
        (y) => add(mul(y, 1.5), mul(mul(x, x), y.mul(0.1).tanh())),
        add(mul(x, x), 0.5),
        20,
      ),
    ),
  'a gradient of its own in a loop': (tools) => (x) => {
    const [{ h }] = tools.scan(
      (carry, item) => [{ h: sin(add(tools.doubled(mul(carry.h, item)), x)) }, item],
      { h: tools.doubled(x) },
      x,
    );
    return sum(mul(h, h));
  },
  'places of numbers':
    (_, { start }) =>
    (x) => {
      const { values } = topk(x, 2);
      return add(sum(mul(sort(x), start)), sum(mul(mul(values, values), values)));
    },
  'linear equations':
    (_, { weight, start }) =>
    (x) => {
      const a = add(outer(x, x), mul(eye(4, float64), 2));
      const lower = cholesky(a);
      return add(sum(mul(solve(a, start), x)), einsum('ij,jk,k->', lower, weight, softmax(x, 0)));
    },
  'rows of a matrix by vmap':
    (tools, { weight }) =>
    (x) => {
      const rows = tools.vmap((row) => sum(mul(tanh(mul(row, x)), mean(x))))(weight);
      return sum(mul(rows, reshape(x, [4])));
    },
};
