import type { Body, Local } from '../../assembler/encoder.js';
import { loadLanes, storeLanes } from '../../emit/lanes.js';
import { advance, repeat } from '../../emit/loops.js';
import type { Float } from '../../emit/vector.js';

/** Vectors, two at a time, that one iteration of a loop copies; rows of less than two iterations are written out. */
export const pairsAtATime = 4;

/** Where numbers of a row are stored; the step from one to the next is in bytes. */
export interface RowAt {
  readonly local: Local;
  readonly step: number;
}

/**
 * Copies `size` numbers. The last vectors of a row overlap those before them, so that few rows are copied lane by lane.
 * Of numbers two apart the one in between is read too, and one behind the last.
 */
export function copyRow(f: Body, float: Float, size: number, from: RowAt, to: RowAt): void {
  const { bytes, lanes } = float;
  const isFast = to.step === bytes && (from.step === bytes || from.step === 2 * bytes) && size >= lanes;
  if (!isFast) {
    copyLanes(f, float, size, from, to);
    return;
  }
  const width = size >= 2 * lanes ? 2 : 1;
  /** Vectors from number `ahead` on: all are read before the first is written, or V8 would not join them. */
  const copyAt = (source: Local, target: Local, ahead: number): void => {
    const vectors = Array.from({ length: width }, (_, i) => {
      const number = ahead + i * lanes;
      return f.let(
        'v128',
        from.step === bytes ? read(f, source, number * bytes) : readSecond(f, float, source, number),
      );
    });
    vectors.forEach((vector, i) => {
      f.store('v128.store', f.get(target), f.get(vector), (ahead + i * lanes) * bytes);
    });
  };
  const together = width * lanes;
  const whole = Math.floor(size / together);
  const loops = whole < 2 * pairsAtATime ? 0 : Math.floor(whole / pairsAtATime);
  const [source, target] =
    loops === 0 ? [from.local, to.local] : [f.let('i32', f.get(from.local)), f.let('i32', f.get(to.local))];
  repeat(f, loops, () => {
    for (let i = 0; i < pairsAtATime; i++) copyAt(source, target, i * together);
    advance(f, source, pairsAtATime * together * from.step);
    advance(f, target, pairsAtATime * together * bytes);
  });
  for (let i = 0; i < whole - loops * pairsAtATime; i++) copyAt(source, target, i * together);
  if (size > whole * together) copyAt(from.local, to.local, size - together);
}

const read = (f: Body, address: Local, offset: number): ReturnType<Body['load']> =>
  f.load('v128.load', f.get(address), offset);

/** Every second number, from the one with this number on. */
function readSecond(f: Body, { bytes }: Float, address: Local, number: number): ReturnType<Body['load']> {
  const low = read(f, address, 2 * number * bytes);
  const high = read(f, address, 2 * number * bytes + 16);
  return f.shuffle(bytes === 4 ? [0, 2, 4, 6] : [0, 1, 4, 5], low, high);
}

function copyLanes(f: Body, { bytes, lanes }: Float, size: number, from: RowAt, to: RowAt): void {
  const [source, target] = [f.let('i32', f.get(from.local)), f.let('i32', f.get(to.local))];
  const copy = (count: number): void => {
    const vector = f.let('v128', loadLanes(f, source, 0, from.step, count, bytes));
    storeLanes(f, target, 0, to.step, count, vector, bytes);
  };
  repeat(f, Math.floor(size / lanes), () => {
    copy(lanes);
    advance(f, source, lanes * from.step);
    advance(f, target, lanes * to.step);
  });
  if (size % lanes > 0) copy(size % lanes);
}
