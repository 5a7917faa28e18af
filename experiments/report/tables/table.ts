/** Tables as data, to be printed on a terminal, on a page or in Markdown. */
import type { Verdict } from '../../stats/verdicts.js';
import { formatNumbers } from '../../text/numbers.js';

/** A cell of a table; null is a missing value, written `-`. */
export type Cell = string | number | boolean | null;

/** A cell of a report. A column of numbers (and nulls) gets common decimals and is aligned to the right. */
export type ReportCell = Cell | VerdictCell;

/** A verdict, interim while a run is not complete. */
export interface VerdictCell {
  readonly verdict: Verdict;
  readonly interim?: boolean;
}

export interface ReportTable {
  readonly caption?: string;
  /** Words that a page shows instead until the reader opens the table. */
  readonly folded?: string;
  readonly headers: readonly string[];
  readonly rows: readonly (readonly ReportCell[])[];
  /** Headers of columns that a terminal, which is narrow, leaves out; pages and Markdown show those with a value. */
  readonly details?: readonly string[];
}

/** A column as texts with their alignment. */
export interface Column {
  readonly header: string;
  readonly align: 'left' | 'right';
  readonly texts: readonly string[];
}

export const isVerdict = (cell: ReportCell): cell is VerdictCell => typeof cell === 'object' && cell !== null;

/**
 * The columns of a table. A column of numbers (and missing values) only is aligned to the right with common decimals, four
 * significant digits in the largest (`formatNumbers`); others are aligned to the left.
 */
export const columnsOf = ({ headers, rows }: ReportTable): Column[] =>
  headers.map((header, index) => ({ header, ...formatColumn(rows.map((row) => row[index])) }));

/** The table without its details. */
export const withoutDetails = (table: ReportTable): ReportTable => withDetails(table, () => false);

/** The table without those of its details that no row has. */
export const withoutEmptyDetails = (table: ReportTable): ReportTable =>
  withDetails(table, (index) =>
    table.rows.some((row) => row[index] !== '' && row[index] !== '-' && row[index] !== null),
  );

function withDetails(table: ReportTable, isKept: (index: number) => boolean): ReportTable {
  const { details = [], headers, rows } = table;
  const kept = headers.map((header, index) => !details.includes(header) || isKept(index));
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
  return isVerdict(cell) ? verdictText(cell) : String(cell);
}

/** A verdict in words. */
export const verdictText = ({ verdict, interim = false }: VerdictCell): string =>
  interim ? `interim: ${verdict}` : verdict;
