import type { Local, Pushed } from '../../assembler/encoder.js';
import type { Vectors } from '../vector.js';
import { bias, highBits, itselfBelow, ln2High, ln2Low } from './parts.js';

/** log((1+s)/(1-s)) = 2s + s^3 (...) in s^2 for |s| <= (sqrt 2 - 1)/(sqrt 2 + 1), to 2^-58. */
// prettier-ignore
const logTail = [
  0.6666666666666734, 0.39999999999414004, 0.2857142874255684, 0.22222198554211886, 0.18183565385492442,
  0.15314021730743893, 0.14796254202326992,
];

/**
 * log(1 + t) - t for t from sqrt(1/2) - 1 to sqrt 2 - 1, with `rest` added where it is given. With s = t/(2+t) it is
 * s (s^2 (...) - t): small against t, so that its rounding errors are.
 */
function correction(v: Vectors, t: Local, rest?: () => Pushed): Pushed {
  const { get } = v;
  const minusS = v.keep(v.div(get(t), v.sub(v.number(-2), get(t))));
  const square = v.keep(v.mul(get(minusS), get(minusS)));
  const tail = v.keep(v.mul(v.polynomial(square, logTail), get(square)));
  const slope = v.sub(get(t), get(tail));
  return rest === undefined ? v.mul(slope, get(minusS)) : v.madd(slope, get(minusS), rest);
}

/** log(1 + t) for t from sqrt(1/2) - 1 to sqrt 2 - 1. */
export function logOfOnePlus(v: Vectors, t: Local): Pushed {
  const low = v.keep(correction(v, t));
  return v.add(v.get(t), v.get(low));
}

/** exponent ln 2 + log(1 + t) */
function logOfParts(v: Vectors, exponent: Local, t: Local): Pushed {
  const { get } = v;
  const low = v.keep(correction(v, t, () => v.mul(get(exponent), v.number(ln2Low))));
  return v.madd(get(exponent), v.number(ln2High), () => v.add(get(t), get(low)));
}

/** u = 2^exponent m with m from a number on to its double. */
export interface Decomposition {
  readonly m: Local;
  readonly exponent: Local;
  /** 2^-exponent, or 0 where that would be denormal. */
  readonly inverse: () => Pushed;
}

/** The upper halves of 1 and of (about) sqrt(1/2), and the bits that hold the exponent. */
const [one, root, exponentMask] = [0x3ff00000, 0x3fe6a09e, 0x7ff00000];

/** Takes a positive normal number apart, with m from the number on whose upper half is `least`; sqrt(1/2) without it. */
export function scaled(v: Vectors, u: Local, least = root): Decomposition {
  const { f, get } = v;
  // The exponent of this number is that of u / m.
  const above = v.keep(f.op('i64x2.add', get(u), highBits(v, one - least)));
  const fraction = f.op('v128.andnot', get(above), highBits(v, exponentMask));
  const m = v.keep(f.op('i64x2.add', fraction, highBits(v, least)));
  // As the lowest bits of 2^52 an integer is a float64.
  const whole = v.or(f.op('i64x2.shr_u', get(above), f.i32(52)), v.number(2 ** 52));
  return {
    m,
    exponent: v.keep(v.sub(whole, v.number(2 ** 52 + bias))),
    inverse: () => {
      const opposite = highBits(v, (2 * bias) << 20);
      const bits = f.op('i64x2.sub', opposite, v.and(get(above), highBits(v, exponentMask)));
      return f.op('i32x4.max_s', bits, f.i32x4(0));
    },
  };
}

/** What no logarithm gives by its formula: those of infinity, zero and negative numbers; NaN stays NaN. */
function withLogLimits(v: Vectors, x: Local, y: Pushed): Pushed {
  const finite = v.select(y, v.get(x), v.lt(v.get(x), v.number(Infinity)));
  const positive = v.or(finite, v.lt(v.get(x), v.number(0)));
  return v.select(positive, v.number(-Infinity), v.ne(v.get(x), v.number(0)));
}

/** Takes a positive number apart that may be denormal. */
export function decomposed(v: Vectors, x: Local, least = root): Pick<Decomposition, 'm' | 'exponent'> {
  const { get } = v;
  const denormal = v.keep(v.lt(get(x), v.number(2 ** -1022)));
  const normal = v.keep(v.select(v.mul(get(x), v.number(2 ** 54)), get(x), get(denormal)));
  const { m, exponent } = scaled(v, normal, least);
  return { m, exponent: v.keep(v.sub(get(exponent), v.and(get(denormal), v.number(54)))) };
}

/** log x, 0.9 ulp; -Infinity at 0 and NaN below. */
export function log(v: Vectors, x: Local): Pushed {
  const { get } = v;
  const { m, exponent } = decomposed(v, x);
  const t = v.keep(v.sub(get(m), v.number(1)));
  return withLogLimits(v, x, logOfParts(v, exponent, t));
}

/** log(1 + x), 1.6 ulp. What 1 + x rounded has lost joins the fraction. */
export function log1p(v: Vectors, x: Local): Pushed {
  const { get } = v;
  const u = v.keep(v.add(get(x), v.number(1)));
  const lost = v.keep(v.sub(get(x), v.sub(get(u), v.number(1))));
  const { m, exponent, inverse } = scaled(v, u);
  const t = v.keep(v.madd(get(lost), inverse(), () => v.sub(get(m), v.number(1))));
  const y = v.keep(logOfParts(v, exponent, t));
  return itselfBelow(v, 2 ** -54, x, withLogLimits(v, u, get(y)));
}
