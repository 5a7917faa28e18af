import { type UnaryFunction, isHeavyFunction } from '../../../ir/expression.js';
import type { FunctionIndex, Local, Pushed } from '../assembler/encoder.js';
import type { HostFunctions } from '../assembler/hostFunctions.js';
import type { Context } from './context.js';
import * as math from './math.js';
import { unary64 } from './math64.js';
import { sine } from './trigonometry.js';
import { type Float, type Vectors, vectors } from './vector.js';

/** A function of a vector in a local. */
type Emitters = Readonly<Record<UnaryFunction, (v: Vectors, x: Local, host: HostFunctions) => Pushed>>;

const unary32: Emitters = {
  neg: (v, x) => v.neg(v.get(x)),
  exp: math.exp,
  expm1: math.expm1,
  log: math.log,
  log1p: math.log1p,
  tanh: math.tanh,
  sigmoid: math.sigmoid,
  softplus: math.softplus,
  sin: (v, x, host) => sine(v, x, 0, host.sin),
  cos: (v, x, host) => sine(v, x, 1, host.cos),
  atan: math.atan,
  erf: math.erf,
  floor: (v, x) => v.floor(v.get(x)),
  sqrt: (v, x) => v.sqrt(v.get(x)),
};

const emitters: Readonly<Record<Float['dtype'], Emitters>> = { float32: unary32, float64: unary64 };

/** Functions that are too long to inline, and have branches unless rare lanes are left to their caller. */
const alwaysCalled: ReadonlySet<UnaryFunction> = new Set(['sin', 'cos']);

/** Emits fn(x): in place if it is short or `inline` asks for it, else as a call of a function of the module. */
export function emitUnary(
  context: Context,
  v: Vectors,
  fn: UnaryFunction,
  x: Local,
  inline: boolean,
): Pushed {
  if (!isHeavyFunction(fn) || (inline && (v.leave !== undefined || !alwaysCalled.has(fn))))
    return emitters[v.float.dtype][fn](v, x, context.host);
  return v.f.call(functionFor(context, fn, v.float), v.get(x));
}

/** A function of the module for fn, written when it is first called. */
function functionFor(
  { kernel, module, features, host }: Context,
  fn: UnaryFunction,
  float: Float,
): FunctionIndex {
  const write = (): FunctionIndex =>
    module.function({ params: ['v128'], results: ['v128'] }, (f, x) => {
      emitters[float.dtype][fn](vectors(f, features, float), x, host);
    });
  return kernel(`${fn} ${float.dtype}`, () => ({ index: write(), scratch: 0 })).index;
}
