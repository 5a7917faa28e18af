import type { Local, Pushed } from '../../assembler/encoder.js';
import type { HostFunctions } from '../../assembler/hostFunctions.js';
import type { Vectors } from '../vector.js';
import { expOfRemainder, scaledBy } from './exponentials.js';
import { decomposed } from './logarithms.js';
import { bias, byHost, rounder } from './parts.js';

/*
 * a^b = 2^(b log2 a) where b log2 a has up to 11 digits before the binary point, so that log2 a must have as many more
 * than a float64. It is kept as a sum of two, the first of at most 26 digits: products of such are exact.
 */

/** A sum of two parts, of which the first has at most 26 digits. */
interface Sum {
  readonly high: Local;
  readonly low: Local;
}

/** The first 26 digits: all but the lowest 27 bits. */
const shortened = (v: Vectors, x: Pushed): Local => v.keep(v.and(x, v.f.i32x4(-(2 ** 27), -1)));

/** (m - c) / (m + c) for m from c/2 to 2c, where c has few digits. */
function quotient(v: Vectors, m: Local, c: Local): Sum {
  const { get } = v;
  const numerator = v.keep(v.sub(get(m), get(c)));
  const denominator = v.keep(v.add(get(m), get(c)));
  const lost = v.keep(v.sub(get(m), v.sub(get(denominator), get(c))));
  const reciprocal = v.keep(v.div(v.number(1), get(denominator)));
  const high = shortened(v, v.mul(get(numerator), get(reciprocal)));
  const first = shortened(v, get(denominator));
  const second = v.keep(v.add(v.sub(get(denominator), get(first)), get(lost)));
  const without = v.keep(v.sub(get(numerator), v.mul(get(high), get(first))));
  const rest = v.keep(v.sub(get(without), v.mul(get(high), get(second))));
  return { high, low: v.keep(v.mul(get(rest), get(reciprocal))) };
}

/** 3 atanh(s) / s = 3 + s^2 + s^4 (...) in s^2 for |s| <= 0.0865, to 2^-65. */
// prettier-ignore
const tail = [0.6000000000003042, 0.42857142815876054, 0.33333353583587805, 0.2726812037215913, 0.2357033866694179];

/** 3 atanh(s) */
function thriceAtanh(v: Vectors, s: Sum): Sum {
  const { get, number } = v;
  const whole = v.keep(v.add(get(s.high), get(s.low)));
  const square = v.keep(v.mul(get(whole), get(whole)));
  const first = v.keep(v.mul(get(s.high), get(s.high)));
  const second = v.keep(v.mul(get(s.low), v.add(get(s.high), get(whole))));
  const fourth = v.keep(v.mul(get(square), get(square)));
  const rest = v.keep(v.madd(v.polynomial(square, tail), get(fourth), () => get(second)));
  const high = shortened(v, v.add(v.add(number(3), get(first)), get(rest)));
  const low = v.keep(v.add(v.sub(get(first), v.sub(get(high), number(3))), get(rest)));

  const product = v.keep(v.mul(get(s.high), get(high)));
  const correction = v.keep(v.madd(get(s.low), get(high), () => v.mul(get(whole), get(low))));
  const sum = shortened(v, v.add(get(product), get(correction)));
  return { high: sum, low: v.keep(v.sub(get(correction), v.sub(get(sum), get(product)))) };
}

/** Numbers m are taken from 2^(-1/4) to 2^(3/4): up to 2^(1/4) they are compared with 1, else with about sqrt 2. */
const [least, between] = [0x3feae89f, 2 ** 0.25];
/** A number of few digits, and its logarithm to base 2. */
const [centre, logHigh, logLow] = [181 / 128, 0.49984588474035263, 2.3428527299183337e-9];
/** 2 / (3 ln 2) */
const [factorHigh, factorLow] = [0.9617967009544373, -7.028461650952758e-9];

/** log2 of positive numbers as exponent + log2 c + 2 atanh(s) / ln 2 with s = (m - c) / (m + c). */
function log2(v: Vectors, x: Local): Sum {
  const { get, number } = v;
  const { m, exponent } = decomposed(v, x, least);
  const upper = v.keep(v.lt(number(between), get(m)));
  const c = v.keep(v.select(number(centre), number(1), get(upper)));
  const atanh = thriceAtanh(v, quotient(v, m, c));
  const start = v.keep(v.and(get(upper), number(logHigh)));
  const first = v.keep(v.mul(get(atanh.high), number(factorHigh)));
  const second = v.keep(v.madd(get(atanh.high), number(factorLow), () => v.and(get(upper), number(logLow))));
  const low = v.keep(v.madd(get(atanh.low), number(factorHigh + factorLow), () => get(second)));
  const sum = v.keep(v.add(v.add(get(first), get(low)), get(start)));
  const high = shortened(v, v.add(get(sum), get(exponent)));
  const error = v.keep(v.sub(v.sub(v.sub(get(high), get(exponent)), get(start)), get(first)));
  return { high, low: v.keep(v.sub(get(low), get(error))) };
}

/** 2 to these powers is 0 and Infinity; with an exponent beyond the third, so is every power but those of 1. */
const [vanishing, overflowing, mostExponent] = [-1080, 1030, 2 ** 64];

/** a^b, 1.2 ulp. Lanes with zero, negative or infinite a, infinite b or NaN are left to the host, number by number. */
export function pow64(v: Vectors, a: Local, b: Local, { pow64: host }: HostFunctions): Pushed {
  const { get, number } = v;
  const log = log2(v, a);
  const exponent = v.keep(clamped(v, get(b), -mostExponent, mostExponent));
  const high = shortened(v, get(exponent));
  const low = v.keep(v.sub(get(exponent), get(high)));
  const first = v.keep(v.mul(get(high), get(log.high)));
  const second = v.keep(v.madd(get(exponent), get(log.low), () => v.mul(get(low), get(log.high))));
  const bounded = v.keep(clamped(v, v.add(get(first), get(second)), vanishing, overflowing));
  const shifted = v.keep(v.add(get(bounded), number(rounder + 2 * bias)));
  const n = v.keep(v.sub(get(shifted), number(rounder + 2 * bias)));
  const r = v.add(v.sub(get(first), get(n)), get(second));
  const fraction = v.keep(v.mul(clamped(v, r, -1, 1), number(Math.LN2)));
  const y = v.keep(scaledBy(v, n, shifted, () => expOfRemainder(v, fraction)));
  const positive = v.and(v.lt(number(0), get(a)), v.lt(get(a), number(Infinity)));
  const usual = v.and(positive, v.lt(v.abs(get(b)), number(Infinity)));
  byHost(v, v.keep(v.f.op('v128.not', usual)), y, host, a, b);
  return get(y);
}

const clamped = (v: Vectors, x: Pushed, least: number, most: number): Pushed =>
  v.pmax(v.pmin(x, v.number(most)), v.number(least));
