import type { FunctionIndex, Local, Pushed } from '../../assembler/encoder.js';
import type { Vectors } from '../vector.js';

/** Adding 1.5 * 2^52 rounds to an integer, which is then in the lowest bits. */
export const rounder = 6755399441055744;

/** ln 2 in two parts; an integer of up to 13 bits times the first is exact. */
export const ln2High = 0.6931471805592082;
export const ln2Low = 7.371002565167799e-13;

/** The exponent of 1. */
export const bias = 1023;

/** The number whose exponent is the lowest bits of an integer. */
export const asPower = (v: Vectors, bits: Pushed): Pushed => v.f.op('i64x2.shl', bits, v.f.i32(52));

/** Bits in the upper half of each lane, with zeros in the lower. */
export const highBits = (v: Vectors, bits: number): Pushed => v.f.i32x4(0, bits);

/** `y`, or x where |x| is not above a bound, and NaN. */
export const itselfBelow = (v: Vectors, bound: number, x: Local, y: Pushed): Pushed =>
  v.select(y, v.get(x), v.lt(v.number(bound), v.abs(v.get(x))));

export const withSignOf = (v: Vectors, x: Local, magnitude: Pushed): Pushed =>
  v.or(magnitude, v.and(v.get(x), v.number(-0)));

/** Lanes of `y` whose mask is set get the value of a function of JavaScript for the same lanes: for rare ones. */
export function byHost(
  v: Vectors,
  mask: Local,
  y: Local,
  host: FunctionIndex,
  ...args: readonly Local[]
): void {
  const { f, get, leave } = v;
  if (leave !== undefined) {
    leave(mask);
    return;
  }
  f.when(f.op('v128.any_true', get(mask)), () => {
    for (const lane of [0, 1])
      f.when(f.lane('i32x4.extract_lane', 2 * lane, get(mask)), () => {
        const of = (x: Local): Pushed => f.lane('f64x2.extract_lane', lane, get(x));
        const value = f.let('f64', f.call(host, ...args.map(of)));
        f.set(y, f.lane('f64x2.replace_lane', lane, get(y), get(value)));
      });
  });
}
