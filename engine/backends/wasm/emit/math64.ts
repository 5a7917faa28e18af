import type { UnaryFunction } from '../../../ir/expression.js';
import type { Local, Pushed } from '../assembler/encoder.js';
import type { HostFunctions } from '../assembler/hostFunctions.js';
import { erf } from './float64/erf.js';
import { exp, expm1, sigmoid, softplus, tanh } from './float64/exponentials.js';
import { log, log1p } from './float64/logarithms.js';
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
    floor: (v, x) => v.floor(v.get(x)),
    sqrt: (v, x) => v.sqrt(v.get(x)),
  };
