import type { BinaryFunction, UnaryFunction } from '../../ir/expression.js';
import type { DType } from '../../ir/kernel.js';
import { power } from '../power.js';
import { erf } from './erf.js';

/** Each unary function of one number. */
export const unary: Readonly<Record<UnaryFunction, (x: number) => number>> = {
  neg: (x) => -x,
  exp: Math.exp,
  expm1: Math.expm1,
  log: Math.log,
  log1p: Math.log1p,
  tanh: Math.tanh,
  sigmoid: (x) => 1 / (1 + Math.exp(-x)),
  // log(1 + e^x), without overflow for large x or cancellation for small.
  softplus: (x) => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x))),
  sin: Math.sin,
  cos: Math.cos,
  atan: Math.atan,
  erf,
  floor: Math.floor,
  sqrt: Math.sqrt,
};

/** Each binary function of two numbers in floating point. */
export const binary: Readonly<Record<BinaryFunction, (a: number, b: number) => number>> = {
  add: (a, b) => a + b,
  sub: (a, b) => a - b,
  mul: (a, b) => a * b,
  div: (a, b) => a / b,
  maximum: Math.max,
  lt: (a, b) => (a < b ? 1 : 0),
  eq: (a, b) => (a === b ? 1 : 0),
  pow: power,
};

const exact: ReadonlySet<UnaryFunction | BinaryFunction> = new Set(['floor', 'lt', 'eq', 'maximum']);

/**
 * Whether a function of numbers of a dtype has results that need not be rounded to it. Parts of a fused expression are
 * rounded where they do, so that it gives to the last bit what its operations give one by one.
 */
export const isExact = (fn: UnaryFunction | BinaryFunction, dtype: DType): boolean =>
  // The lowest int32 has no negative.
  dtype === 'float64' || exact.has(fn) || (fn === 'neg' && dtype === 'float32');
