import type { Local } from '../../assembler/encoder.js';
import { plus } from '../../emit/loops.js';
import { blockOf, divideRow, exchangeRows, subtractRow, walk } from './rows.js';
import { type Work, numberAt, storeNumber, zero } from './work.js';

/**
 * Makes the matrix upper triangular by adding multiples of rows to others, the largest element of each column being the pivot.
 * At the address `pivots` it stores them, with the other sign where rows change their places; all are 0 where one is. Without it
 * a matrix with a pivot of 0 is refused.
 */
export function eliminate(work: Work, pivots?: Local): void {
  const { f, context, rows, n, pitch } = work;
  const diagonal = f.let('i32', f.get(rows));
  const end = f.let('i32', plus(f, rows, n * (pitch + 8)));
  const rowEnd = f.let('i32', plus(f, rows, pitch));
  const columnEnd = f.let('i32', plus(f, rows, n * pitch));
  const column = f.let('i32', f.i32(0));
  const target = pivots === undefined ? undefined : f.let('i32', f.get(pivots));
  const [place, at, atEnd] = [f.local('i32'), f.local('i32'), f.local('i32')];
  const [largest, size] = [f.local('f64'), f.local('f64')];
  const sizeAt = (address: Local): void => {
    const number = f.op('f64x2.abs', f.load('v128.load64_zero', f.get(address)));
    f.set(size, f.lane('f64x2.extract_lane', 0, number));
  };
  f.block((exit) => {
    const others = [
      [rowEnd, pitch],
      [columnEnd, 8],
      [column, 1],
      ...(target === undefined ? [] : [[target, 8] as const]),
    ] as const;
    const eachColumn = (): void => {
      sizeAt(diagonal);
      f.set(largest, f.get(size));
      f.set(place, f.get(diagonal));
      f.set(at, plus(f, diagonal, pitch));
      walk(f, at, pitch, columnEnd, () => {
        sizeAt(at);
        f.when(f.op('f64.gt', f.get(size), f.get(largest)), () => {
          f.set(largest, f.get(size));
          f.set(place, f.get(at));
        });
      });
      f.when(f.op('f64.eq', f.get(largest), zero(f)), () => {
        if (pivots === undefined) work.refuse(column);
        else {
          f.fill(f.get(pivots), f.i32(0), f.i32(8 * n));
          f.branchIf(exit, f.i32(1));
        }
      });
      if (target !== undefined) storeNumber(f, target, f.load('v128.load64_zero', f.get(place)));
      f.when(f.op('i32.ne', f.get(place), f.get(diagonal)), () => {
        if (target !== undefined)
          storeNumber(f, target, f.op('v128.xor', f.load('v128.load64_zero', f.get(target)), f.f64x2(-0)));
        f.call(exchangeRows(context).index, blockOf(f, diagonal), blockOf(f, place), f.get(rowEnd));
      });
      f.set(at, plus(f, diagonal, pitch));
      f.set(atEnd, plus(f, rowEnd, pitch));
      const below = (): void => {
        const [number, pivot] = [at, diagonal].map((address) =>
          f.let('v128', f.load('v128.load64_zero', f.get(address))),
        );
        storeNumber(f, at, f.op('f64x2.div', f.get(number), f.get(pivot)));
        f.call(subtractRow(context).index, blockOf(f, at), blockOf(f, diagonal), f.get(atEnd), f.get(at));
      };
      walk(f, at, pitch, columnEnd, below, [[atEnd, pitch]]);
    };
    walk(f, diagonal, pitch + 8, end, eachColumn, others);
  });
}

/** Solves a triangular system in place of its right-hand sides. */
export function substitute(work: Work, upper: boolean, diagonalIs: 'read' | 'checked' | 'ones'): void {
  const { f, context, rows, n, pitch, right } = work;
  const [row, along] = upper ? [-pitch, -8] : [pitch, 8];
  const first = upper ? (n - 1) * pitch : 0;
  const diagonal = f.let('i32', plus(f, rows, upper ? (n - 1) * (pitch + 8) : 0));
  const end = f.let('i32', plus(f, rows, upper ? -(pitch + 8) : n * (pitch + 8)));
  const solution = f.let('i32', plus(f, rows, first + right));
  const solutionEnd = f.let('i32', plus(f, rows, first + pitch));
  const columnEnd = f.let('i32', plus(f, rows, upper ? (n - 1) * 8 - pitch : n * pitch));
  const column = f.let('i32', f.i32(upper ? n - 1 : 0));
  const [at, to, toEnd] = [f.local('i32'), f.local('i32'), f.local('i32')];
  const eachRow = (): void => {
    if (diagonalIs === 'checked')
      f.when(f.op('f64.eq', numberAt(f, diagonal), zero(f)), () => {
        work.refuse(column);
      });
    if (diagonalIs !== 'ones')
      f.call(divideRow(context).index, f.get(solution), f.get(diagonal), f.get(solutionEnd));
    f.set(at, plus(f, diagonal, row));
    f.set(to, plus(f, solution, row));
    f.set(toEnd, plus(f, solutionEnd, row));
    const subtract = (): void => {
      f.call(subtractRow(context).index, f.get(to), f.get(solution), f.get(toEnd), f.get(at));
    };
    const others = [
      [to, row],
      [toEnd, row],
    ] as const;
    walk(f, at, row, columnEnd, subtract, others);
  };
  const others = [
    [solution, row],
    [solutionEnd, row],
    [columnEnd, along],
    [column, upper ? -1 : 1],
  ] as const;
  walk(f, diagonal, row + along, end, eachRow, others);
}
