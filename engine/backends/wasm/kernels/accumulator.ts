import type { DType } from '../../../ir/kernel.js';
import type { Body, Local, Pushed } from '../assembler/encoder.js';
import type { Opcode } from '../assembler/opcodes.js';
import type { Vectors } from '../emit/vector.js';

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
export function accumulator(v: Vectors, reduction: 'sum' | 'max', dtype: DType): Accumulator {
  const { f } = v;
  const both =
    (opcode: Opcode): Combine =>
    (a, b) =>
      f.op(opcode, f.get(a), f.get(b));
  if (dtype === 'int32')
    return reduction === 'max'
      ? single(f, both('i32x4.max_s'), () => f.i32x4(-(2 ** 31)))
      : single(f, both('i32x4.add'), () => f.i32x4(0));
  return reduction === 'max'
    ? single(f, v.maximum, () => f.f32x4(-Infinity))
    : doubleSum(f, both('f32x4.add'));
}

type Combine = (a: Local, b: Local) => Pushed;

/** The vectors combined by halves, so that the rounding error of a sum grows with the logarithm of their number. */
function tree(f: Body, combine: Combine, from: number, count: number, value: (i: number) => Pushed): Pushed {
  if (count === 1) return value(from);
  const half = count >> 1;
  const first = f.let('v128', tree(f, combine, from, half, value));
  return combine(first, f.let('v128', tree(f, combine, from + half, count - half, value)));
}

/** The two upper lanes, moved down. */
const upper = (f: Body, x: Local): Pushed => f.shuffle([2, 3, 2, 3], f.get(x), f.get(x));

function single(f: Body, combine: Combine, neutral: () => Pushed): Accumulator {
  const state = f.let('v128', neutral());
  return {
    absorb(count, value) {
      const block = f.let('v128', tree(f, combine, 0, count, value));
      f.set(state, combine(state, block));
    },
    only: (lanes, vector) => f.op('v128.bitselect', vector, neutral(), laneMask(f, lanes)),
    lanes: () => f.get(state),
    together() {
      const pair = f.let('v128', combine(state, f.let('v128', upper(f, state))));
      return combine(pair, f.let('v128', f.shuffle([1, 1, 1, 1], f.get(pair), f.get(pair))));
    },
  };
}

/** float32 summed in double precision, but for the few that are taken in together. */
function doubleSum(f: Body, add: Combine): Accumulator {
  const [low, high] = [f.let('v128', f.f64x2(0)), f.let('v128', f.f64x2(0))];
  const addPair = (sum: Local, pair: Pushed): void => {
    f.set(sum, f.op('f64x2.add', f.op('f64x2.promote_low_f32x4', pair), f.get(sum)));
  };
  return {
    absorb(count, value) {
      const block = f.let('v128', tree(f, add, 0, count, value));
      addPair(low, f.get(block));
      addPair(high, upper(f, block));
    },
    only: (lanes, vector) => f.op('v128.and', vector, laneMask(f, lanes)),
    lanes: () =>
      f.shuffle(
        [0, 1, 4, 5],
        f.op('f32x4.demote_f64x2_zero', f.get(low)),
        f.op('f32x4.demote_f64x2_zero', f.get(high)),
      ),
    together() {
      const pair = f.let('v128', f.op('f64x2.add', f.get(low), f.get(high)));
      return f.op('f32x4.demote_f64x2_zero', f.op('f64x2.add', f.get(pair), upper(f, pair)));
    },
  };
}

const laneMask = (f: Body, lanes: number): Pushed =>
  f.i32x4(...[0, 1, 2, 3].map((lane) => (lane < lanes ? -1 : 0)));
