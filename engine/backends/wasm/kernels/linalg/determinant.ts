import { type ScalarExpression, binary, constant, input, select, unary } from '../../../../ir/expression.js';
import type { Local } from '../../assembler/encoder.js';
import { graphOf } from '../../emit/graph.js';
import { plus } from '../../emit/loops.js';
import { strided } from '../map.js';
import { eliminate } from './eliminate.js';
import { walk } from './rows.js';
import { type Work, storeNumber } from './work.js';

const x = input(0);
const minus = unary('neg', x);

/** 1 or -1; 0 and NaN stay. */
const sign = select(
  binary('lt', x, constant(0)),
  constant(-1),
  select(binary('lt', minus, constant(0)), constant(1), x),
);
const logarithm = unary('log', binary('maximum', x, minus));

/** The product of the pivots, in `cells`; or that of their signs, and the sum of the logarithms of their absolute values. */
export function determinant(work: Work, result: 'det' | 'slogdet', cells: Local): void {
  const { f, n } = work;
  const pivots = f.let('i32', plus(f, cells, 16));
  eliminate(work, pivots);
  if (result === 'det') {
    combine(work, pivots, 'f64x2.mul', 1, cells);
    return;
  }
  const values = f.let('i32', plus(f, pivots, 8 * n));
  const second = f.let('i32', plus(f, cells, 8));
  apply(work, sign, pivots, values);
  combine(work, values, 'f64x2.mul', 1, cells);
  apply(work, logarithm, pivots, values);
  combine(work, values, 'f64x2.add', 0, second);
}

/** The bytes of the two cells, the pivots and a function of them. */
export const determinantBytes = (n: number): number => 16 + 16 * n;

function apply({ f, context, n }: Work, expression: ScalarExpression, from: Local, to: Local): void {
  if (n === 0) return;
  const list = { shape: [n], strides: [1], dtype: 'float64' } as const;
  f.call(strided(context, graphOf(expression), [list], list).index, f.get(to), f.get(from));
}

function combine({ f, n }: Work, from: Local, op: 'f64x2.mul' | 'f64x2.add', start: number, to: Local): void {
  const total = f.let('v128', f.f64x2(start));
  const at = f.let('i32', f.get(from));
  const end = f.let('i32', plus(f, from, 8 * n));
  walk(f, at, 8, end, () => {
    f.set(total, f.op(op, f.get(total), f.load('v128.load64_zero', f.get(at))));
  });
  storeNumber(f, to, f.get(total));
}
