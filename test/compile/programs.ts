/** Random programs of tensor operations, each made from a list of numbers. */
import * as fc from 'fast-check';
import {
  type Tensor,
  add,
  amax,
  argmax,
  atan,
  avgPool2d,
  cat,
  conv1d,
  conv2d,
  cos,
  cumsum,
  div,
  embedding,
  erf,
  exp,
  expm1,
  flip,
  gather,
  log1p,
  logSoftmax,
  logsumexp,
  lt,
  matmul,
  maximum,
  maxPool2d,
  mean,
  mul,
  narrow,
  neg,
  pad,
  permute,
  pow,
  relu,
  reshape,
  sigmoid,
  sin,
  slice,
  softmax,
  softplus,
  sqrt,
  square,
  stack,
  stopGradient,
  sub,
  sum,
  tanh,
  tensor,
  transpose,
  variance,
  where,
  zerosLike,
} from '../../engine/index.js';

/** One operation of a program: which, of what (counted back from the newest tensor), and one more number. */
export type Choice = readonly [operation: number, a: number, b: number, detail: number];

export const program = fc.array(fc.tuple(fc.nat(1000), fc.nat(5), fc.nat(5), fc.nat(10)), {
  minLength: 3,
  maxLength: 14,
});

const turned = (x: Tensor): Tensor =>
  permute(
    x,
    x.shape.map((_, i) => x.rank - 1 - i),
  );
const last = (x: Tensor): number => x.rank - 1;

/** Each is defined for all tensors, keeps numbers small, and is smooth but for kinks that random numbers miss. */
const operations: readonly ((a: Tensor, b: Tensor, detail: number) => Tensor)[] = [
  (a, b) => add(a, alike(b, a)),
  (a, b) => sub(a, alike(b, a)),
  (a, b) => mul(a, alike(b, a)),
  (a, b) => div(a, add(square(alike(b, a)), 1)),
  (a, b) => maximum(a, alike(b, a)),
  (a, b) => where(lt(a, alike(b, a)), mul(a, 2), alike(b, a)),
  (a) => neg(a),
  (a, _, detail) => mul(a, detail - 5),
  (a, _, detail) => add(a, detail - 5),
  (a) => relu(a),
  (a) => tanh(a),
  (a) => sigmoid(a),
  (a) => softplus(a),
  (a) => exp(neg(square(a))),
  (a) => sqrt(add(square(a), 1)),
  (a, _, detail) => sum(a, a.rank === 0 ? {} : { dim: detail % a.rank }),
  (a, _, detail) => mean(a, a.rank === 0 ? {} : { dim: detail % a.rank, keepdim: true }),
  (a, _, detail) => amax(a, a.rank === 0 ? {} : { dim: detail % a.rank, keepdim: true }),
  (a) => turned(a),
  (a) => reshape(a, [-1]),
  (a) => reshape(turned(a), [-1, 1]),
  (a, _, detail) => (a.rank === 0 ? a : slice(a, { dim: last(a), start: detail % a.shape[last(a)] })),
  (a, _, detail) => (a.rank === 0 ? a : pad(a, [detail % 2, 1])),
  (a) => (a.rank === 0 ? a : cat([a, mul(a, 0.5)], { dim: last(a) })),
  (a, b) => {
    const [x, y] = [reshape(a, [-1, a.shape.at(-1) ?? 1]), reshape(b, [-1, b.shape.at(-1) ?? 1])];
    return x.shape[1] === y.shape[1] ? matmul(x, turned(y)) : matmul(turned(x), x);
  },
  (a) => (a.rank === 0 ? a : softmax(a, { dim: last(a) })),
  (a) => (a.rank === 0 ? a : cumsum(a, { dim: last(a) })),
  (a) => (a.rank === 0 ? a : gather(a, argmax(a, { dim: 0, keepdim: true }), { dim: 0 })),
  (a, b) => add(a, stopGradient(alike(b, a), 'part of a random program')),
  (a, b) => (isBroadcastable(a, b) ? mul(a, b) : add(a, mean(b))),
  (a, _, detail) => (a.rank === 0 ? sin(a) : sub(a, mean(a, { dim: detail % a.rank, keepdim: true }))),
  (a) => cos(a),
  (a) => erf(a),
  (a) => atan(a),
  (a) => log1p(square(a)),
  (a) => expm1(neg(square(a))),
  (a, _, detail) => pow(add(square(a), 1), (detail - 5) / 4),
  (a, b) => pow(add(square(a), 1), tanh(alike(b, a))),
  (a, _, detail) => (a.rank === 0 ? a : logSoftmax(a, { dim: detail % a.rank })),
  (a, _, detail) => (a.rank === 0 ? a : logsumexp(a, { dim: detail % a.rank })),
  (a) => (a.size < 2 ? a : variance(a, { dim: a.shape.findIndex((size) => size > 1), keepdim: true })),
  (a) => (a.rank === 0 ? a : flip(a, [0])),
  (a, b) => {
    const batch = stack([a, alike(b, a)]);
    const x = reshape(batch, [2, -1, a.shape.at(-1) ?? 1]);
    return matmul(x, transpose(x));
  },
  (a, _, detail) => avgPool2d(plane(a), { kernelSize: 2, padding: 1, stride: 1 + (detail % 2) }),
  (a, _, detail) => maxPool2d(plane(a), { kernelSize: 2, padding: 1, stride: 1 + (detail % 2) }),
  (a, b) => conv1d(reshape(a, [1, 1, -1]), reshape(narrow(reshape(b, [-1]), 0, 0, 1), [1, 1, 1])),
  (a, b) => conv2d(plane(a), plane(b), undefined, { padding: Math.max(...b.shape, 1) }),
  (a, _, detail) =>
    a.rank === 0 ? a : embedding(a, tensor([0, detail % a.shape[0], 0, -1 + a.shape[0]], { dtype: 'int32' })),
];

/** As the one channel of one picture. */
const plane = (x: Tensor): Tensor => reshape(x, [1, 1, -1, x.shape.at(-1) ?? 1]);

const isBroadcastable = (a: Tensor, b: Tensor): boolean =>
  a.shape.every((size, i) => {
    const other = b.shape[b.rank - a.rank + i] ?? 1;
    return size === other || size === 1 || other === 1;
  });

/** Numbers of b in a's shape. */
const alike = (b: Tensor, a: Tensor): Tensor =>
  b.size === a.size ? reshape(b, a.shape) : add(zerosLike(a), tanh(sum(b)));

const largest = 200;

/** The program as a function; every tensor that it makes matters for the result. */
export function runProgram(choices: readonly Choice[], inputs: readonly Tensor[]): Tensor[] {
  const made = [...inputs];
  for (const [number, a, b, detail] of choices) {
    const pick = (back: number): Tensor => made[Math.max(0, made.length - 1 - back)];
    const next = operations[number % operations.length](pick(a), pick(b), detail);
    made.push(next.size <= largest ? tanh(next) : tanh(sum(next)));
  }
  const loss = made.reduce((total, x) => add(total, mean(mul(x, x))), sum(made[0]));
  return [loss, made[made.length - 1]];
}
