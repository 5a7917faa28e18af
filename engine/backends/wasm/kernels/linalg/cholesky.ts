import type { Local } from '../../assembler/encoder.js';
import { plus } from '../../emit/loops.js';
import { blockOf, divideRow, subtractRow, walk } from './rows.js';
import { type Work, numberAt, storeNumber, zero } from './work.js';

/** The rows become the columns of the factor, from the diagonal on. `cell` is the address of a spare number. */
export function cholesky(work: Work, cell: Local): void {
  const { f, context, rows, n, pitch } = work;
  const diagonal = f.let('i32', f.get(rows));
  const end = f.let('i32', plus(f, rows, n * (pitch + 8)));
  const rowEnd = f.let('i32', plus(f, rows, pitch));
  const lastColumn = f.let('i32', plus(f, rows, n * 8));
  const column = f.let('i32', f.i32(0));
  const [at, to, toEnd] = [f.local('i32'), f.local('i32'), f.local('i32')];
  const eachColumn = (): void => {
    f.when(f.op('f64.le', numberAt(f, diagonal), zero(f)), () => {
      work.refuse(column);
    });
    storeNumber(f, cell, f.op('f64x2.sqrt', f.load('v128.load64_zero', f.get(diagonal))));
    divide();
    storeNumber(f, diagonal, f.load('v128.load64_zero', f.get(cell)));
    f.set(at, plus(f, diagonal, 8));
    f.set(to, plus(f, diagonal, pitch + 8));
    f.set(toEnd, plus(f, rowEnd, pitch));
    const others = [
      [to, pitch + 8],
      [toEnd, pitch],
    ] as const;
    walk(f, at, 8, lastColumn, subtract, others);
  };
  const divide = (): void => {
    f.call(divideRow(context).index, blockOf(f, diagonal), f.get(cell), f.get(rowEnd));
  };
  const subtract = (): void => {
    f.call(subtractRow(context).index, blockOf(f, to), blockOf(f, at), f.get(toEnd), f.get(at));
  };
  const others = [
    [rowEnd, pitch],
    [lastColumn, pitch],
    [column, 1],
  ] as const;
  walk(f, diagonal, pitch + 8, end, eachColumn, others);
}
