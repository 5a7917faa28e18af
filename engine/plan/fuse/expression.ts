/** Cost and text of scalar expressions. */
import {
  type BinaryFunction,
  type ScalarExpression,
  costOfFunction,
  everyPart,
} from '../../ir/expression.js';
import { formatNumber } from '../trace/format.js';

/** About how long one element takes, an addition being 1. */
export function costOf(expression: ScalarExpression): number {
  let cost = 0;
  for (const part of everyPart(expression)) {
    if (part.kind === 'select') cost += 1;
    if (part.kind === 'unary' || part.kind === 'binary') cost += costOfFunction(part.fn);
  }
  return cost;
}

/** As in `max(x0 + x1, 0)`; input i is `names[i]`, and parts with a name in `named` are not written out. */
export function formatExpression(
  expression: ScalarExpression,
  names: readonly string[],
  named?: ReadonlyMap<ScalarExpression, string>,
): string {
  const of = (part: ScalarExpression): string => named?.get(part) ?? formatExpression(part, names, named);
  switch (expression.kind) {
    case 'input':
      return names[expression.index];
    case 'constant':
      return formatNumber(expression.value);
    case 'coordinate':
      return `i${expression.axis}`;
    case 'unary':
      return expression.fn === 'neg' ? `-${of(expression.x)}` : `${expression.fn}(${of(expression.x)})`;
    case 'binary': {
      const sign = signs[expression.fn];
      const [a, b] = [of(expression.a), of(expression.b)];
      return sign === undefined ? `${expression.fn}(${a}, ${b})` : `(${a} ${sign} ${b})`;
    }
    case 'select':
      return `(${of(expression.condition)} ? ${of(expression.a)} : ${of(expression.b)})`;
  }
}

const signs: Readonly<Partial<Record<BinaryFunction, string>>> = {
  add: '+',
  sub: '-',
  mul: '*',
  div: '/',
  lt: '<',
  eq: '=',
};
