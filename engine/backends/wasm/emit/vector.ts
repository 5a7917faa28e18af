import type { Body, Local, Pushed } from '../assembler/encoder.js';
import type { Features } from '../assembler/features.js';

/** Arithmetic on vectors of four float32, written like formulas; comparisons give masks of ones and zeros. */
export interface Vectors {
  readonly f: Body;
  readonly get: Body['get'];
  /** Four equal float32. */
  readonly number: Body['f32x4'];
  /** A new local that holds a vector. */
  readonly keep: (value: Pushed) => Local;
  readonly add: (a: Pushed, b: Pushed) => Pushed;
  readonly sub: (a: Pushed, b: Pushed) => Pushed;
  readonly mul: (a: Pushed, b: Pushed) => Pushed;
  readonly div: (a: Pushed, b: Pushed) => Pushed;
  readonly abs: (a: Pushed) => Pushed;
  readonly lt: (a: Pushed, b: Pushed) => Pushed;
  readonly eq: (a: Pushed, b: Pushed) => Pushed;
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
}

export function vectors(f: Body, { relaxed }: Features): Vectors {
  const { op } = f;
  const v: Vectors = {
    f,
    get: f.get,
    number: f.f32x4,
    keep: (value) => f.let('v128', value),
    add: (a, b) => op('f32x4.add', a, b),
    sub: (a, b) => op('f32x4.sub', a, b),
    mul: (a, b) => op('f32x4.mul', a, b),
    div: (a, b) => op('f32x4.div', a, b),
    abs: (a) => op('f32x4.abs', a),
    lt: (a, b) => op('f32x4.lt', a, b),
    eq: (a, b) => op('f32x4.eq', a, b),
    and: (a, b) => op('v128.and', a, b),
    or: (a, b) => op('v128.or', a, b),
    xor: (a, b) => op('v128.xor', a, b),
    madd(a, b, c) {
      if (relaxed) return op('f32x4.relaxed_madd', a, b, c());
      return op('f32x4.add', op('f32x4.mul', a, b), c());
    },
    polynomial(x, coefficients) {
      const powers = new Map([[1, x]]);
      for (let power = 2; power < coefficients.length; power *= 2) {
        const root = powers.get(power / 2)!;
        powers.set(power, v.keep(v.mul(f.get(root), f.get(root))));
      }
      const part = (from: number, count: number): Pushed => {
        if (count === 1) return f.f32x4(coefficients[from]);
        let half = 1;
        while (half * 2 < count) half *= 2;
        const upper = part(from + half, count - half);
        return v.madd(upper, f.get(powers.get(half)!), () => part(from, half));
      };
      return part(0, coefficients.length);
    },
    maximum(a, b) {
      const larger = v.keep(op('f32x4.pmax', f.get(a), f.get(b)));
      return v.select(f.get(b), f.get(larger), op('f32x4.ne', f.get(b), f.get(b)));
    },
    // Masks have all bits of a lane equal, and for such the relaxed instruction is as good as the exact one.
    select: (a, b, mask) => op(relaxed ? 'i32x4.relaxed_laneselect' : 'v128.bitselect', a, b, mask),
  };
  return v;
}
