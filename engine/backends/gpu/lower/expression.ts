import { type BinaryFunction, type ScalarExpression, partsOf } from '../../../ir/expression.js';
import type { DType } from '../../../ir/kernel.js';
import { unaryText } from './functions.js';
import { type Writer, largestIndex, numberText } from './writer.js';

/** The values of an expression's leaves for the current element. */
export interface Leaves {
  readonly input: (index: number) => string;
  readonly coordinate: (axis: number) => string;
}

/**
 * Writes an expression, each part of it once and in a statement of its own: WGSL refuses deeply nested parentheses.
 * Integers are float32 on the device; in an int32 result, parts are truncated.
 */
export function writeExpression(
  writer: Writer,
  expression: ScalarExpression,
  leaves: Leaves,
  dtype: DType,
): string {
  const names = new Map<ScalarExpression, string>();
  const nameOf = (part: ScalarExpression): string => {
    if (part.kind === 'constant') return constantText(part.value);
    const existing = names.get(part);
    if (existing !== undefined) return existing;
    const name = writer.value(textOf(part));
    names.set(part, name);
    return name;
  };
  const constantText = (constant: number): string => {
    if (dtype === 'int32' && Math.abs(constant) >= largestIndex)
      throw new RangeError(`the int32 ${constant} is not exact in float32, in which gpu.js computes`);
    return numberText(constant);
  };
  const textOf = (part: ScalarExpression): string => {
    switch (part.kind) {
      case 'input':
        return leaves.input(part.index);
      case 'constant':
        return constantText(part.value);
      case 'coordinate':
        return leaves.coordinate(part.axis);
      case 'unary':
        return whole(unaryText[part.fn](nameOf(part.x)), part.fn !== 'neg' && part.fn !== 'floor');
      case 'binary':
        return whole(binaryText(part.fn, part.a, part.b, nameOf), part.fn === 'div' || part.fn === 'pow');
      case 'select':
        return `(${nameOf(part.condition)} !== 0 ? ${nameOf(part.a)} : ${nameOf(part.b)})`;
    }
  };
  const whole = (text: string, mayHaveFraction: boolean): string =>
    dtype === 'int32' && mayHaveFraction ? `truncateOf(${text})` : text;
  const result = nameOf(expression);
  return dtype === 'int32' ? `truncateOf(${result})` : result;
}

function binaryText(
  fn: BinaryFunction,
  a: ScalarExpression,
  b: ScalarExpression,
  nameOf: (part: ScalarExpression) => string,
): string {
  if (fn === 'pow') return powerText(nameOf(a), b, nameOf);
  const [x, y] = [nameOf(a), nameOf(b)];
  switch (fn) {
    case 'add':
      return `${x} + ${y}`;
    case 'sub':
      return `${x} - ${y}`;
    case 'mul':
      return `${x} * ${y}`;
    case 'div':
      return `${x} / ${y}`;
    case 'maximum':
      return `Math.max(${x}, ${y})`;
    case 'lt':
      return `(${x} < ${y} ? 1 : 0)`;
    case 'eq':
      return `(${x} === ${y} ? 1 : 0)`;
  }
}

/** Small integer powers as products, because a device's power of a negative number is undefined. */
function powerText(
  x: string,
  exponent: ScalarExpression,
  nameOf: (part: ScalarExpression) => string,
): string {
  const power = exponent.kind === 'constant' ? exponent.value : NaN;
  if (power === 0.5) return `Math.sqrt(${x})`;
  if (!Number.isInteger(power) || Math.abs(power) > 4) return `powOf(${x}, ${nameOf(exponent)})`;
  if (power === 0) return '1';
  const product = Array.from({ length: Math.abs(power) }, () => x).join(' * ');
  return power > 0 ? product : `1 / (${product})`;
}

/** The axes whose coordinates an expression uses. */
export function coordinateAxes(
  part: ScalarExpression,
  axes = new Set<number>(),
  seen = new Set<ScalarExpression>(),
): ReadonlySet<number> {
  if (seen.has(part)) return axes;
  seen.add(part);
  if (part.kind === 'coordinate') axes.add(part.axis);
  for (const child of partsOf(part)) coordinateAxes(child, axes, seen);
  return axes;
}
