import { type UnaryFunction, isHeavyFunction } from '../../../ir/expression.js';
import type { FunctionIndex, Local, Pushed } from '../assembler/encoder.js';
import type { HostFunctions } from '../assembler/hostFunctions.js';
import type { Context } from './context.js';
import * as math from './math.js';
import { sine } from './trigonometry.js';
import { type Vectors, vectors } from './vector.js';

/** Each unary function of four float32 in a local. */
const emitters: Readonly<Record<UnaryFunction, (v: Vectors, x: Local, host: HostFunctions) => Pushed>> = {
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

/** Functions that are too long to inline at every use. */
const alwaysCalled: ReadonlySet<UnaryFunction> = new Set(['sin', 'cos']);

/** Emits fn(x): in place if it is short or `inline` asks for it, else as a call of a function of the module. */
export function emitUnary(
  context: Context,
  v: Vectors,
  fn: UnaryFunction,
  x: Local,
  inline: boolean,
): Pushed {
  if (!isHeavyFunction(fn) || (inline && !alwaysCalled.has(fn))) return emitters[fn](v, x, context.host);
  return v.f.call(functionFor(context, fn), v.get(x));
}

/** A function of the module for fn, written when it is first called. */
function functionFor({ kernel, module, features, host }: Context, fn: UnaryFunction): FunctionIndex {
  const write = (): FunctionIndex =>
    module.function({ params: ['v128'], results: ['v128'] }, (f, x) => {
      emitters[fn](vectors(f, features), x, host);
    });
  return kernel(fn, () => ({ index: write(), scratch: 0 })).index;
}
