import { stringify } from 'csv-stringify/sync';
import { replaceFile } from '../files/replaceFile.js';

/** The type of the fields of a column. */
export type ColumnType = 'text' | 'number' | 'boolean';

/** The columns of a tidy table in order, as in `{ arm: 'text', seed: 'number', loss: 'number' }`. */
export type Columns = Readonly<Record<string, ColumnType>>;

/** One row of a table; null is a missing value. */
export type Row<C extends Columns> = { readonly [Name in keyof C]: FieldOf<C[Name]> | null };

type FieldOf<T extends ColumnType> = T extends 'text' ? string : T extends 'number' ? number : boolean;

/**
 * A table as CSV text (RFC 4180, but with `\n`), header first; one row is one measurement.
 *
 * Every value can be read back unchanged:
 * - numbers have as many digits as the same double needs (up to 17), `-0` included;
 * - non-finite numbers are `NaN`, `Infinity`, `-Infinity`, which pandas, R, DuckDB and JavaScript read as numbers: a diverged
 *   run is no missing value;
 * - null is an empty field, the empty text `""`;
 * - booleans are `true` and `false`.
 */
export function csvText<C extends Columns>(columns: C, rows: readonly Row<C>[]): string {
  return headerLine(columns) + rowLines(columns, rows);
}

/** Replaces a file by a table. */
export function writeCsv<C extends Columns>(path: string, columns: C, rows: readonly Row<C>[]): void {
  replaceFile(path, csvText(columns, rows));
}

const headerLine = (columns: Columns): string => stringify([Object.keys(columns)]);

function rowLines<C extends Columns>(columns: C, rows: readonly Row<C>[]): string {
  const names = Object.keys(columns);
  return stringify(
    rows.map((row) => names.map((name) => row[name])),
    {
      cast: {
        number: (value) => (Object.is(value, -0) ? '-0' : String(value)),
        boolean: String, // by default true is 1 and false is nothing
        string: (value) => (value === '' ? { value, quoted_empty: true } : value),
      },
    },
  );
}
