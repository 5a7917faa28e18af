import type { Context } from './context.js';
import type { Body, FunctionIndex, Local } from '../assembler/encoder.js';
import { loadLanes } from './lanes.js';
import { advance, repeat } from './loops.js';

/** A panel holds, for each k, `width` numbers side by side: one of each of `width` vectors of length `depth`. */
export interface Panels {
  /** Of a number. */
  readonly bytes: 4 | 8;
  readonly width: number;
  readonly depth: number;
  /** The number of vectors that exist; the panel's other places hold any numbers. */
  readonly filled: number;
  /** Bytes from one vector to the next, and from one element of a vector to the next. */
  readonly vectorStep: number;
  readonly depthStep: number;
}

/** The room of a panel. Packing writes whole vectors, and so a few numbers beyond the last step. */
export const panelBytes = (width: number, depth: number, bytes: number): number =>
  (width * depth + (-width & (16 / bytes - 1))) * bytes;

/**
 * `(target, source, count)`: packs `count` panels, each of the next `width` vectors. A few steps of the depth of all panels
 * come before the next: vectors that are stored side by side are then read in the order of memory.
 */
export function packer(context: Context, panels: Panels): FunctionIndex {
  const { bytes, depth, depthStep, vectorStep, width } = panels;
  return context.kernel(`pack ${JSON.stringify(panels)}`, () => ({
    index: context.module.function(
      { params: ['i32', 'i32', 'i32'], results: [] },
      (f, target, source, count) => {
        const [from, to, left] = [f.local('i32'), f.local('i32'), f.local('i32')];
        const block: Block = { f, panels, target: to, from };
        const eachPanel = (emit: () => void): void => {
          f.set(from, f.get(source));
          f.set(to, f.get(target));
          f.set(left, f.get(count));
          f.loop((again) => {
            emit();
            advance(f, from, width * vectorStep);
            advance(f, to, panelBytes(width, depth, bytes));
            f.branchIf(again, f.tee(left, f.op('i32.sub', f.get(left), f.i32(1))));
          });
        };
        const emit = depthStep === bytes ? transposed : vectorStep === bytes ? copied : gathered;
        repeat(f, Math.floor(depth / 4), () => {
          eachPanel(() => {
            emit(block, 4);
          });
          advance(f, source, 4 * depthStep);
          advance(f, target, 4 * width * bytes);
        });
        const rest = depth % 4;
        if (rest > 0)
          eachPanel(() => {
            (emit === transposed ? gathered : emit)(block, rest);
          });
      },
    ),
    scratch: 0,
  })).index;
}

interface Block {
  readonly f: Body;
  readonly panels: Panels;
  readonly target: Local;
  readonly from: Local;
}

const lanesOf = ({ bytes }: Panels): number => 16 / bytes;

/** The places of a panel by vectors, with the number of filled ones. */
function groupsOf(panels: Panels): number[] {
  const lanes = lanesOf(panels);
  return Array.from({ length: Math.ceil(panels.filled / lanes) }, (_, i) =>
    Math.min(lanes, panels.filled - lanes * i),
  );
}

/** Writes the vectors of step k of the depth, all of which have been read: V8 joins no pair with a store in between. */
function storeStep({ f, panels, target }: Block, k: number, vectors: readonly Local[]): void {
  vectors.forEach((vector, group) => {
    f.store('v128.store', f.get(target), f.get(vector), k * panels.width * panels.bytes + 16 * group);
  });
}

/** For vectors stored side by side: copies row by row. */
function copied(block: Block, steps: number): void {
  const { f, panels, from } = block;
  for (let k = 0; k < steps; k++)
    storeStep(
      block,
      k,
      groupsOf(panels).map((_, group) =>
        f.let('v128', f.load('v128.load', f.get(from), k * panels.depthStep + 16 * group)),
      ),
    );
}

function gathered(block: Block, steps: number): void {
  const { f, panels, from } = block;
  const { bytes, depthStep, vectorStep } = panels;
  for (let k = 0; k < steps; k++)
    storeStep(
      block,
      k,
      groupsOf(panels).map((lanes, group) => {
        const at = k * depthStep + lanesOf(panels) * group * vectorStep;
        return f.let('v128', loadLanes(f, from, at, vectorStep, lanes, bytes));
      }),
    );
}

/** For vectors stored contiguously: transposes square blocks in registers, four steps of the depth. */
function transposed(block: Block): void {
  const { f, panels, from } = block;
  const side = lanesOf(panels);
  for (let step = 0; step < 4; step += side) {
    const columns = groupsOf(panels).map((lanes, group) => {
      const rows = Array.from({ length: side }, (_, row) => {
        const vector = side * group + Math.min(row, lanes - 1);
        return f.let(
          'v128',
          f.load('v128.load', f.get(from), vector * panels.vectorStep + step * panels.bytes),
        );
      });
      return transpose(f, rows);
    });
    for (let k = 0; k < side; k++)
      storeStep(
        block,
        step + k,
        columns.map((vectors) => vectors[k]),
      );
  }
}

/** The columns of a square matrix of 4 x 4 or, in float64, 2 x 2 numbers, given by its rows. */
export function transpose(f: Body, rows: readonly Local[]): readonly Local[] {
  const [a, b, c, d] = rows;
  const mix = (x: Local, y: Local, lanes: readonly number[]): Local =>
    f.let('v128', f.shuffle(lanes, f.get(x), f.get(y)));
  if (rows.length === 2) return [mix(a, b, [0, 1, 4, 5]), mix(a, b, [2, 3, 6, 7])];
  const [low, high] = [
    [0, 4, 1, 5],
    [2, 6, 3, 7],
  ];
  const [ab01, ab23, cd01, cd23] = [mix(a, b, low), mix(a, b, high), mix(c, d, low), mix(c, d, high)];
  const [first, second] = [
    [0, 1, 4, 5],
    [2, 3, 6, 7],
  ];
  return [mix(ab01, cd01, first), mix(ab01, cd01, second), mix(ab23, cd23, first), mix(ab23, cd23, second)];
}
