/** What fusion needs to know of scalar expressions. A part that occurs several times is one object, and counts once. */
import type { BinaryFunction, ScalarExpression, UnaryFunction } from '../../ir/expression.js';
import { formatNumber, keyOf } from '../trace/format.js';

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

/** The expression with `parts[i]` in place of input number i. What was one object stays one. */
export function replaceInputs(
  expression: ScalarExpression,
  parts: readonly ScalarExpression[],
): ScalarExpression {
  const done = new Map<ScalarExpression, ScalarExpression>();
  const of = (part: ScalarExpression): ScalarExpression => {
    if (part.kind === 'input') return parts[part.index];
    const before = done.get(part);
    if (before !== undefined) return before;
    const after = withParts(part, partsOf(part).map(of));
    done.set(part, after);
    return after;
  };
  return of(expression);
}

/** The same expression with equal parts made one object, so that a backend can tell that they are equal. */
export function share(expression: ScalarExpression): ScalarExpression {
  const done = new Map<ScalarExpression, ScalarExpression>();
  const numbers = new Map<ScalarExpression, number>();
  const known = new Map<string, ScalarExpression>();
  const of = (part: ScalarExpression): ScalarExpression => {
    const before = done.get(part);
    if (before !== undefined) return before;
    const parts = partsOf(part).map(of);
    const key = `${'fn' in part ? part.fn : parts.length > 0 ? part.kind : keyOf(part)} ${parts.map((one) => numbers.get(one)!).join()}`;
    const after = known.get(key) ?? withParts(part, parts);
    if (!known.has(key)) {
      known.set(key, after);
      numbers.set(after, known.size);
    }
    done.set(part, after);
    return after;
  };
  return of(expression);
}

function withParts(
  expression: ScalarExpression,
  [first, second, third]: readonly ScalarExpression[],
): ScalarExpression {
  switch (expression.kind) {
    case 'unary':
      return { ...expression, x: first };
    case 'binary':
      return { ...expression, a: first, b: second };
    case 'select':
      return { ...expression, condition: first, a: second, b: third };
    default:
      return expression;
  }
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

export const usesCoordinates = (expression: ScalarExpression): boolean =>
  expression.kind === 'coordinate' || partsOf(expression).some(usesCoordinates);

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

/** As in `max(x0 + x1, 0)`; input i is `names[i]`, and parts that have a name in `known` are not written out. */
export function formatExpression(
  expression: ScalarExpression,
  names: readonly string[],
  known?: ReadonlyMap<ScalarExpression, string>,
): string {
  const of = (part: ScalarExpression): string => known?.get(part) ?? formatExpression(part, names, known);
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
