/**
 * Scalar expressions: what a `map` kernel computes for one output element.
 * One operation in eager mode, a fused tree in a compiled plan.
 */

/** The unary functions, with about how long one element takes where an addition takes 1. */
export const unaryCosts = {
  neg: 1,
  exp: 20,
  expm1: 20,
  log: 20,
  log1p: 20,
  tanh: 20,
  sigmoid: 20,
  softplus: 20,
  sin: 20,
  cos: 20,
  atan: 20,
  erf: 20,
  floor: 1,
  sqrt: 4,
} as const;

export type UnaryFunction = keyof typeof unaryCosts;

/** The binary functions, likewise. */
export const binaryCosts = { add: 1, sub: 1, mul: 1, div: 4, maximum: 1, lt: 1, eq: 1, pow: 20 } as const;

export type BinaryFunction = keyof typeof binaryCosts;

/** Functions from this cost on are programs of their own rather than a few instructions. */
const heavyCost = 20;

/** The cost of a function by its name. */
export const costOfFunction = (fn: UnaryFunction | BinaryFunction): number =>
  fn in unaryCosts ? unaryCosts[fn as UnaryFunction] : binaryCosts[fn as BinaryFunction];

export const isHeavyFunction = (fn: UnaryFunction | BinaryFunction): boolean =>
  costOfFunction(fn) >= heavyCost;

export type ScalarExpression =
  /** The element of input number `index` at the output's coordinates. */
  | { readonly kind: 'input'; readonly index: number }
  | { readonly kind: 'constant'; readonly value: number }
  /** The output coordinate along `axis`. */
  | { readonly kind: 'coordinate'; readonly axis: number }
  | { readonly kind: 'unary'; readonly fn: UnaryFunction; readonly x: ScalarExpression }
  | {
      readonly kind: 'binary';
      readonly fn: BinaryFunction;
      readonly a: ScalarExpression;
      readonly b: ScalarExpression;
    }
  /** `condition !== 0 ? a : b` */
  | {
      readonly kind: 'select';
      readonly condition: ScalarExpression;
      readonly a: ScalarExpression;
      readonly b: ScalarExpression;
    };

const inputs: ScalarExpression[] = [];

/** Input number `index`; one object for each. */
export function input(index: number): ScalarExpression {
  inputs[index] ??= { kind: 'input', index };
  return inputs[index];
}

export const constant = (value: number): ScalarExpression => ({ kind: 'constant', value });

export const coordinate = (axis: number): ScalarExpression => ({ kind: 'coordinate', axis });

export const unary = (fn: UnaryFunction, x: ScalarExpression): ScalarExpression => ({ kind: 'unary', fn, x });

export const binary = (fn: BinaryFunction, a: ScalarExpression, b: ScalarExpression): ScalarExpression => ({
  kind: 'binary',
  fn,
  a,
  b,
});

export const select = (
  condition: ScalarExpression,
  a: ScalarExpression,
  b: ScalarExpression,
): ScalarExpression => ({ kind: 'select', condition, a, b });

/** The parts that an expression is directly made of. */
export function partsOf(expression: ScalarExpression): readonly ScalarExpression[] {
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

/** Hash-conses an expression: equal parts become one object, so that a backend can tell that they are equal. */
export function share(expression: ScalarExpression): ScalarExpression {
  const done = new Map<ScalarExpression, ScalarExpression>();
  const numbers = new Map<ScalarExpression, number>();
  const unique = new Map<string, ScalarExpression>();
  const of = (part: ScalarExpression): ScalarExpression => {
    const before = done.get(part);
    if (before !== undefined) return before;
    const parts = partsOf(part).map(of);
    const key = `${keyOf(part)} ${parts.map((one) => numbers.get(one)!).join()}`;
    const after = unique.get(key) ?? withParts(part, parts);
    if (!unique.has(key)) {
      unique.set(key, after);
      numbers.set(after, unique.size);
    }
    done.set(part, after);
    return after;
  };
  return of(expression);
}

/** A key that distinguishes expressions with equal parts. */
function keyOf(expression: ScalarExpression): string {
  switch (expression.kind) {
    case 'input':
      return `input${expression.index}`;
    case 'constant':
      return Object.is(expression.value, -0) ? '-0' : String(expression.value);
    case 'coordinate':
      return `axis${expression.axis}`;
    case 'select':
      return 'select';
    default:
      return expression.fn;
  }
}

/** An expression with other parts, as many as `partsOf` gives. */
export function withParts(
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
  const visited = new Set<ScalarExpression>();
  const visit = (part: ScalarExpression): void => {
    if (visited.has(part)) return;
    partsOf(part).forEach(visit);
    visited.add(part);
  };
  visit(expression);
  return visited;
}

/** Whether an expression reads a coordinate. Called for every eager map, so it does not allocate. */
export function usesCoordinates(expression: ScalarExpression): boolean {
  switch (expression.kind) {
    case 'coordinate':
      return true;
    case 'unary':
      return usesCoordinates(expression.x);
    case 'binary':
      return usesCoordinates(expression.a) || usesCoordinates(expression.b);
    case 'select':
      return (
        usesCoordinates(expression.condition) ||
        usesCoordinates(expression.a) ||
        usesCoordinates(expression.b)
      );
    default:
      return false;
  }
}
