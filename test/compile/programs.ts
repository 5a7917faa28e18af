/** Random programs of tensor operations, each made from a list of numbers. */
import * as fc from 'fast-check';
import {
  type Tensor,
  add,
  amax,
  cat,
  cumsum,
  div,
  exp,
  gather,
  lt,
  matmul,
  maximum,
  mean,
  mul,
  neg,
  pad,
  permute,
  relu,
  reshape,
  sigmoid,
  slice,
  softmax,
  softplus,
  sqrt,
  square,
  stopGradient,
  sub,
  sum,
  tanh,
  where,
  argmax,
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
];

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
