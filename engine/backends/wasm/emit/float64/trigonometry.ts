import type { FunctionIndex, Local, Pushed } from '../../assembler/encoder.js';
import type { Vectors } from '../vector.js';
import { byHost, itselfBelow, rounder, withSignOf } from './parts.js';

/** pi/2 in four parts; an integer of up to 20 bits times one of the first three is exact. */
const quarterTurn = [1.5707963267341256, 6.077100506303966e-11, 2.0222662487111665e-21, 8.4784276603689e-32];
/** Beyond it the quarter turns have more than 20 bits. */
export const largest64 = 1e6;

/** sin r = r + r^3 (...) and cos r = 1 - r^2/2 + r^4 (...), in r^2, for |r| <= pi/4: to 2^-57 and 2^-59. */
// prettier-ignore
const sinTail = [
  -0.16666666666666632, 0.008333333333322415, -0.00019841269829808613, 2.7557313692208917e-06, -2.5050758161081023e-08,
  1.589679827763999e-10,
];
// prettier-ignore
const cosTail = [
  -0.5, 0.041666666666666595, -0.001388888888887304, 2.4801587288842027e-05, -2.755731417643008e-07,
  2.0875700442921312e-09, -1.1358515385809795e-11,
];

/** x - n pi/2. Near 0 the first three differences are exact; elsewhere what the second loses joins the third, which rounds. */
function remainder(v: Vectors, x: Local, n: Local): Local {
  const { get, number } = v;
  const [first, second, third, fourth] = quarterTurn;
  const a = v.keep(v.madd(get(n), number(-first), () => get(x)));
  const part = v.keep(v.mul(get(n), number(second)));
  const b = v.keep(v.sub(get(a), get(part)));
  const lost = v.keep(v.sub(v.sub(get(a), get(b)), get(part)));
  const low = v.keep(v.madd(get(n), number(-third), () => get(lost)));
  const c = v.keep(v.add(get(b), get(low)));
  return v.keep(v.madd(get(n), number(-fourth), () => get(c)));
}

/**
 * sin(x + quarters pi/2), 1.6 ulp up to |x| = 1e6, near the zeros as elsewhere; what is larger, `host` computes, number by
 * number.
 */
export function sine64(v: Vectors, x: Local, quarters: 0 | 1, host: FunctionIndex): Pushed {
  const { f, get, number } = v;
  const shifter = rounder + quarters;
  const turns = v.keep(v.madd(get(x), number(2 / Math.PI), () => number(shifter)));
  const n = v.keep(v.sub(get(turns), number(shifter)));
  const r = remainder(v, x, n);
  const square = v.keep(v.mul(get(r), get(r)));
  const cube = v.mul(v.polynomial(square, sinTail), get(square));
  const sin = v.keep(v.madd(cube, get(r), () => get(r)));
  const cos = v.keep(v.madd(v.polynomial(square, cosTail), get(square), () => number(1)));
  const odd = v.keep(f.op('i64x2.sub', number(0), v.and(get(turns), f.i32x4(1, 0))));
  const sign = v.keep(f.op('i64x2.shl', v.and(get(turns), f.i32x4(2, 0)), f.i32(62)));
  const signed = v.keep(v.xor(v.select(get(cos), get(sin), get(odd)), get(sign)));
  const y = quarters === 0 ? v.keep(itselfBelow(v, 2 ** -27, x, get(signed))) : signed;
  const outside = v.keep(v.lt(number(largest64), v.abs(get(x))));
  byHost(v, outside, y, host, x);
  return get(y);
}

/** atan x = x + x^3 (...) in x^2 for |x| <= tan(pi/8), to 2^-58. */
// prettier-ignore
const atanTail = [
  -0.333333333333332, 0.19999999999954082, -0.14285714280248338, 0.11111110786123074, -0.09090897835902778,
  0.07692061625881429, -0.06663120243570028, 0.05848007824844505, -0.050398403384371376, 0.03807818405026745,
  -0.01792212407092453,
];
const [tan22, tan67] = [Math.SQRT2 - 1, Math.SQRT2 + 1];
/** What float64 loses of pi/4, relative to it; the same for pi/2. */
const quarterError = 3.8981718325193755e-17;

/** atan x, 1.9 ulp: reduced to |t| <= tan(pi/8) by atan x = pi/4 + atan((x-1)/(x+1)) = pi/2 + atan(-1/x). */
export function atan(v: Vectors, x: Local): Pushed {
  const { get, number } = v;
  const magnitude = v.keep(v.abs(get(x)));
  const middle = v.keep(v.lt(number(tan22), get(magnitude)));
  const large = v.keep(v.lt(number(tan67), get(magnitude)));
  const up = v.keep(v.sub(get(magnitude), v.and(get(middle), number(1))));
  const down = v.keep(v.select(v.add(get(magnitude), number(1)), number(1), get(middle)));
  const numerator = v.keep(v.select(number(-1), get(up), get(large)));
  const denominator = v.keep(v.select(get(magnitude), get(down), get(large)));
  const t = v.keep(v.div(get(numerator), get(denominator)));
  const quarters = v.keep(v.select(number(Math.PI / 2), v.and(get(middle), number(Math.PI / 4)), get(large)));
  const rounding = v.keep(v.mul(get(quarters), number(quarterError)));
  const square = v.keep(v.mul(get(t), get(t)));
  const cube = v.mul(v.polynomial(square, atanTail), get(square));
  const low = v.keep(v.madd(cube, get(t), () => get(rounding)));
  return withSignOf(v, x, v.add(v.add(get(t), get(low)), get(quarters)));
}
