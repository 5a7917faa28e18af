import type { Context } from './context.js';
import type { Body, FunctionIndex, Local } from '../assembler/encoder.js';
import { loadLanes } from './lanes.js';
import { advance, repeat } from './loops.js';

/** A panel holds, for each k, `width` numbers side by side: one of each of `width` vectors of length `depth`. */
export interface Panels {
  readonly width: number;
  readonly depth: number;
  /** The number of vectors that exist; the panel's other places hold any numbers. */
  readonly filled: number;
  /** Bytes from one vector to the next, and from one element of a vector to the next. */
  readonly vectorStep: number;
  readonly depthStep: number;
}

export const panelBytes = (width: number, depth: number): number => width * depth * 4;

/** Packing writes whole vectors, so up to three numbers beyond a panel; the next panel overwrites them. */
export const packingSlack = 16;

/** `(target, source, count)`: packs `count` panels, each of the next `width` vectors. */
export function packer(context: Context, panels: Panels): FunctionIndex {
  const { depth, depthStep, vectorStep, width } = panels;
  return context.kernel(`pack ${JSON.stringify(panels)}`, () => ({
    index: context.module.function(
      { params: ['i32', 'i32', 'i32'], results: [] },
      (f, target, source, count) => {
        const from = f.local('i32');
        const block: Block = { f, panels, target, from };
        const emit = depthStep === 4 ? transposed : vectorStep === 4 ? copied : gathered;
        f.loop((again) => {
          f.set(from, f.get(source));
          repeat(f, Math.floor(depth / 4), () => {
            emit(block, 4);
            advance(f, from, 4 * depthStep);
            advance(f, target, 4 * width * 4);
          });
          const rest = depth % 4;
          if (rest > 0) (emit === transposed ? gathered : emit)(block, rest);
          advance(f, target, rest * width * 4);
          advance(f, source, width * vectorStep);
          f.branchIf(again, f.tee(count, f.op('i32.sub', f.get(count), f.i32(1))));
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

/** The places of a panel by fours, with the number of filled ones. */
const groupsOf = ({ filled }: Panels): number[] =>
  Array.from({ length: Math.ceil(filled / 4) }, (_, i) => Math.min(4, filled - 4 * i));

/** For vectors stored side by side: copies row by row. */
function copied({ f, panels, target, from }: Block, steps: number): void {
  for (let k = 0; k < steps; k++)
    groupsOf(panels).forEach((_, group) => {
      const value = f.let('v128', loadLanes(f, from, k * panels.depthStep + 16 * group, 4, 4));
      f.store('v128.store', f.get(target), f.get(value), (k * panels.width + 4 * group) * 4);
    });
}

function gathered({ f, panels, target, from }: Block, steps: number): void {
  const { depthStep, vectorStep, width } = panels;
  for (let k = 0; k < steps; k++)
    groupsOf(panels).forEach((lanes, group) => {
      const at = k * depthStep + 4 * group * vectorStep;
      const value = f.let('v128', loadLanes(f, from, at, vectorStep, lanes));
      f.store('v128.store', f.get(target), f.get(value), (k * width + 4 * group) * 4);
    });
}

/** For vectors stored contiguously: transposes blocks of 4 x 4 in registers. */
function transposed({ f, panels, target, from }: Block): void {
  const columns = groupsOf(panels).map((lanes, group) => {
    const rows = [0, 1, 2, 3].map((row) => {
      const vector = 4 * group + Math.min(row, lanes - 1);
      return f.let('v128', f.load('v128.load', f.get(from), vector * panels.vectorStep));
    });
    return transpose(f, rows);
  });
  for (let k = 0; k < 4; k++)
    columns.forEach((vectors, group) => {
      f.store('v128.store', f.get(target), f.get(vectors[k]), (k * panels.width + 4 * group) * 4);
    });
}

/** The columns of a 4x4 matrix given by its rows. */
export function transpose(f: Body, [a, b, c, d]: readonly Local[]): readonly Local[] {
  const mix = (x: Local, y: Local, lanes: readonly number[]): Local =>
    f.let('v128', f.shuffle(lanes, f.get(x), f.get(y)));
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
