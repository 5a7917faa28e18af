import Table from 'cli-table3';
import picocolors from 'picocolors';
import { printable } from '../../text/printable.js';
import { formatNumbers } from '../../text/numbers.js';

/** What a table may show; null is a missing value, written `-`. */
export type Cell = string | number | boolean | null;

/** Where text goes, as far as its colours depend on it. */
export interface TextStream {
  readonly isTTY?: boolean;
}

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Whether text for a stream may be coloured: on a terminal that is not `dumb`, unless NO_COLOR is set to something
 * (no-color.org); FORCE_COLOR colours it elsewhere too.
 */
export function usesColor(stream: TextStream, environment: Environment = process.env): boolean {
  if (environment.NO_COLOR) return false;
  if (environment.FORCE_COLOR) return true;
  return stream.isTTY === true && environment.TERM !== 'dumb';
}

/**
 * Rows as text for a terminal: columns as wide as they need, a rule below the headers, no other lines.
 *
 * A column that holds only numbers (and missing values) is aligned to the right with common decimals, four significant
 * digits in the largest (`formatNumbers`); other columns are aligned to the left. Returns lines without a newline at
 * the end. What is not printable in a name is escaped.
 */
export function formatTable(
  headers: readonly string[],
  rows: readonly (readonly Cell[])[],
  { color = usesColor(process.stdout) }: { readonly color?: boolean } = {},
): string {
  const { bold, dim } = picocolors.createColors(color);
  const columns = headers.map((_, index) => formatColumn(rows.map((row) => row[index])));
  const table = new Table({
    head: headers.map((header) => bold(printable(header))),
    colAligns: columns.map(({ align }) => align),
    chars: { ...noLines, mid: '─', 'mid-mid': '──' },
    // Empty lists: the colours are ours, so that they can be switched off.
    style: { head: [], border: [], compact: true, 'padding-left': 0, 'padding-right': 0 },
  });
  for (const row of rows.keys()) table.push(columns.map(({ texts }) => printable(texts[row])));
  const lines = table.toString().split('\n');
  return lines.map((line, index) => (index === 1 ? dim(line) : line.trimEnd())).join('\n');
}

/** The cells of one column as texts, and to which side they go; see `formatTable`. */
export function formatColumn(cells: readonly Cell[]): {
  readonly align: 'left' | 'right';
  readonly texts: readonly string[];
} {
  const numbers = cells.filter((cell) => typeof cell === 'number' || cell === null);
  if (numbers.length === cells.length && numbers.some((cell) => cell !== null)) {
    return { align: 'right', texts: formatNumbers(numbers) };
  }
  return { align: 'left', texts: cells.map((cell) => (cell === null ? '-' : String(cell))) };
}

const noLines = {
  top: '',
  'top-mid': '',
  'top-left': '',
  'top-right': '',
  bottom: '',
  'bottom-mid': '',
  'bottom-left': '',
  'bottom-right': '',
  left: '',
  'left-mid': '',
  right: '',
  'right-mid': '',
  middle: '  ',
};
