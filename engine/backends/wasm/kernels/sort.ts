import type { SortSpec } from '../../../ir/kernel.js';
import type { Body, Local, Pushed } from '../assembler/encoder.js';
import { type Context, type Kernel, addressesOf } from '../emit/context.js';
import { advance, nest, plus, repeat } from '../emit/loops.js';
import { type Access, rowMajor, stepsOf } from './map.js';

const scalars = {
  int32: { type: 'i32', load: 'i32.load', eq: 'i32.eq', gt: 'i32.gt_s' },
  float32: { type: 'f32', load: 'f32.load', eq: 'f32.eq', gt: 'f32.gt' },
  float64: { type: 'f64', load: 'f64.load', eq: 'f64.eq', gt: 'f64.gt' },
} as const;

const bytes = 4;

/** Positions in ascending or descending order along one axis, by merging runs of 1, 2, 4, ... of them in scratch memory. */
export function sortKernel(context: Context, { axis, descending }: SortSpec, x: Access): Kernel {
  const key = `sort ${JSON.stringify([axis, descending, x])}`;
  return context.kernel(key, () => {
    const n = x.shape[axis];
    const [from, to] = [stepsOf(x), stepsOf(rowMajor(x.shape, 'int32'))];
    const others = (list: readonly number[]): number[] => list.filter((_, i) => i !== axis);
    const passes = Math.ceil(Math.log2(n));
    const index = context.module.function(addressesOf(3), (f, out, source, scratch) => {
      const cursors = [
        { local: source, steps: others(from) },
        { local: out, steps: others(to) },
      ];
      nest(f, others(x.shape), cursors, () => {
        const runs = f.let('i32', f.get(scratch));
        const merged = f.let('i32', plus(f, scratch, bytes * n));
        count(f, n, runs);
        const width = f.let('i32', f.i32(bytes));
        repeat(f, passes, () => {
          mergeRuns(f, { runs, merged, width, n }, precedence(f, x, from[axis], descending, source));
          const swapped = f.let('i32', f.get(runs));
          f.set(runs, f.get(merged));
          f.set(merged, f.get(swapped));
          f.set(width, f.op('i32.add', f.get(width), f.get(width)));
        });
        const written = f.let('i32', f.get(out));
        repeat(f, n, () => {
          f.store('i32.store', f.get(written), f.load('i32.load', f.get(runs)));
          advance(f, runs, bytes);
          advance(f, written, to[axis]);
        });
      });
    });
    return { index, scratch: 2 * bytes * n };
  });
}

/** Writes 0, 1, ... n - 1. */
function count(f: Body, n: number, address: Local): void {
  const [at, number] = [f.let('i32', f.get(address)), f.let('i32', f.i32(0))];
  repeat(f, n, () => {
    f.store('i32.store', f.get(at), f.get(number));
    advance(f, at, bytes);
    advance(f, number, 1);
  });
}

/** Pushes whether the element whose position is at `right` comes before the one at `left`: a NaN is the largest. */
type Precedence = (right: Local, left: Local) => Pushed;

function precedence(f: Body, { dtype }: Access, step: number, descending: boolean, row: Local): Precedence {
  const { type, load, eq, gt } = scalars[dtype];
  const element = (at: Local): Local => {
    const distance = f.op('i32.mul', f.load('i32.load', f.get(at)), f.i32(step));
    return f.let(type, f.load(load, f.op('i32.add', distance, f.get(row))));
  };
  const isNumber = (value: Local): Pushed => f.op(eq, f.get(value), f.get(value));
  return (right, left) => {
    const [a, b] = descending ? [element(right), element(left)] : [element(left), element(right)];
    const larger = f.op(gt, f.get(a), f.get(b));
    return dtype === 'int32' ? larger : f.op('i32.or', larger, f.op('i32.gt_s', isNumber(b), isNumber(a)));
  };
}

interface Pass {
  /** The address of runs of `width` bytes, each in order, and that of the runs of twice the width. */
  readonly runs: Local;
  readonly merged: Local;
  readonly width: Local;
  readonly n: number;
}

function mergeRuns(f: Body, { runs, merged, width, n }: Pass, precedes: Precedence): void {
  const end = f.let('i32', plus(f, runs, bytes * n));
  const [left, to] = [f.let('i32', f.get(runs)), f.let('i32', f.get(merged))];
  const [right, leftEnd, rightEnd, takesRight] = [0, 1, 2, 3].map(() => f.local('i32'));
  /** An address, or the end if that is before it. */
  const within = (local: Local, address: Pushed): void => {
    f.set(local, address);
    f.when(f.op('i32.gt_u', f.get(local), f.get(end)), () => {
      f.set(local, f.get(end));
    });
  };
  f.loop((nextPair) => {
    within(leftEnd, f.op('i32.add', f.get(left), f.get(width)));
    f.set(right, f.get(leftEnd));
    within(rightEnd, f.op('i32.add', f.get(right), f.get(width)));
    f.loop((nextElement) => {
      f.set(takesRight, f.op('i32.gt_u', f.get(rightEnd), f.get(right)));
      const both = f.op('i32.and', f.get(takesRight), f.op('i32.gt_u', f.get(leftEnd), f.get(left)));
      f.when(both, () => {
        f.set(takesRight, precedes(right, left));
      });
      const distance = f.op('i32.mul', f.op('i32.sub', f.get(right), f.get(left)), f.get(takesRight));
      const chosen = f.let('i32', f.op('i32.add', distance, f.get(left)));
      f.store('i32.store', f.get(to), f.load('i32.load', f.get(chosen)));
      advance(f, to, bytes);
      const taken = f.let('i32', f.op('i32.mul', f.get(takesRight), f.i32(bytes)));
      f.set(right, f.op('i32.add', f.get(right), f.get(taken)));
      f.set(left, f.op('i32.sub', f.op('i32.add', f.get(left), f.i32(bytes)), f.get(taken)));
      const leftRest = f.op('i32.gt_u', f.get(leftEnd), f.get(left));
      f.branchIf(nextElement, f.op('i32.or', leftRest, f.op('i32.gt_u', f.get(rightEnd), f.get(right))));
    });
    f.set(left, f.get(rightEnd));
    f.branchIf(nextPair, f.op('i32.gt_u', f.get(end), f.get(left)));
  });
}
