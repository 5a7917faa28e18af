import { bytesOf } from '../../../../ir/array.js';
import type { DType } from '../../../../ir/kernel.js';
import type { Context } from '../../emit/context.js';
import type { Body, Label, Local, Pushed } from '../../assembler/encoder.js';
import { emitExpression } from '../../emit/expression.js';
import type { Graph } from '../../emit/graph.js';
import { loadLanes, storeLanes } from '../../emit/lanes.js';
import { advance, plus } from '../../emit/loops.js';
import { type Float, type Vectors, vectors } from '../../emit/vector.js';

/** What is done to a sum of products before it is stored. */
export interface Epilogue {
  readonly graph: Graph;
  /** Of the operands behind the product. */
  readonly dtypes: readonly DType[];
}

/** How a block of rows times a panel of columns is computed; all steps in bytes. */
export interface Product {
  readonly float: Float;
  readonly depth: number;
  readonly columns: number;
  readonly a: { readonly depthStep: number; readonly rowOffset: (row: number) => number };
  /** Numbers beyond a packed panel's columns may be read. */
  readonly b: { readonly depthStep: number; readonly packed: boolean };
  readonly outputStep: number;
  readonly operands: readonly { readonly rowStep: number; readonly columnStep: number }[];
  readonly epilogue: Epilogue | undefined;
  /** Adds the sums to what the output holds, before the epilogue. */
  readonly accumulate: boolean;
}

export interface Addresses {
  readonly a: Local;
  readonly b: Local;
  readonly output: Local;
  readonly operands: readonly Local[];
}

/**
 * `rows` x `columns` sums of products, all of which stay in registers for the whole depth. Two steps of the depth
 * make one iteration.
 *
 * After every two multiply-adds a branch that is never taken leaves the loop, each on a condition of its own: the sums
 * are alive at its target, which keeps V8 from moving the multiplications of other rows in between and running out of
 * registers. Without these branches the loop runs at two thirds of its speed on Node 20 and 22; with them, two steps an
 * iteration run at 97 % of what registers alone allow, one step at 85 to 91 %.
 */
export function emitTile(context: Context, f: Body, product: Product, rows: number, at: Addresses): void {
  const { float, depth, columns, a, b } = product;
  const v = vectors(f, context.features, float);
  const { bytes } = float;
  const splat = bytes === 4 ? 'v128.load32_splat' : 'v128.load64_splat';
  const widths = lanesOf(columns, float);
  const sums = Array.from({ length: rows }, () =>
    widths.map(() => f.let('v128', f.load('v128.load', f.i32(context.zeros)))),
  );
  const aAt = f.let('i32', f.get(at.a));
  const bAt = f.let('i32', f.get(at.b));
  const step = (ahead: number, afterRow: (row: number) => void): void => {
    const vectorsOfB = widths.map((lanes, j) =>
      v.keep(loadLanes(f, bAt, ahead * b.depthStep + 16 * j, bytes, b.packed ? float.lanes : lanes, bytes)),
    );
    for (let row = 0; row < rows; row++) {
      const factor = v.keep(f.load(splat, plus(f, aAt, a.rowOffset(row) + ahead * a.depthStep)));
      vectorsOfB.forEach((vector, j) => {
        f.set(
          sums[row][j],
          v.madd(f.get(factor), f.get(vector), () => f.get(sums[row][j])),
        );
      });
      afterRow(row);
    }
  };
  const move = (by: number): void => {
    advance(f, aAt, by * a.depthStep);
    advance(f, bAt, by * b.depthStep);
  };
  if (depth % 2 === 1) {
    step(0, () => undefined);
    move(1);
  }
  if (depth > 1) {
    const counter = f.let('i32', f.i32(Math.floor(depth / 2)));
    const rowsBetweenPins = context.features.simd === 256 ? 2 : Math.max(1, Math.floor(2 / widths.length));
    f.block((exit) => {
      f.loop((again) => {
        for (const ahead of [0, 1])
          step(ahead, (row) => {
            if ((row + 1) % rowsBetweenPins === 0) pin(f, exit, counter, ahead * rows + row);
          });
        move(2);
        f.branchIf(again, f.tee(counter, f.op('i32.sub', f.get(counter), f.i32(1))));
      });
    });
  }
  sums.forEach((row, i) => {
    // All of a row before the first is stored: V8 joins no vectors that stand on both sides of a store.
    const values = row.map((sum, j) => {
      const lanes = widths[j];
      // Added at the end, so that the rounding error of a long sum grows with the number of its parts.
      if (product.accumulate) {
        const before = loadLanes(f, at.output, i * product.outputStep + 16 * j, bytes, lanes, bytes);
        f.set(sum, v.add(before, f.get(sum)));
      }
      return v.keep(finished(context, v, product, at, { sum, row: i, column: float.lanes * j, lanes }));
    });
    values.forEach((value, j) => {
      storeLanes(f, at.output, i * product.outputStep + 16 * j, bytes, widths[j], value, bytes);
    });
  });
}

/** How many lanes of each vector are columns. */
const lanesOf = (columns: number, { lanes }: Float): number[] =>
  Array.from({ length: Math.ceil(columns / lanes) }, (_, j) => Math.min(lanes, columns - lanes * j));

/** The counter is never negative. */
function pin(f: Body, exit: Label, counter: Local, number: number): void {
  f.branchIf(exit, f.op('i32.eq', f.get(counter), f.i32(-1 - number)));
}

interface Place {
  readonly sum: Local;
  readonly row: number;
  readonly column: number;
  readonly lanes: number;
}

function finished(context: Context, v: Vectors, product: Product, at: Addresses, place: Place): Pushed {
  const { epilogue, operands } = product;
  const { f } = v;
  if (epilogue === undefined) return f.get(place.sum);
  const { dtype } = v.float;
  const typing = { inputs: [dtype, ...epilogue.dtypes], output: dtype };
  const leaves = {
    isRepeated: () => false,
    input(index: number): Pushed {
      if (index === 0) return f.get(place.sum);
      const { rowStep, columnStep } = operands[index - 1];
      const offset = place.row * rowStep + place.column * columnStep;
      const bytes = bytesOf(epilogue.dtypes[index - 1]);
      return loadLanes(f, at.operands[index - 1], offset, columnStep, place.lanes, bytes);
    },
    coordinate(): Pushed {
      throw new TypeError('wasm: a fused epilogue reads no coordinates.');
    },
  };
  return emitExpression(context, v, epilogue.graph, typing, leaves, true);
}

/** Moves to the next `rows` rows. */
export function nextRows(f: Body, product: Product, rows: number, at: Addresses, aStep: number): void {
  advance(f, at.a, aStep);
  advance(f, at.output, rows * product.outputStep);
  product.operands.forEach(({ rowStep }, i) => {
    advance(f, at.operands[i], rows * rowStep);
  });
}
