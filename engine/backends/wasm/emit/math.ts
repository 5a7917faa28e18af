import type { Local, Pushed } from '../assembler/encoder.js';
import type { Vectors } from './vector.js';

/*
 * Elementary functions of four float32 at once. The errors stated are the largest seen, in units in the last place of
 * the exact result, on a sample of all float32 with and without fused multiply-adds. Polynomials are minimax fits with
 * coefficients rounded to float32.
 */

const log2e = Math.fround(Math.LOG2E);
/** ln 2 in two parts; an integer of up to 14 bits times the first is exact. */
const ln2High = 0.693359375;
const ln2Low = Math.fround(Math.LN2 - ln2High);
/** Adding 1.5 * 2^23 rounds to an integer, which is then in the lowest bits. */
const rounder = 12582912;

/** e^r = 1 + r + r^2 (...) for |r| <= ln(2)/2, to 2^-28. */
const expTail = [0.5, 0.166665211, 0.041668281, 0.0083686905, 0.00138195115];
/** For e^r - 1, where the error counts against r. */
const expm1Tail = [0.5, 0.166665465, 0.0416674353, 0.00836627744, 0.00138707238];
/** log(1+f) = f - f^2/2 + f^3 (...) for |f| <= 1/3, to 2^-28. */
const logTail = [
  -0.5, 0.333332151, -0.249998003, 0.20010446, -0.166803762, 0.140053064, -0.121857136, 0.139868975,
  -0.12885657,
];
const atanTail = [-0.333333164, 0.199985296, -0.142444268, 0.105994284, -0.0609063096];
/** erf x = x + x (...) in x^2 for |x| <= 0.9277. */
const erfNear = [0.128379151, -0.376124918, 0.112817675, -0.0267643575, 0.00498943683, -0.000597030332];
/** log(1 - erf x) = -x + x (...) for 0.9277 <= x <= 4. */
const erfFar = [-0.128511921, -0.635726511, -0.105251119, 0.0228831358, -0.00321284123, 0.000213730309];

interface Reduction {
  /** x - n ln 2 for the nearest whole n. */
  readonly r: Local;
  /** 2^(n-1) */
  readonly half: Local;
}

/** x = n ln 2 + r. Halving the power keeps 2^128 within range; that of 2^-126 is 0. With sign -1, of -x: -r and its half. */
function reduce(v: Vectors, x: Local, sign: 1 | -1 = 1): Reduction {
  const { get, number } = v;
  const shifter = rounder + 126;
  const shifted = v.keep(v.madd(get(x), number(sign * log2e), () => number(shifter)));
  const n = v.keep(v.sub(get(shifted), number(shifter)));
  const high = v.keep(v.madd(get(n), number(-sign * ln2High), () => get(x)));
  const r = v.keep(v.madd(get(n), number(-sign * ln2Low), () => get(high)));
  return { r, half: v.keep(v.f.op('i32x4.shl', get(shifted), v.f.i32(23))) };
}

/** The least x for which e^x is normal: 2^-126. */
const expLeast = -87.33654;
const expMost = 89;

/** e^x of arguments from `expLeast` to `expMost`, 1.3 ulp; with sign -1, e^-x. */
function expOfBounded(v: Vectors, x: Local, sign: 1 | -1 = 1): Pushed {
  const { r, half } = reduce(v, x, sign);
  const tail = expTail.map((c, i) => (i % 2 === 0 ? c : sign * c));
  const slope = v.keep(v.madd(v.polynomial(r, tail), v.get(r), () => v.number(sign)));
  const y = v.keep(v.madd(v.get(slope), v.get(r), () => v.number(1)));
  // 2^-127, which has no exponent bits of its own.
  const normal = v.f.op('i32x4.max_u', v.get(half), v.f.i32x4(0x00400000));
  return v.mul(v.add(v.get(y), v.get(y)), normal);
}

/** The smaller of x and a bound; NaN stays. */
const atMost = (v: Vectors, x: Pushed, bound: number): Pushed => v.f.op('f32x4.pmin', x, v.number(bound));

/** The larger of x and a bound; NaN stays. */
const atLeast = (v: Vectors, x: Pushed, bound: number): Pushed => v.f.op('f32x4.pmax', x, v.number(bound));

/** e^x, 1.3 ulp. What would be denormal, below 2^-126, is 0: denormals slow down whatever reads them. */
export function exp(v: Vectors, x: Local): Pushed {
  const bounded = v.keep(atMost(v, v.get(x), expMost));
  return v.f.op('v128.andnot', expOfBounded(v, bounded), v.lt(v.get(x), v.number(expLeast)));
}

/** (e^x - 1) / 2 of arguments from -20 to 89. */
function halfExpm1(v: Vectors, x: Local): Pushed {
  const { get } = v;
  const { r, half } = reduce(v, x);
  const square = v.keep(v.mul(get(r), get(r)));
  const q = v.keep(v.madd(v.polynomial(r, expm1Tail), get(square), () => get(r)));
  return v.madd(get(q), get(half), () => v.sub(get(half), v.number(0.5)));
}

/** e^x - 1, 1.8 ulp. */
export function expm1(v: Vectors, x: Local): Pushed {
  const bounded = v.keep(atLeast(v, atMost(v, v.get(x), expMost), -20));
  const y = v.keep(halfExpm1(v, bounded));
  return itselfNearZero(v, x, () => v.add(v.get(y), v.get(y)));
}

/** f(x), or x where |x| is so small that f(x) = x, with its sign at -0. */
const itselfNearZero = (v: Vectors, x: Local, y: () => Pushed): Pushed =>
  v.select(v.get(x), y(), v.lt(v.abs(v.get(x)), v.number(1e-8)));

/** u = 2^exponent m with m from 2/3 to 4/3. */
interface Decomposition {
  readonly m: Local;
  readonly exponent: Local;
  /** 2^-exponent, or 0 where that would be denormal. */
  readonly inverse: () => Pushed;
}

/** Takes a positive normal number apart. */
function scaled(v: Vectors, u: Local): Decomposition {
  const { f, get } = v;
  const aboveBase = v.keep(f.op('i32x4.sub', get(u), f.i32x4(0x3f2aaaab)));
  const bits = v.keep(v.and(get(aboveBase), f.i32x4(~0x7fffff)));
  return {
    m: v.keep(f.op('i32x4.sub', get(u), get(bits))),
    exponent: v.keep(f.op('f32x4.convert_i32x4_s', f.op('i32x4.shr_s', get(aboveBase), f.i32(23)))),
    inverse: () => f.op('i32x4.max_s', f.op('i32x4.sub', f.i32x4(0x3f800000), get(bits)), f.i32x4(0)),
  };
}

/** exponent ln 2 + log(1 + t) for |t| <= 1/3. */
function logOfParts(v: Vectors, exponent: Local, t: Local): Pushed {
  const { get } = v;
  const square = v.keep(v.mul(get(t), get(t)));
  const tail = v.keep(v.polynomial(t, logTail));
  const low = v.keep(v.madd(get(tail), get(square), () => v.mul(get(exponent), v.number(ln2Low))));
  return v.madd(get(exponent), v.number(ln2High), () => v.add(get(t), get(low)));
}

/** log(1 + x) for x > -1 and u = 1 + x rounded: what u lost joins the fraction. */
function logOfSum(v: Vectors, x: Local, u: Local): Pushed {
  const { get } = v;
  const lost = v.keep(v.sub(get(x), v.sub(get(u), v.number(1))));
  const { m, exponent, inverse } = scaled(v, u);
  const t = v.keep(v.madd(get(lost), inverse(), () => v.sub(get(m), v.number(1))));
  return logOfParts(v, exponent, t);
}

/** What no logarithm gives by its formula: those of infinity, zero and negative numbers; NaN stays NaN. */
function withLogLimits(v: Vectors, x: Local, y: Pushed): Pushed {
  const finite = v.select(y, v.get(x), v.lt(v.get(x), v.number(Infinity)));
  const positive = v.or(finite, v.lt(v.get(x), v.number(0)));
  return v.select(positive, v.number(-Infinity), v.f.op('f32x4.ne', v.get(x), v.number(0)));
}

/** log x, 1.1 ulp; -Infinity at 0 and NaN below. */
export function log(v: Vectors, x: Local): Pushed {
  const { get } = v;
  const denormal = v.keep(v.lt(get(x), v.number(2 ** -126)));
  const normal = v.keep(v.select(v.mul(get(x), v.number(2 ** 23)), get(x), get(denormal)));
  const { m, exponent } = scaled(v, normal);
  const whole = v.keep(v.sub(get(exponent), v.and(get(denormal), v.number(23))));
  const t = v.keep(v.sub(get(m), v.number(1)));
  return withLogLimits(v, x, logOfParts(v, whole, t));
}

/** log(1 + x), 1.8 ulp. */
export function log1p(v: Vectors, x: Local): Pushed {
  const u = v.keep(v.add(v.get(x), v.number(1)));
  return itselfNearZero(v, x, () => withLogLimits(v, u, logOfSum(v, x, u)));
}

/** 1 / (1 + e^-x), 2.5 ulp; 0 where it would be denormal, as with exp. */
export function sigmoid(v: Vectors, x: Local): Pushed {
  const bounded = v.keep(atMost(v, atLeast(v, v.get(x), expLeast), -expLeast));
  const e = v.keep(expOfBounded(v, bounded, -1));
  return v.f.op(
    'v128.andnot',
    v.div(v.number(1), v.add(v.get(e), v.number(1))),
    v.lt(v.get(x), v.number(expLeast)),
  );
}

/**
 * log(1 + e^x) = max(x, 0) + log(1 + e), 2 ulp, where e = e^-|x|; 0 where it would be denormal, as with exp.
 * 1 + e is at most 2, so that log(1 + e) = log(1 + t) for t = e or ln 2 + log(1 + t) for t = (e - 1)/2.
 */
export function softplus(v: Vectors, x: Local): Pushed {
  const { get } = v;
  const bounded = v.keep(atMost(v, v.abs(get(x)), -expLeast));
  const e = v.keep(
    v.f.op('v128.andnot', expOfBounded(v, bounded, -1), v.lt(v.number(-expLeast), v.abs(get(x)))),
  );
  const large = v.keep(v.lt(v.number(1 / 3), get(e)));
  const halved = v.keep(v.madd(get(e), v.number(0.5), () => v.number(-0.5)));
  const t = v.keep(v.select(get(halved), get(e), get(large)));
  const square = v.keep(v.mul(get(t), get(t)));
  const y = v.keep(v.madd(v.polynomial(t, logTail), get(square), () => get(t)));
  return v.add(v.add(get(y), v.and(get(large), v.number(Math.LN2))), atLeast(v, get(x), 0));
}

/** tanh x = y / (y + 1) with y = (e^2x - 1) / 2, 2.5 ulp. */
export function tanh(v: Vectors, x: Local): Pushed {
  const twice = v.keep(v.abs(v.add(v.get(x), v.get(x))));
  const bounded = v.keep(atMost(v, v.get(twice), expMost));
  const y = v.keep(halfExpm1(v, bounded));
  return withSignOf(v, x, v.div(v.get(y), v.add(v.get(y), v.number(1))));
}

const withSignOf = (v: Vectors, x: Local, magnitude: Pushed): Pushed =>
  v.or(magnitude, v.and(v.get(x), v.number(-0)));

/** `x + x^3 (c0 + c1 x^2 + ...)` */
function oddPolynomial(v: Vectors, x: Local, coefficients: readonly number[]): Pushed {
  const { get } = v;
  const square = v.keep(v.mul(get(x), get(x)));
  const tail = v.mul(v.polynomial(square, coefficients), get(square));
  return v.madd(tail, get(x), () => get(x));
}

/** erf x, 1.2 ulp. */
export function erf(v: Vectors, x: Local): Pushed {
  const { get } = v;
  const square = v.keep(v.mul(get(x), get(x)));
  const near = v.keep(v.madd(v.polynomial(square, erfNear), get(x), () => get(x)));
  const magnitude = v.keep(atMost(v, v.abs(get(x)), 4));
  const exponent = v.keep(v.sub(v.mul(v.polynomial(magnitude, erfFar), get(magnitude)), get(magnitude)));
  const far = v.keep(v.sub(v.number(1), expOfBounded(v, exponent)));
  return v.select(get(near), withSignOf(v, x, get(far)), v.lt(v.abs(get(x)), v.number(0.9277)));
}

const [tan22, tan67] = [Math.SQRT2 - 1, Math.SQRT2 + 1];
/** What float32 loses of pi/4, relative to it; the same for pi/2. */
const quarterError = Math.PI / 4 / Math.fround(Math.PI / 4) - 1;

/** atan x, 2.2 ulp: reduced to |t| <= tan(pi/8) by atan x = pi/4 + atan((x-1)/(x+1)) = pi/2 + atan(-1/x). */
export function atan(v: Vectors, x: Local): Pushed {
  const { get } = v;
  const magnitude = v.keep(v.abs(get(x)));
  const middle = v.keep(v.lt(v.number(tan22), get(magnitude)));
  const large = v.keep(v.lt(v.number(tan67), get(magnitude)));
  const up = v.keep(v.sub(get(magnitude), v.and(get(middle), v.number(1))));
  const down = v.keep(v.select(v.add(get(magnitude), v.number(1)), v.number(1), get(middle)));
  const numerator = v.keep(v.select(v.number(-1), get(up), get(large)));
  const denominator = v.keep(v.select(get(magnitude), get(down), get(large)));
  const t = v.keep(v.div(get(numerator), get(denominator)));
  const quarters = v.keep(
    v.select(v.number(Math.PI / 2), v.and(get(middle), v.number(Math.PI / 4)), get(large)),
  );
  const rounding = v.keep(v.mul(get(quarters), v.number(quarterError)));
  return withSignOf(v, x, v.add(v.add(oddPolynomial(v, t, atanTail), get(rounding)), get(quarters)));
}
