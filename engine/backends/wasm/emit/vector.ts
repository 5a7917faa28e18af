import type { Body, Local, Pushed } from '../assembler/encoder.js';
import type { Features } from '../assembler/features.js';

/** A kind of floating-point numbers, and how a vector of 128 bits holds them. */
export interface Float {
  readonly dtype: 'float32' | 'float64';
  /** The vector's shape in names of instructions. */
  readonly shape: 'f32x4' | 'f64x2';
  readonly lanes: 4 | 2;
  readonly bytes: 4 | 8;
}

export const float32: Float = { dtype: 'float32', shape: 'f32x4', lanes: 4, bytes: 4 };
export const float64: Float = { dtype: 'float64', shape: 'f64x2', lanes: 2, bytes: 8 };

/** Arithmetic on vectors of one kind of numbers, written like formulas; comparisons give masks of ones and zeros. */
export interface Vectors {
  readonly f: Body;
  readonly float: Float;
  readonly get: Body['get'];
  /** The same number in every lane. */
  readonly number: (value: number) => Pushed;
  /** A new local that holds a vector. */
  readonly keep: (value: Pushed) => Local;
  readonly add: (a: Pushed, b: Pushed) => Pushed;
  readonly sub: (a: Pushed, b: Pushed) => Pushed;
  readonly mul: (a: Pushed, b: Pushed) => Pushed;
  readonly div: (a: Pushed, b: Pushed) => Pushed;
  readonly neg: (a: Pushed) => Pushed;
  readonly abs: (a: Pushed) => Pushed;
  readonly sqrt: (a: Pushed) => Pushed;
  readonly floor: (a: Pushed) => Pushed;
  readonly lt: (a: Pushed, b: Pushed) => Pushed;
  readonly eq: (a: Pushed, b: Pushed) => Pushed;
  readonly ne: (a: Pushed, b: Pushed) => Pushed;
  /** `b < a ? b : a`, so that a NaN in `a` stays. */
  readonly pmin: (a: Pushed, b: Pushed) => Pushed;
  /** `a < b ? b : a`, so that a NaN in `a` stays. */
  readonly pmax: (a: Pushed, b: Pushed) => Pushed;
  readonly and: (a: Pushed, b: Pushed) => Pushed;
  readonly or: (a: Pushed, b: Pushed) => Pushed;
  readonly xor: (a: Pushed, b: Pushed) => Pushed;
  /** `a*b + c`, rounded once where the host can. `c` is emitted by the callback, after the other two. */
  readonly madd: (a: Pushed, b: Pushed, c: () => Pushed) => Pushed;
  /**
   * `c0 + c1 x + c2 x^2 + ...` by halves (Estrin): one long chain of dependent operations would fill the processor's
   * queues while it waits.
   */
  readonly polynomial: (x: Local, coefficients: readonly number[]) => Pushed;
  /** The larger of two numbers; NaN if one of them is; either of two zeros. `f32x4.max` takes three times as long. */
  readonly maximum: (a: Local, b: Local) => Pushed;
  /** `mask ? a : b` in every lane. */
  readonly select: (a: Pushed, b: Pushed, mask: Pushed) => Pushed;
  /**
   * Takes the masks of lanes that functions leave to the host; without it they call the host themselves, in branches that V8
   * joins nothing across.
   */
  readonly leave?: (mask: Local) => void;
}

export function vectors(f: Body, { relaxed, simd }: Features, float: Float = float32): Vectors {
  const { op } = f;
  const { shape } = float;
  const v: Vectors = {
    f,
    float,
    get: f.get,
    number: shape === 'f32x4' ? f.f32x4 : f.f64x2,
    keep: (value) => f.let('v128', value),
    add: (a, b) => op(`${shape}.add`, a, b),
    sub: (a, b) => op(`${shape}.sub`, a, b),
    mul: (a, b) => op(`${shape}.mul`, a, b),
    div: (a, b) => op(`${shape}.div`, a, b),
    // V8 13 joins pairs of f64x2.neg into an instruction that changes other bits.
    neg: (a) => (shape === 'f32x4' ? op('f32x4.neg', a) : op('v128.xor', a, f.f64x2(-0))),
    abs: (a) => op(`${shape}.abs`, a),
    sqrt: (a) => op(`${shape}.sqrt`, a),
    // V8 joins no instruction that rounds. Adding the least number without fractions rounds to an integer, which may be the
    // next one.
    floor(a) {
      if (simd === 128) return op(`${shape}.floor`, a);
      const x = v.keep(a);
      const least = shape === 'f32x4' ? 2 ** 23 : 2 ** 52;
      const size = v.keep(v.abs(f.get(x)));
      const magnitude = v.sub(v.add(f.get(size), v.number(least)), v.number(least));
      const near = v.keep(v.or(magnitude, v.and(f.get(x), v.number(-0))));
      const below = v.sub(f.get(near), v.and(v.lt(f.get(x), f.get(near)), v.number(1)));
      return v.select(below, f.get(x), v.lt(f.get(size), v.number(least)));
    },
    lt: (a, b) => op(`${shape}.lt`, a, b),
    eq: (a, b) => op(`${shape}.eq`, a, b),
    ne: (a, b) => op(`${shape}.ne`, a, b),
    pmin: (a, b) => op(`${shape}.pmin`, a, b),
    pmax: (a, b) => op(`${shape}.pmax`, a, b),
    and: (a, b) => op('v128.and', a, b),
    or: (a, b) => op('v128.or', a, b),
    xor: (a, b) => op('v128.xor', a, b),
    madd(a, b, c) {
      if (relaxed) return op(`${shape}.relaxed_madd`, a, b, c());
      return v.add(v.mul(a, b), c());
    },
    polynomial(x, coefficients) {
      const powers = new Map([[1, x]]);
      for (let power = 2; power < coefficients.length; power *= 2) {
        const root = powers.get(power / 2)!;
        powers.set(power, v.keep(v.mul(f.get(root), f.get(root))));
      }
      const part = (from: number, count: number): Pushed => {
        if (count === 1) return v.number(coefficients[from]);
        let half = 1;
        while (half * 2 < count) half *= 2;
        const upper = part(from + half, count - half);
        return v.madd(upper, f.get(powers.get(half)!), () => part(from, half));
      };
      return part(0, coefficients.length);
    },
    maximum(a, b) {
      // All ones are a NaN.
      return v.or(v.pmax(f.get(a), f.get(b)), v.ne(f.get(b), f.get(b)));
    },
    // Masks have all bits of a lane equal, and for such the relaxed instruction is as good as the exact one, which more
    // versions of V8 join.
    select: (a, b, mask) =>
      op(relaxed && simd === 128 ? 'i32x4.relaxed_laneselect' : 'v128.bitselect', a, b, mask),
  };
  return v;
}
