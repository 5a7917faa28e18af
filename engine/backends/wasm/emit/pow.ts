import type { Body, FunctionIndex, Local, Pushed } from '../assembler/encoder.js';
import { eachLane, pairFrom, replaceLane } from './lanes.js';
import type { Vectors } from './vector.js';

/** log2((1+s)/(1-s)) = s (...) in s^2, the series of the inverse hyperbolic tangent, for |s| <= 0.172: to 2^-38. */
const logSeries = Array.from({ length: 7 }, (_, k) => 2 / (Math.LN2 * (2 * k + 1)));
/** 2^r for |r| <= 1/2, its Taylor series: to 2^-32. */
const powerSeries = Array.from({ length: 9 }, (_, k) => Math.LN2 ** k / factorial(k));
/** Adding 1.5 * 2^52 rounds to an integer, which is then in the lowest bits. */
const rounder = 6755399441055744;

function factorial(n: number): number {
  return n < 2 ? 1 : n * factorial(n - 1);
}

/**
 * a^b, 0.6 ulp, as 2^(b log2 a) in double precision for positive a; 0 where it would be denormal. Lanes with negative or
 * infinite a, infinite b or NaN are left to `host`, number by number, and so are powers of 0 between -1 and 1.
 */
export function pow(v: Vectors, a: Local, b: Local, host: FunctionIndex): Pushed {
  const { f, get } = v;
  const low = powPair(f, a, b, 0);
  const high = powPair(f, a, b, 2);
  const y = v.keep(f.shuffle([0, 1, 4, 5], get(low), get(high)));
  f.set(y, f.op('v128.andnot', get(y), v.lt(get(y), v.number(2 ** -126))));
  // The formula holds for a base of +0, whose logarithm comes out as -1023, unless a power is a fraction close to 0. Powers of 0
  // are what lanes without numbers hold, and must not be left to the host.
  const fraction = v.keep(v.and(v.lt(v.abs(get(b)), v.number(1)), v.ne(get(b), v.number(0))));
  const ofZero = v.keep(f.op('v128.andnot', f.op('i32x4.eq', get(a), f.i32x4(0)), get(fraction)));
  const positive = v.and(v.lt(v.number(0), get(a)), v.lt(get(a), v.number(Infinity)));
  const usual = v.and(v.or(positive, get(ofZero)), v.lt(v.abs(get(b)), v.number(Infinity)));
  const unusual = v.keep(f.op('v128.not', usual));
  eachLane(f, unusual, (lane) => {
    const of = (x: Local): Pushed => f.lane('f32x4.extract_lane', lane, get(x));
    const value = f.let('f32', f.call(host, of(a), of(b)));
    f.set(y, replaceLane(f, lane, y, value));
  });
  return get(y);
}

/** a^b for the two lanes from `lane` on, as float32 with zeros behind them. */
function powPair(f: Body, a: Local, b: Local, lane: 0 | 2): Local {
  const { get, op } = f;
  const base = f.let('v128', op('f64x2.promote_low_f32x4', pairFrom(f, a, lane)));
  const exponent = f.let('v128', op('f64x2.promote_low_f32x4', pairFrom(f, b, lane)));
  const log = logarithm(f, base);
  const product = op('f64x2.mul', get(exponent), get(log));
  const bounded = op('f64x2.pmax', op('f64x2.pmin', product, f.f64x2(200)), f.f64x2(-200));
  const y = f.let('v128', bounded);
  const rounded = f.let('v128', op('f64x2.add', get(y), f.f64x2(rounder)));
  const r = f.let('v128', op('f64x2.sub', get(y), op('f64x2.sub', get(rounded), f.f64x2(rounder))));
  const scale = op('i64x2.shl', op('i64x2.add', get(rounded), f.i32x4(1023, 0)), f.i32(52));
  return f.let('v128', op('f32x4.demote_f64x2_zero', op('f64x2.mul', scale, horner(f, r, powerSeries))));
}

/** log2 of two positive float64: e + log2 m for 2^e m with m from sqrt(1/2) to sqrt 2. */
function logarithm(f: Body, x: Local): Local {
  const { get, op } = f;
  const aboveRoot = op('i64x2.add', get(x), f.i32x4(0, 0x3ff00000 - 0x3fe6a000));
  const biased = f.let('v128', op('i64x2.shr_u', aboveRoot, f.i32(52)));
  // As the lowest bits of 2^52 the integer is a float64.
  const whole = op('f64x2.sub', op('v128.or', get(biased), f.i32x4(0, 0x43300000)), f.f64x2(2 ** 52 + 1023));
  const e = f.let('v128', whole);
  const power = op('i64x2.sub', op('i64x2.shl', get(biased), f.i32(52)), f.i32x4(0, 0x3ff00000));
  const powerOf2 = f.let('v128', power);
  const m = f.let('v128', op('i64x2.sub', get(x), get(powerOf2)));
  const below = op('f64x2.sub', get(m), f.f64x2(1));
  const s = f.let('v128', op('f64x2.div', below, op('f64x2.add', get(m), f.f64x2(1))));
  const square = f.let('v128', op('f64x2.mul', get(s), get(s)));
  const fraction = op('f64x2.mul', horner(f, square, logSeries), get(s));
  return f.let('v128', op('f64x2.add', fraction, get(e)));
}

function horner(f: Body, x: Local, coefficients: readonly number[]): Pushed {
  let sum = f.f64x2(coefficients[coefficients.length - 1]);
  for (let i = coefficients.length - 2; i >= 0; i--)
    sum = f.op('f64x2.add', f.op('f64x2.mul', sum, f.get(x)), f.f64x2(coefficients[i]));
  return sum;
}
