import { formatShape } from '../../core/shape.js';
import type { Signature } from '../../ir/kernel.js';

/** A signature as in `float64[2,3]`. */
export const formatSignature = ({ shape, dtype }: Signature): string => `${dtype}${formatShape(shape)}`;

/**
 * An operation's parameters as in `{axes: [0,2]}`, without the shape and dtype that the signature of its result
 * shows anyway; the empty string where nothing is left.
 */
export function formatParams(params: unknown, result: Signature): string {
  if (typeof params !== 'object' || params === null) return '';
  const entries = Object.entries(params)
    .filter(([name, value]) => !isShown(name, value, result))
    .map(([name, value]) => `${name}: ${formatValue(value)}`);
  return entries.length === 0 ? '' : `{${entries.join(', ')}}`;
}

function isShown(name: string, value: unknown, result: Signature): boolean {
  if (name === 'dtype') return value === result.dtype;
  return name === 'shape' && Array.isArray(value) && value.join() === result.shape.join();
}

function formatValue(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(formatValue).join(',')}]`;
  if (typeof value === 'object' && value !== null) {
    const entries = Object.entries(value).map(([name, part]) => `${name}: ${formatValue(part)}`);
    return `{${entries.join(', ')}}`;
  }
  return typeof value === 'string' ? `'${value}'` : String(value);
}

/** A number in at most six digits, as in `0.333333`. */
export const formatNumber = (value: number): string => String(Number(value.toPrecision(6)));

/** A key that two values share if and only if they are deeply equal; 0 and -0 differ, and NaN equals NaN. */
export function keyOf(value: unknown): string {
  if (typeof value === 'number') return Object.is(value, -0) ? '-0' : String(value);
  if (Array.isArray(value)) return `[${value.map(keyOf).join()}]`;
  if (typeof value === 'object' && value !== null)
    return `{${Object.entries(value)
      .map(([name, part]) => `${name}:${keyOf(part)}`)
      .join()}}`;
  return typeof value === 'string' ? JSON.stringify(value) : String(value);
}
