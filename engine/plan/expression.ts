/** What fusion needs to know of scalar expressions. A part that occurs several times is one object, and counts once. */
import type { BinaryFunction, ScalarExpression, UnaryFunction } from '../ir/expression.js';
import { formatNumber, keyOf } from './format.js';

/** The parts that an expression is directly made of. */
function partsOf(expression: ScalarExpression): readonly ScalarExpression[] {
  switch (expression.kind) {
    case 'unary':
      return [expression.x];
    case 'binary':
      return [expression.a, expression.b];
    case 'select':
      return [expression.condition, expression.a, expression.b];
    default:
      return [];
  }
}

const inputs: ScalarExpression[] = [];

/** Input number `index`. */
export function input(index: number): ScalarExpression {
  inputs[index] ??= { kind: 'input', index };
  return inputs[index];
}

/**
 * The expression with `leaf(part)` in place of its inputs, constants and coordinates. Equal parts become one object,
 * except inside of what `leaf` puts in.
 */
export function rewrite(
  expression: ScalarExpression,
  leaf: (part: ScalarExpression) => ScalarExpression = (part) => part,
): ScalarExpression {
  const done = new Map<ScalarExpression, ScalarExpression>();
  const numbers = new Map<ScalarExpression, number>();
  const known = new Map<string, ScalarExpression>();
  const one = (part: ScalarExpression, key: string): ScalarExpression => {
    const before = known.get(key);
    if (before !== undefined) return before;
    numbers.set(part, known.size);
    known.set(key, part);
    return part;
  };
  const of = (part: ScalarExpression): ScalarExpression => {
    const before = done.get(part);
    if (before !== undefined) return before;
    const after = build(part);
    done.set(part, after);
    return after;
  };
  const build = (part: ScalarExpression): ScalarExpression => {
    switch (part.kind) {
      case 'unary': {
        const x = of(part.x);
        return one({ ...part, x }, `${part.fn} ${numbers.get(x)!}`);
      }
      case 'binary': {
        const [a, b] = [of(part.a), of(part.b)];
        return one({ ...part, a, b }, `${part.fn} ${numbers.get(a)!} ${numbers.get(b)!}`);
      }
      case 'select': {
        const [condition, a, b] = [of(part.condition), of(part.a), of(part.b)];
        const key = `select ${numbers.get(condition)!} ${numbers.get(a)!} ${numbers.get(b)!}`;
        return one({ ...part, condition, a, b }, key);
      }
      default: {
        const replaced = leaf(part);
        if (numbers.has(replaced)) return replaced;
        return one(replaced, partsOf(replaced).length === 0 ? keyOf(replaced) : `whole ${known.size}`);
      }
    }
  };
  return of(expression);
}

/** Every part once, the expression itself last. */
export function everyPart(expression: ScalarExpression): Set<ScalarExpression> {
  const found = new Set<ScalarExpression>();
  const visit = (part: ScalarExpression): void => {
    if (found.has(part)) return;
    partsOf(part).forEach(visit);
    found.add(part);
  };
  visit(expression);
  return found;
}

const expensive: ReadonlySet<UnaryFunction | BinaryFunction> = new Set([
  'exp',
  'expm1',
  'log',
  'log1p',
  'tanh',
  'sigmoid',
  'softplus',
  'sin',
  'cos',
  'atan',
  'erf',
  'pow',
]);

/** About how long one element takes, an addition being 1. */
export function costOf(expression: ScalarExpression): number {
  let cost = 0;
  for (const part of everyPart(expression)) {
    if (part.kind === 'select') cost += 1;
    if (part.kind === 'unary' || part.kind === 'binary')
      cost += expensive.has(part.fn) ? 20 : part.fn === 'div' || part.fn === 'sqrt' ? 4 : 1;
  }
  return cost;
}

/** As in `max(x0 + x1, 0)`; input i is `names[i]`. */
export function formatExpression(expression: ScalarExpression, names: readonly string[]): string {
  const of = (part: ScalarExpression): string => formatExpression(part, names);
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
