/**
 * (4 of 7 in reading order) The elementwise primitives as two tables: for each name its gradient in words and as a program, with
 * `g` the cotangent, `x` (or `a`, `b`) the inputs and `y` the output, and the interval in which the tests sample it.
 *
 * To add a unary function, write one line in each of five files and two in this one; after the first, the compiler names the others:
 *     ir/expression.ts                 its cost, in `unaryCosts`
 *     backends/cpu/functions.ts        its value for a number, in `unary`
 *     backends/wasm/emit/unary.ts      the instructions for four float32, in `unary32`
 *     backends/wasm/emit/math64.ts     the same for two float64, in `unary64`
 *     backends/gpu/lower/functions.ts  its formula for gpu.js, in `unaryText`
 *     here                             its gradient in words and as a program, a row of `unaryTable`, and `export const ... = unary(...)`
 * Then the package exports it, tensors have the method, and the tests check its gradients to third order, given its value in
 * test/primitives/reference.ts and its name in test/options/engine.test.ts. definition/identities.ts has simpler forms for plans.
 */
import { dispatch } from '../core/dispatch.js';
import type { Flat, Tensor } from '../core/tensor.js';
import * as ir from '../ir/expression.js';
import { elementwise } from './definition/batch.js';
import { type TensorLike, broadcastPair } from './broadcast.js';
import { identities } from './definition/identities.js';
import type { LinearIn, NoParams, SampleInput } from './definition/primitive.js';
import { definePrimitive, noParams, requireFloat, sameDType } from './definition/primitive.js';
import { type Rule, isFlatRule } from './definition/rule.js';
import { where } from './where.js';

type Interval = readonly [low: number, high: number];
const sample = (between: Interval): SampleInput => ({ shape: [2, 3], between });
type UnaryRule = Flat | readonly [string, (g: Tensor, x: Tensor, y: Tensor) => Tensor];
type BinaryRule = Flat | readonly [string, (g: Tensor, a: Tensor, b: Tensor, y: Tensor) => Tensor];

const steps: Flat = { flat: 'it is constant between its steps' };

// prettier-ignore
const unaryTable: Readonly<Record<ir.UnaryFunction, readonly [UnaryRule, Interval]>> = {
  neg:      [['-g',                           (g) => neg(g)],                                                             [-2, 2]],
  exp:      [['g * y',                        (g, _, y) => mul(g, y)],                                                    [-2, 2]],
  expm1:    [['g * (y + 1)',                  (g, _, y) => mul(g, add(y, 1))],                                            [-2, 2]],
  log:      [['g / x',                        (g, x) => div(g, x)],                                                       [0.3, 3]],
  log1p:    [['g / (x + 1)',                  (g, x) => div(g, add(x, 1))],                                               [-0.5, 3]],
  tanh:     [['g * (1 - y^2)',                (g, _, y) => mul(g, sub(1, mul(y, y)))],                                    [-2, 2]],
  sigmoid:  [['g * y (1 - y)',                (g, _, y) => mul(g, mul(y, sub(1, y)))],                                    [-3, 3]],
  softplus: [['g sigmoid x',                  (g, x) => mul(g, sigmoid(x))],                                              [-3, 3]],
  sin:      [['g cos x',                      (g, x) => mul(g, cos(x))],                                                  [-3, 3]],
  cos:      [['-g sin x',                     (g, x) => neg(mul(g, sin(x)))],                                             [-3, 3]],
  atan:     [['g / (1 + x^2)',                (g, x) => div(g, add(1, mul(x, x)))],                                       [-3, 3]],
  erf:      [['g * 2/sqrt(pi) e^(-x^2)',      (g, x) => mul(g, mul(exp(neg(mul(x, x))), 2 / Math.sqrt(Math.PI)))],        [-2, 2]],
  sqrt:     [['g / (2 y), and 0 where y = 0', (g, _, y) => sqrtVjp(g, y)],                                                [0.3, 3]],
  floor:    [steps,                                                                                                       [0.1, 0.9]],
};

// prettier-ignore
const binaryTable: Readonly<Record<ir.BinaryFunction, readonly [BinaryRule, BinaryRule, Interval, Interval]>> = {
  add:     [['g',                           (g) => g],                               ['g',                           (g) => g],                                   [-2, 2],  [-2, 2]],
  sub:     [['g',                           (g) => g],                               ['-g',                          (g) => neg(g)],                              [-2, 2],  [-2, 2]],
  mul:     [['g * b',                       (g, _, b) => mul(g, b)],                 ['g * a',                       (g, a) => mul(g, a)],                        [-2, 2],  [-2, 2]],
  div:     [['g / b',                       (g, _, b) => div(g, b)],                 ['-g * y / b',                  (g, _, b, y) => neg(mul(g, div(y, b)))],     [-2, 2],  [0.5, 2]],
  maximum: [['g where a > b, half at ties', (g, a, b) => mul(g, shareOf(a, b))],     ['g where b > a, half at ties', (g, a, b) => mul(g, shareOf(b, a))],         [0, 1],   [1.5, 2]],
  pow:     [['g * b a^(b - 1)',             (g, a, b) => mul(g, powBySlope(a, b))],  ['g * y log a',                 (g, a, b, y) => mul(g, powByLog(a, b, y))],  [0.3, 2], [-2, 3]],
  lt:      [steps, steps,                                                                                                                                         [0, 1],   [1.5, 2]],
  eq:      [steps, steps,                                                                                                                                         [0, 1],   [1.5, 2]],
};

// prettier-ignore
const linear: Readonly<Partial<Record<ir.UnaryFunction | ir.BinaryFunction, LinearIn>>> =
  { neg: 'jointly', add: 'jointly', sub: 'jointly', mul: [[0], [1]], div: [[0]] };

/**
 * sqrt'(0) is defined as 0, and so is every higher derivative there. The true limit is infinite, and one
 * coordinate whose gradient is always zero would make every hyper-gradient through Adam's root NaN. A cotangent that is
 * infinite or NaN passes: the slope of 1/sqrt(x) at 0 is -Infinity, and NaN does not vanish.
 */
function sqrtVjp(g: Tensor, y: Tensor): Tensor {
  const zero = eq(y, 0);
  const atZero = where(eq(mul(g, 0), 0), 0, g);
  return where(zero, atZero, div(g, mul(where(zero, 1, y), 2)));
}

/** The share of a in max(a, b): 1 where a > b, one half at a tie, and 1 for both where either is NaN, as in PyTorch. */
function shareOf(a: Tensor, b: Tensor): Tensor {
  return sub(1, add(lt(a, b), mul(eq(a, b), 0.5)));
}

/** d(a^b)/da = b a^(b-1), and 0 for b = 0 where 1/a is non-finite. */
function powBySlope(a: Tensor, b: Tensor): Tensor {
  const flat = where(eq(b, 0), sub(1, eq(mul(div(1, a), 0), 0)), 0);
  return where(flat, 0, mul(b, pow(a, where(flat, 1, sub(b, 1)))));
}

/** d(a^b)/db = y log a, and 0 for a = 0, b >= 0 (0 log 0). NaN for negative a, where a^b exists at integer b only. */
function powByLog(a: Tensor, b: Tensor, y: Tensor): Tensor {
  const zero = where(lt(a, 0), 0, add(eq(y, 0), mul(eq(a, 0), eq(b, 0))));
  return where(zero, 0, mul(y, log(where(zero, 1, a))));
}

function unary(fn: ir.UnaryFunction): (x: Tensor) => Tensor {
  const [rule, interval] = unaryTable[fn];
  const spec = { family: 'map', expression: ir.unary(fn, ir.input(0)) } as const;
  const gradient: Rule<NoParams> = isFlatRule(rule)
    ? rule
    : [rule[0], (g, { inputs: [x], output }) => rule[1](g, x, output)];
  const primitive = definePrimitive<NoParams>({
    name: fn,
    signature([x]) {
      if (fn !== 'neg') requireFloat(fn, x);
      return x;
    },
    lower: () => spec,
    gradient: [gradient],
    batch: elementwise,
    samples: [{ inputs: [sample(interval)], params: noParams }],
    linearIn: linear[fn] ?? [],
    simplify: identities[fn],
  });
  return (x) => dispatch(primitive, [x], noParams);
}

function binary(fn: ir.BinaryFunction): (a: TensorLike, b: TensorLike) => Tensor {
  const [ruleA, ruleB, intervalA, intervalB] = binaryTable[fn];
  const spec = { family: 'map', expression: ir.binary(fn, ir.input(0), ir.input(1)) } as const;
  const gradient = [ruleA, ruleB].map((rule): Rule<NoParams> =>
    isFlatRule(rule) ? rule : [rule[0], (g, { inputs: [a, b], output }) => rule[1](g, a, b, output)],
  );
  const primitive = definePrimitive<NoParams>({
    name: fn,
    signature(inputs) {
      sameDType(fn, inputs);
      if (fn === 'div' || fn === 'pow') requireFloat(fn, inputs[0]);
      return inputs[0];
    },
    lower: () => spec,
    gradient,
    batch: elementwise,
    samples: [{ inputs: [sample(intervalA), sample(intervalB)], params: noParams }],
    linearIn: linear[fn] ?? [],
    simplify: identities[fn],
  });
  return (a, b) => dispatch(primitive, broadcastPair(fn, a, b), noParams);
}

/** -x */
export const neg = unary('neg');
/** e^x */
export const exp = unary('exp');
/** e^x - 1, exact to rounding near 0 */
export const expm1 = unary('expm1');
/** Natural logarithm; -Infinity at 0, NaN below. */
export const log = unary('log');
/** log(1 + x), exact to rounding near 0 */
export const log1p = unary('log1p');
/** Hyperbolic tangent */
export const tanh = unary('tanh');
/** 1 / (1 + e^-x) */
export const sigmoid = unary('sigmoid');
/** log(1 + e^x), without overflow */
export const softplus = unary('softplus');
/** Sine of x in radians */
export const sin = unary('sin');
/** Cosine of x in radians */
export const cos = unary('cos');
/** Inverse tangent, in radians */
export const atan = unary('atan');
/** Error function, 2/sqrt(pi) times the integral of e^(-t^2) from 0 to x */
export const erf = unary('erf');
/** The largest integer <= x; its gradient is flat. */
export const floor = unary('floor');
/** Square root. Its derivative at 0 is defined as 0 at every order (PyTorch: Infinity). */
export const sqrt = unary('sqrt');

/** a + b */
export const add = binary('add');
/** a - b */
export const sub = binary('sub');
/** a * b, element by element */
export const mul = binary('mul');
/** a / b, element by element; float dtypes only */
export const div = binary('div');
/** The larger of a and b; where they tie each gets half of the gradient. NaN if either is, and then both get all of it. */
export const maximum = binary('maximum');
/** a^b; right for negative a with integer b, and differentiable at a = 0. 1^b and a^0 are 1, even for NaN (IEEE 754). */
export const pow = binary('pow');
/** 1 where a < b, else 0, in the operands' dtype */
export const lt = binary('lt');
/** 1 where a equals b, else 0, in the operands' dtype */
export const eq = binary('eq');
