/** Tensors as text and as JSON. */
import type { NestedArray } from './nestedArray.js';
import type { Strided } from '../ir/kernel.js';
import { sizeOf } from '../ir/layout.js';

/** The largest tensor that is shown whole; of a larger one the first and last of each axis are, as in NumPy and PyTorch. */
const mostShown = 1000;
/** How many elements are shown at either end of an axis that is cut short. */
const edge = 3;

const gap = '...';

/** The longest line, but for a single number. */
const lineWidth = 100;

/** The numbers in brackets, one row a line with its columns aligned. */
export function formatValues({ data, shape, strides, offset }: Strided): string {
  const isShort = sizeOf(shape) <= mostShown;
  const places = (size: number): readonly (number | typeof gap)[] =>
    isShort || size <= 2 * edge
      ? Array.from({ length: size }, (_, i) => i)
      : [
          ...Array.from({ length: edge }, (_, i) => i),
          gap,
          ...Array.from({ length: edge }, (_, i) => size - edge + i),
        ];
  const format = (axis: number, at: number): Cells =>
    axis === shape.length
      ? formatNumber(data[at])
      : places(shape[axis]).map((i) => (i === gap ? gap : format(axis + 1, at + i * strides[axis])));
  const cells = format(0, offset);
  return layOut(cells, widest(cells), 0);
}

/** Formatted numbers, nested as the tensor is. */
type Cells = string | readonly Cells[];

/**
 * An integer with all its digits, another number with six significant ones, which float32 always holds. An exponent stays
 * where zeros in its place would look like digits of the number.
 */
function formatNumber(x: number): string {
  if (Object.is(x, -0)) return '-0';
  if (Number.isSafeInteger(x)) return String(x);
  const short = x.toPrecision(6);
  const exponent = short.indexOf('e+');
  return exponent < 0 ? String(Number(short)) : `${Number(short.slice(0, exponent))}${short.slice(exponent)}`;
}

const widest = (cells: Cells): number =>
  typeof cells === 'string'
    ? cells === gap
      ? 0
      : cells.length
    : cells.reduce((most, each) => Math.max(most, widest(each)), 0);

function layOut(cells: Cells, width: number, depth: number): string {
  if (typeof cells === 'string') return cells === gap ? gap : cells.padStart(width);
  const isRow = cells.every((cell) => typeof cell === 'string');
  const parts = cells.map((cell) => layOut(cell, width, depth + 1));
  const aLine = isRow ? Math.max(1, Math.floor((lineWidth - depth) / (width + 2))) : 1;
  const lines = Array.from({ length: Math.ceil(parts.length / aLine) }, (_, i) =>
    parts.slice(i * aLine, (i + 1) * aLine).join(', '),
  );
  return `[${lines.join(`,\n${' '.repeat(depth + 1)}`)}]`;
}

/** Nested numbers as JSON can hold them: non-finite values as text, where JSON.stringify would write null. */
export const jsonValues = (values: NestedArray): unknown =>
  typeof values === 'number' ? (Number.isFinite(values) ? values : String(values)) : values.map(jsonValues);
