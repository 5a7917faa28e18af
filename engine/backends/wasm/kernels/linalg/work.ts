import type { Body, Local, Pushed } from '../../assembler/encoder.js';
import type { Context } from '../../emit/context.js';
import { bytesOfRow } from './rows.js';

/** Rows `[a | b]` of one matrix and its right-hand sides in scratch memory, both padded to whole blocks. */
export interface Work {
  readonly f: Body;
  readonly context: Context;
  /** The address of the first row. */
  readonly rows: Local;
  readonly n: number;
  /** The bytes of a row. */
  readonly pitch: number;
  /** Where the right-hand sides begin in a row. */
  readonly right: number;
  /** Calls the host with the column that a matrix is refused for. */
  readonly refuse: (column: Local) => void;
}

/** The sizes of rows with n and m columns. */
export function sizesOf(n: number, m: number): Pick<Work, 'n' | 'pitch' | 'right'> {
  const right = bytesOfRow(n);
  return { n, right, pitch: right + bytesOfRow(m) };
}

/** The number at an address, on its own. */
export const numberAt = (f: Body, address: Local): Pushed =>
  f.lane('f64x2.extract_lane', 0, f.load('v128.load64_zero', f.get(address)));

export const zero = (f: Body): Pushed => f.lane('f64x2.extract_lane', 0, f.f64x2(0));

/** Writes the first number of a vector. */
export function storeNumber(f: Body, address: Local, vector: Pushed): void {
  const value = f.let('v128', vector);
  f.memoryLane('v128.store64_lane', 0, f.get(address), f.get(value));
}

/** Makes the first element NaN where any of the matrix is not finite. The columns between are still zeros. */
export function spreadNaN({ f, rows, n, pitch }: Work): void {
  const sum = f.let('v128', f.f64x2(0));
  const at = f.let('i32', f.get(rows));
  const end = f.let('i32', f.op('i32.add', f.get(rows), f.i32(n * pitch)));
  f.loop((again) => {
    const product = f.op('f64x2.mul', f.load('v128.load', f.get(at)), f.f64x2(0));
    f.set(sum, f.op('f64x2.add', product, f.get(sum)));
    f.set(at, f.op('i32.add', f.get(at), f.i32(16)));
    f.branchIf(again, f.op('i32.ne', f.get(at), f.get(end)));
  });
  const both = f.op('f64x2.add', f.get(sum), f.shuffle([2, 3, 2, 3], f.get(sum), f.get(sum)));
  storeNumber(f, rows, f.op('f64x2.add', both, f.load('v128.load64_zero', f.get(rows))));
}
