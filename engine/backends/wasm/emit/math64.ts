import type { UnaryFunction } from '../../../ir/expression.js';
import type { Local, Pushed } from '../assembler/encoder.js';
import type { HostFunctions } from '../assembler/hostFunctions.js';
import { erf } from './float64/erf.js';
import { exp, expm1, sigmoid, softplus, tanh } from './float64/exponentials.js';
import { log, log1p } from './float64/logarithms.js';
import { withSignOf } from './float64/parts.js';
import { atan, sine64 } from './float64/trigonometry.js';
import type { Vectors } from './vector.js';

export { pow64 } from './float64/pow.js';

/** Each unary function of two float64 in a local. */
export const unary64: Readonly<Record<UnaryFunction, (v: Vectors, x: Local, host: HostFunctions) => Pushed>> =
  {
    neg: (v, x) => v.neg(v.get(x)),
    exp,
    expm1,
    log,
    log1p,
    tanh,
    sigmoid,
    softplus,
    sin: (v, x, host) => sine64(v, x, 0, host.sin64),
    cos: (v, x, host) => sine64(v, x, 1, host.cos64),
    atan,
    erf,
    floor,
    sqrt: (v, x) => v.sqrt(v.get(x)),
  };

/** As V8 joins it: not the instruction. From 2^52 on every number is an integer, and adding 2^52 rounds what is below. */
function floor(v: Vectors, x: Local): Pushed {
  const { get, number } = v;
  const size = v.keep(v.abs(get(x)));
  const rounded = v.keep(withSignOf(v, x, v.sub(v.add(get(size), number(2 ** 52)), number(2 ** 52))));
  const whole = v.sub(get(rounded), v.and(v.lt(get(x), get(rounded)), number(1)));
  return v.select(whole, get(x), v.lt(get(size), number(2 ** 52)));
}
