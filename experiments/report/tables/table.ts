/** Tables as data, to be printed on a terminal, on a page or in Markdown. */
import type { Verdict } from '../../stats/decisions.js';
import { formatNumbers } from '../../text/numbers.js';

/** A cell of a table; null is a missing value, written `-`. */
export type Cell = string | number | boolean | null;

/** A cell of a report. A column of numbers (and nulls) gets common decimals and is aligned to the right. */
export type ReportCell = Cell | { readonly verdict: Verdict };

export interface ReportTable {
  readonly caption?: string;
  readonly headers: readonly string[];
  readonly rows: readonly (readonly ReportCell[])[];
  /** Headers of columns that only a page shows. */
  readonly details?: readonly string[];
}

/** A column as texts with their alignment. */
export interface Column {
  readonly header: string;
  readonly align: 'left' | 'right';
  readonly texts: readonly string[];
}

export const isVerdict = (cell: ReportCell): cell is { readonly verdict: Verdict } =>
  typeof cell === 'object' && cell !== null;

/**
 * The columns of a table. A column of numbers (and missing values) only is aligned to the right with common decimals, four
 * significant digits in the largest (`formatNumbers`); others are aligned to the left.
 */
export const columnsOf = ({ headers, rows }: ReportTable): Column[] =>
  headers.map((header, index) => ({ header, ...formatColumn(rows.map((row) => row[index])) }));

/** The table without the columns that only a page shows. */
export function withoutDetails(table: ReportTable): ReportTable {
  const { details = [], headers, rows, ...rest } = table;
  const kept = <Item>(items: readonly Item[]): Item[] =>
    items.filter((_, index) => !details.includes(headers[index]));
  return { ...rest, headers: kept(headers), rows: rows.map(kept) };
}

/** The table without those of its details that no row has. */
export function withoutEmptyDetails(table: ReportTable): ReportTable {
  const { details = [], headers, rows } = table;
  const isEmpty = (index: number): boolean =>
    rows.every((row) => row[index] === '' || row[index] === '-' || row[index] === null);
  const kept = headers.map((header, index) => !details.includes(header) || !isEmpty(index));
  const keep = <Item>(items: readonly Item[]): Item[] => items.filter((_, index) => kept[index]);
  return { ...table, headers: keep(headers), rows: rows.map(keep) };
}

function formatColumn(cells: readonly ReportCell[]): Omit<Column, 'header'> {
  const numbers = cells.filter((cell) => typeof cell === 'number' || cell === null);
  if (numbers.length === cells.length && numbers.some((cell) => cell !== null))
    return { align: 'right', texts: formatNumbers(numbers) };
  return { align: 'left', texts: cells.map(cellText) };
}

function cellText(cell: ReportCell): string {
  if (cell === null) return '-';
  return isVerdict(cell) ? cell.verdict : String(cell);
}
