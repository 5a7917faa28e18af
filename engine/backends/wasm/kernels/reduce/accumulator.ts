import type { DType } from '../../../../ir/kernel.js';
import type { Body, Local, Pushed } from '../../assembler/encoder.js';
import type { Opcode } from '../../assembler/opcodes.js';
import type { Vectors } from '../../emit/vector.js';

/** Two vectors to one, lane by lane. */
export type Combine = (a: Local, b: Local) => Pushed;

/** Running sums or maxima in registers, one for each lane. */
export interface Accumulator {
  /** Takes a vector in. */
  absorb(vector: Local): void;
  /** Replaces the lanes from `lanes` on by what changes nothing. */
  only(lanes: number, vector: Pushed): Pushed;
  /** The results of all lanes, in the dtype of the result. */
  lanes(): Pushed;
  /** All lanes as one result, in the first lane. */
  together(): Pushed;
}

/** How vectors of elements are combined; `output` is the dtype of the result. */
export function combineOf(v: Vectors, reduction: 'sum' | 'max', output: DType): Combine {
  const both =
    (opcode: Opcode): Combine =>
    (a, b) =>
      v.f.op(opcode, v.get(a), v.get(b));
  if (output === 'int32') return both(reduction === 'max' ? 'i32x4.max_s' : 'i32x4.add');
  return reduction === 'max' ? v.maximum : both(`${v.float.shape}.add`);
}

/** An accumulator that has taken in nothing yet. */
export function accumulator(v: Vectors, reduction: 'sum' | 'max', output: DType): Accumulator {
  return reduction === 'sum' && v.float.dtype === 'float32' && output !== 'int32'
    ? doubleSum(v)
    : single(v, reduction, output);
}

/** The results in one vector, as the elements are: float64 sums run on in float64. */
function single(v: Vectors, reduction: 'sum' | 'max', output: DType): Accumulator {
  const { f, float } = v;
  const combine = combineOf(v, reduction, output);
  const neutral = (): Pushed =>
    output === 'int32'
      ? f.i32x4(reduction === 'max' ? -(2 ** 31) : 0)
      : v.number(reduction === 'max' ? -Infinity : 0);
  const state = f.let('v128', neutral());
  const isDemoted = output === 'float32' && float.dtype === 'float64';
  const stored = (vector: Pushed): Pushed => (isDemoted ? f.op('f32x4.demote_f64x2_zero', vector) : vector);
  return {
    absorb(vector) {
      f.set(state, combine(state, vector));
    },
    only: (lanes, vector) => f.op('v128.bitselect', vector, neutral(), laneMask(v, output, lanes)),
    lanes: () => stored(f.get(state)),
    together() {
      const pair = float.lanes === 2 ? state : f.let('v128', combine(state, f.let('v128', upper(f, state))));
      const isWide = float.dtype === 'float64' && output !== 'int32';
      const second = isWide ? upper(f, pair) : f.shuffle([1, 1, 1, 1], f.get(pair), f.get(pair));
      return stored(combine(pair, f.let('v128', second)));
    },
  };
}

/** The upper half, moved down. */
const upper = (f: Body, x: Local): Pushed => f.shuffle([2, 3, 2, 3], f.get(x), f.get(x));

/** float32 summed in double precision. */
function doubleSum(v: Vectors): Accumulator {
  const { f } = v;
  const [low, high] = [f.let('v128', f.f64x2(0)), f.let('v128', f.f64x2(0))];
  const addPair = (sum: Local, pair: Pushed): void => {
    f.set(sum, f.op('f64x2.add', f.op('f64x2.promote_low_f32x4', pair), f.get(sum)));
  };
  return {
    absorb(vector) {
      addPair(low, f.get(vector));
      addPair(high, upper(f, vector));
    },
    only: (lanes, vector) => f.op('v128.and', vector, laneMask(v, 'float32', lanes)),
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

/** Ones in the first lanes. Among float64, int32 are two in the lower half of a vector. */
function laneMask({ f, float }: Vectors, output: DType, lanes: number): Pushed {
  const words = float.dtype === 'float64' && output !== 'int32' ? 2 * lanes : lanes;
  return f.i32x4(...[0, 1, 2, 3].map((word) => (word < words ? -1 : 0)));
}
