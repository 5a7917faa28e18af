/** Simpler forms give the value of what they replace: at NaN, infinities, zeros, denormals and the ends of int32. */
import { describe, it } from 'vitest';
import {
  type Tensor,
  add,
  cast,
  compile,
  div,
  fromTypedArray,
  matmul,
  maximum,
  mul,
  neg,
  pow,
  relu,
  sub,
  sum,
  where,
} from '../../engine/index.js';
import { expectSame } from './values.js';

const float = [
  NaN,
  Infinity,
  -Infinity,
  0,
  -0,
  1,
  -1,
  2,
  3,
  -3.5,
  1e-310,
  1e-40,
  3e38,
  1e300,
  2 ** 20 + 2 ** -32,
];
const whole = [0, 1, -1, 2, -7, 2 ** 31 - 1, -(2 ** 31), 65537];

/** Every pair of numbers. */
function pairs(numbers: readonly number[]): [number[], number[]] {
  return [numbers.flatMap((a) => numbers.map(() => a)), numbers.flatMap(() => [...numbers])];
}

const arithmetic: readonly (readonly [string, (x: Tensor, y: Tensor) => Tensor])[] = [
  ['x + 0', (x) => add(x, 0)],
  ['0 + x', (x) => add(0, x)],
  ['x - 0', (x) => sub(x, 0)],
  ['0 - x', (x) => sub(0, x)],
  ['x * 1', (x) => mul(x, 1)],
  ['-1 * x', (x) => mul(-1, x)],
  ['x * 0', (x) => mul(x, 0)],
  ['x - x', (x) => sub(x, x)],
  ['-(-x)', (x) => neg(neg(x))],
  ['x + -y', (x, y) => add(x, neg(y))],
  ['-x + y', (x, y) => add(neg(x), y)],
  ['x - -y', (x, y) => sub(x, neg(y))],
  ['-(x - y)', (x, y) => neg(sub(x, y))],
  ['-x * y', (x, y) => mul(neg(x), y)],
  ['x * -y', (x, y) => mul(x, neg(y))],
  ['-(x * 3)', (x) => neg(mul(x, 3))],
  ['-(x * 0)', (x) => neg(mul(x, 0))],
  ['sum(-x)', (x) => sum(neg(x))],
  ['max(x, x)', (x) => maximum(x, x)],
  ['where(x, y, y)', (x, y) => where(x, y, y)],
  ['where of x * 0 + 3', (x, y) => where(add(mul(x, 0), 3), x, y)],
  ['relu', (x) => relu(x)],
];

const floating: readonly (readonly [string, (x: Tensor, y: Tensor) => Tensor])[] = [
  ['x / 1', (x) => div(x, 1)],
  ['x / -1', (x) => div(x, -1)],
  ['x / 8', (x) => div(x, 8)],
  ['x / -0.25', (x) => div(x, -0.25)],
  ['x / 3', (x) => div(x, 3)],
  // Its logarithm is rounded to 20.
  ['x / (2^20 + 2^-32)', (x) => div(x, 2 ** 20 + 2 ** -32)],
  ['x / 2^99', (x) => div(x, 2 ** 99)],
  ['x / 2^101', (x) => div(x, 2 ** 101)],
  ['x / 0', (x) => div(x, 0)],
  ['x / x', (x) => div(x, x)],
  ['-x / y', (x, y) => div(neg(x), y)],
  ['x / -y', (x, y) => div(x, neg(y))],
  ['x ^ 1', (x) => pow(x, 1)],
  ['x ^ 0', (x) => pow(x, 0)],
  ['x ^ NaN', (x) => pow(x, NaN)],
  ['column times row', (x, y) => matmul(x.reshape([-1, 1]), y.reshape([1, -1]))],
  ['-x times y', (x, y) => matmul(neg(x).reshape([1, -1]), y.reshape([-1, 1]))],
];

describe.each(['float32', 'float64', 'int32'] as const)('in %s', (dtype) => {
  const [a, b] = pairs(dtype === 'int32' ? whole : float).map((numbers) =>
    cast(fromTypedArray(Float64Array.from(numbers)), dtype),
  );

  it.each(dtype === 'int32' ? arithmetic : [...arithmetic, ...floating])('%s', (_, f) => {
    expectSame(compile(f, 'cpu')(a, b), f(a, b));
  });
});
