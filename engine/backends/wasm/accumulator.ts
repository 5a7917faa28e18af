import type { DType } from '../../ir/kernel.js';
import type { Body, Local, Pushed } from './encoder.js';
import type { Opcode } from './opcodes.js';

/** Four running sums or maxima in registers. */
export interface Accumulator {
  /** Takes `count` vectors in. */
  absorb(count: number, value: (number: number) => Pushed): void;
  /** Replaces the lanes from `lanes` on by what changes nothing. */
  only(lanes: number, vector: Pushed): Pushed;
  /** The four results. */
  lanes(): Pushed;
  /** All four as one result, in the first lane. */
  together(): Pushed;
}

/** An accumulator that has taken in nothing yet. */
export function accumulator(f: Body, reduction: 'sum' | 'max', dtype: DType): Accumulator {
  if (reduction === 'max')
    return dtype === 'int32'
      ? single(f, 'i32x4.max_s', () => f.i32x4(-(2 ** 31)))
      : single(f, 'f32x4.max', () => f.f32x4(-Infinity));
  return dtype === 'int32' ? single(f, 'i32x4.add', () => f.i32x4(0)) : doubleSum(f);
}

/** The vectors combined by halves, so that the rounding error of a sum grows with the logarithm of their number. */
function tree(f: Body, opcode: Opcode, from: number, count: number, value: (i: number) => Pushed): Pushed {
  if (count === 1) return value(from);
  const half = count >> 1;
  return f.op(opcode, tree(f, opcode, from, half, value), tree(f, opcode, from + half, count - half, value));
}

function single(f: Body, opcode: Opcode, neutral: () => Pushed): Accumulator {
  const state = f.let('v128', neutral());
  return {
    absorb(count, value) {
      f.set(state, f.op(opcode, f.get(state), tree(f, opcode, 0, count, value)));
    },
    only: (lanes, vector) => f.op('v128.bitselect', vector, neutral(), laneMask(f, lanes)),
    lanes: () => f.get(state),
    together() {
      const halves = f.let(
        'v128',
        f.op(opcode, f.get(state), f.shuffle([2, 3, 2, 3], f.get(state), f.get(state))),
      );
      return f.op(opcode, f.get(halves), f.shuffle([1, 1, 1, 1], f.get(halves), f.get(halves)));
    },
  };
}

/** float32 summed in double precision, but for the few that are taken in together. */
function doubleSum(f: Body): Accumulator {
  const low = f.let('v128', f.f64x2(0));
  const high = f.let('v128', f.f64x2(0));
  const upper = (x: Local): Pushed => f.shuffle([2, 3, 2, 3], f.get(x), f.get(x));
  const add = (sum: Local, pair: Pushed): void => {
    f.set(sum, f.op('f64x2.add', f.op('f64x2.promote_low_f32x4', pair), f.get(sum)));
  };
  return {
    absorb(count, value) {
      const vector = f.let('v128', tree(f, 'f32x4.add', 0, count, value));
      add(low, f.get(vector));
      add(high, upper(vector));
    },
    only: (lanes, vector) => f.op('v128.and', vector, laneMask(f, lanes)),
    lanes: () =>
      f.shuffle(
        [0, 1, 4, 5],
        f.op('f32x4.demote_f64x2_zero', f.get(low)),
        f.op('f32x4.demote_f64x2_zero', f.get(high)),
      ),
    together() {
      const both = f.let('v128', f.op('f64x2.add', f.get(low), f.get(high)));
      return f.op('f32x4.demote_f64x2_zero', f.op('f64x2.add', f.get(both), upper(both)));
    },
  };
}

const laneMask = (f: Body, lanes: number): Pushed =>
  f.i32x4(...[0, 1, 2, 3].map((lane) => (lane < lanes ? -1 : 0)));
