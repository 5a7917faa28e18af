import type { Body, FunctionIndex, Local, Pushed } from '../assembler/encoder.js';
import { eachLane, pairFrom, replaceLane } from './lanes.js';
import type { Vectors } from './vector.js';

/** sin r = r + r^3 (...) and cos r = 1 - r^2/2 + r^4 (...), in r^2, for |r| <= pi/4. */
const sinTail = [-0.166666552, 0.00833219104, -0.000195186003];
const cosTail = [-0.5, 0.0416666456, -0.00138873013, 2.44306611e-5];

/** pi/2 in two parts; an integer of up to 20 bits times the first is exact in double precision. */
const quarterHigh = 1.57079632673412561417;
const quarterLow = 6.07710050650619224932e-11;
/** Adding 1.5 * 2^52 rounds to an integer, which is then in the lowest bits. */
const rounder = 6755399441055744;
/** Beyond it the quarter turns have more than 20 bits. */
export const largest = 1e6;

/** Two lanes, reduced to |r| <= pi/4 in double precision, and the number of quarter turns in the low half of each. */
function reducePair(f: Body, lanes: Local, lane: 0 | 2): { readonly r: Local; readonly turns: Local } {
  const x = f.let('v128', f.op('f64x2.promote_low_f32x4', pairFrom(f, lanes, lane)));
  const scaled = f.op('f64x2.mul', f.get(x), f.f64x2(2 / Math.PI));
  const turns = f.let('v128', f.op('f64x2.add', scaled, f.f64x2(rounder)));
  const n = f.let('v128', f.op('f64x2.sub', f.get(turns), f.f64x2(rounder)));
  const high = f.op('f64x2.sub', f.get(x), f.op('f64x2.mul', f.get(n), f.f64x2(quarterHigh)));
  const r = f.op('f64x2.sub', high, f.op('f64x2.mul', f.get(n), f.f64x2(quarterLow)));
  return { r: f.let('v128', f.op('f32x4.demote_f64x2_zero', r)), turns };
}

/**
 * sin(x + quarters pi/2), 1.6 ulp up to |x| = 1e6 near the zeros as elsewhere; what is larger, `host` computes,
 * number by number.
 */
export function sine(v: Vectors, x: Local, quarters: 0 | 1, host: FunctionIndex): Pushed {
  const { f, get } = v;
  const low = reducePair(f, x, 0);
  const high = reducePair(f, x, 2);
  const r = v.keep(f.shuffle([0, 1, 4, 5], get(low.r), get(high.r)));
  const whole = f.shuffle([0, 2, 4, 6], get(low.turns), get(high.turns));
  const turns = v.keep(f.op('i32x4.add', whole, f.i32x4(quarters)));
  const square = v.keep(v.mul(get(r), get(r)));
  const cube = v.mul(v.polynomial(square, sinTail), get(square));
  const sin = v.keep(v.madd(cube, get(r), () => get(r)));
  const cos = v.keep(v.madd(v.polynomial(square, cosTail), get(square), () => v.number(1)));
  const odd = v.keep(f.op('i32x4.eq', v.and(get(turns), f.i32x4(1)), f.i32x4(1)));
  const sign = v.keep(f.op('i32x4.shl', v.and(get(turns), f.i32x4(2)), f.i32(30)));
  const y = v.keep(v.xor(v.select(get(cos), get(sin), get(odd)), get(sign)));
  const outside = v.keep(v.lt(v.number(largest), v.abs(get(x))));
  eachLane(f, outside, (lane) => {
    const value = f.call(host, f.lane('f32x4.extract_lane', lane, get(x)));
    f.set(y, replaceLane(f, lane, y, f.let('f32', value)));
  });
  return get(y);
}
