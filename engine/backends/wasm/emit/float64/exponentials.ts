import type { Local, Pushed } from '../../assembler/encoder.js';
import type { Vectors } from '../vector.js';
import { logOfOnePlus } from './logarithms.js';
import { asPower, bias, itselfBelow, ln2High, ln2Low, rounder, withSignOf } from './parts.js';

/** e^r = 1 + r + r^2 (...) for |r| <= ln(2)/2, to 2^-57. */
// prettier-ignore
const expTail = [
  0.5, 0.16666666666666433, 0.04166666666660395, 0.00833333333350019, 0.0013888888926800519, 0.00019841269465932501,
  2.4801508676629934e-05, 2.7557641090845263e-06, 2.762518945666668e-07, 2.4978318284285174e-08,
];
/** e^r - 1 = r + r^2 (...), to 2^-61 of it. */
// prettier-ignore
const expm1Tail = [
  0.5, 0.16666666666666677, 0.04166666666666658, 0.00833333333332216, 0.0013888888888942698, 0.00019841269884942285,
  2.480158719815797e-05, 2.755724529433958e-06, 2.755738709862782e-07, 2.5108686418682965e-08, 2.0878895131194648e-09,
];

/** x = n ln 2 + r */
interface Reduction {
  /** The nearest integer. */
  readonly n: Local;
  /** n + offset in its lowest bits. */
  readonly shifted: Local;
  readonly r: Local;
  /** What `r` has lost by rounding. */
  readonly lost: () => Pushed;
}

function reduce(v: Vectors, x: Local, offset: number): Reduction {
  const { get, number } = v;
  const shifted = v.keep(v.madd(get(x), number(Math.LOG2E), () => number(rounder + offset)));
  const n = v.keep(v.sub(get(shifted), number(rounder + offset)));
  const high = v.keep(v.madd(get(n), number(-ln2High), () => get(x)));
  const r = v.keep(v.madd(get(n), number(-ln2Low), () => get(high)));
  return { n, shifted, r, lost: () => v.madd(get(n), number(-ln2Low), () => v.sub(get(high), get(r))) };
}

/** e^r for |r| <= ln(2)/2. */
export function expOfRemainder(v: Vectors, r: Local): Pushed {
  const square = v.keep(v.mul(v.get(r), v.get(r)));
  const y = v.keep(v.madd(v.polynomial(r, expTail), v.get(square), () => v.get(r)));
  return v.add(v.get(y), v.number(1));
}

/** e^x of arguments from -708 to 709, or NaN. */
export function expOfModerate(v: Vectors, x: Local): Pushed {
  const { shifted, r } = reduce(v, x, bias);
  const scale = v.keep(asPower(v, v.get(shifted)));
  return v.mul(expOfRemainder(v, r), v.get(scale));
}

/**
 * y 2^n with y from a callback, also where 2^n is denormal or infinite: it is multiplied by in two halves. The lowest bits
 * of `shifted` are n + 2 bias.
 */
export function scaledBy(v: Vectors, n: Local, shifted: Local, y: () => Pushed): Pushed {
  const { f, get, number } = v;
  const half = v.keep(v.madd(get(n), number(0.5), () => number(rounder + bias)));
  const first = v.keep(asPower(v, get(half)));
  const second = v.keep(asPower(v, f.op('i64x2.sub', get(shifted), get(half))));
  return v.mul(v.mul(y(), get(first)), get(second));
}

/** The least x whose e^x is not 0: it is half of the least denormal number. */
const expLeast = -745.1332191019411;
/** e^x is infinite. */
const expMost = 710;

/** e^x of arguments from `expLeast` to `expMost`, or NaN. */
function expOfBounded(v: Vectors, x: Local): Pushed {
  const { n, shifted, r } = reduce(v, x, 2 * bias);
  return scaledBy(v, n, shifted, () => expOfRemainder(v, r));
}

/** e^x, where `x` is not above `expMost`. What gives 0 is not computed: denormal numbers on the way are slow. */
function expOfAtMost(v: Vectors, x: Local): Pushed {
  const { f, get } = v;
  const vanishes = v.keep(v.lt(get(x), v.number(expLeast)));
  const bounded = v.keep(f.op('v128.andnot', get(x), get(vanishes)));
  return f.op('v128.andnot', expOfBounded(v, bounded), get(vanishes));
}

/** e^x, 1.1 ulp. */
export function exp(v: Vectors, x: Local): Pushed {
  const bounded = v.keep(v.pmin(v.get(x), v.number(expMost)));
  return expOfAtMost(v, bounded);
}

/** e^-|x| */
const decay = (v: Vectors, x: Local): Local => v.keep(expOfAtMost(v, v.keep(v.or(v.get(x), v.number(-0)))));

/** e^x - 1, 1.3 ulp, as twice (e^r - 1) 2^(n-1) + (2^(n-1) - 1/2): 2^1024 is no number. */
export function expm1(v: Vectors, x: Local): Pushed {
  const { get, number } = v;
  const bounded = v.keep(v.pmax(v.pmin(get(x), number(expMost)), number(-40)));
  const { shifted, r, lost } = reduce(v, bounded, bias - 1);
  const square = v.keep(v.mul(get(r), get(r)));
  const tail = v.keep(v.madd(v.polynomial(r, expm1Tail), get(square), lost));
  const half = v.keep(asPower(v, get(shifted)));
  const main = v.keep(v.madd(get(r), get(half), () => v.sub(get(half), number(0.5))));
  const y = v.keep(v.madd(get(tail), get(half), () => get(main)));
  return itselfBelow(v, 2 ** -54, x, v.add(get(y), get(y)));
}

/** tanh x = x + x^3 p/q in x^2 for |x| <= 0.55, to 2^-59. */
const tanhNumerator = [-0.3333333333333333, -0.02050038669599908, -0.00019924839738207775];
const tanhDenominator = [1, 0.46150116008799297, 0.023293447322675177, 0.00020660909376236323];

/** tanh x, 1.5 ulp: beyond 0.55 as 1 - 2 / (e^2x + 1). */
export function tanh(v: Vectors, x: Local): Pushed {
  const { get, number } = v;
  const magnitude = v.keep(v.pmin(v.abs(get(x)), number(20)));
  const far = v.keep(v.lt(number(0.55), get(magnitude)));
  const square = v.keep(v.mul(get(magnitude), get(magnitude)));
  const cube = v.keep(v.mul(get(square), get(magnitude)));
  const p = v.keep(v.mul(v.polynomial(square, tanhNumerator), get(cube)));
  const q = v.keep(v.polynomial(square, tanhDenominator));
  const twice = v.keep(v.add(get(magnitude), get(magnitude)));
  const e = v.keep(expOfModerate(v, twice));
  const numerator = v.keep(v.select(number(-2), get(p), get(far)));
  const denominator = v.keep(v.select(v.add(get(e), number(1)), get(q), get(far)));
  const start = v.keep(v.select(number(1), get(magnitude), get(far)));
  return withSignOf(v, x, v.add(v.div(get(numerator), get(denominator)), get(start)));
}

/** 1 / (1 + e^-x) = e^x / (1 + e^x), 2.1 ulp. The power is one of a negative number, and never overflows. */
export function sigmoid(v: Vectors, x: Local): Pushed {
  const e = decay(v, x);
  const numerator = v.keep(v.select(v.get(e), v.number(1), v.lt(v.get(x), v.number(0))));
  return v.div(v.get(numerator), v.add(v.get(e), v.number(1)));
}

/**
 * log(1 + e^x) = max(x, 0) + log(1 + e), 2.1 ulp, where e = e^-|x|.
 * 1 + e is at most 2, so that log(1 + e) = log(1 + t) for t = e or ln 2 + log(1 + t) for t = (e - 1)/2.
 */
export function softplus(v: Vectors, x: Local): Pushed {
  const { get, number } = v;
  const e = decay(v, x);
  const large = v.keep(v.lt(number(Math.SQRT2 - 1), get(e)));
  const halved = v.keep(v.madd(get(e), number(0.5), () => number(-0.5)));
  const t = v.keep(v.select(get(halved), get(e), get(large)));
  const y = v.keep(logOfOnePlus(v, t));
  return v.add(v.add(get(y), v.and(get(large), number(Math.LN2))), v.pmax(get(x), number(0)));
}
