/** Examples from CSV files: columns of numbers, and a column of classes. */
import { CsvError, parse } from 'csv-parse/sync';
import { ownTypedArray } from '../engine/core/create.js';
import type { TypedArray } from '../engine/ir/kernel.js';
import { FormatError, UsageError } from '../engine/core/errors.js';
import { describe, isOneOf, isText, kind, readOptions } from '../engine/core/options.js';
import type { FloatDType } from '../engine/random/generator.js';
import type { Tensor } from '../engine/core/tensor.js';

export interface CsvColumns {
  /** The column of classes. */
  readonly label: string;
  /** The columns of numbers, in the order of x; by default all but the label. */
  readonly features?: readonly string[];
  /** The classes in the order of their numbers, of which the file may lack some; by default those of the file, sorted. */
  readonly classes?: readonly string[];
  /** The dtype of x; by default float32. */
  readonly dtype?: FloatDType;
}

const isTexts = kind(
  'an array of strings',
  (value) => Array.isArray(value) && value.every((each) => typeof each === 'string'),
);
const kinds = {
  label: isText,
  features: isTexts,
  classes: isTexts,
  dtype: isOneOf('float32', 'float64'),
};

/** n examples with f features. */
export interface CsvExamples {
  /** [n, f]. */
  readonly x: Tensor;
  /** The number of the class of each, int32 [n]. */
  readonly y: Tensor;
  readonly features: readonly string[];
  /** As in the file, in the order of their numbers. */
  readonly classes: readonly string[];
}

/**
 * The examples in a CSV text (RFC 4180: commas, double quotes, a header line). Classes may be any text; they are numbered in
 * sorted order, numbers by value. Pass the result to `makeSplit`, and that to `divide`, which takes rows in order: shuffle a
 * file that is sorted by class before.
 * @throws FormatError with the line, for a field that is not a decimal number, a number beyond the range of x's dtype or an
 * integer that the dtype cannot hold exactly, a line of another length, an unknown class or column, a double quote out of
 * place, or no examples.
 */
export function readCsv(text: string, columns: CsvColumns): CsvExamples {
  if (typeof text !== 'string')
    throw new UsageError(
      `readCsv: takes the text of a CSV file, got ${describe(text)}; read the file with readFileSync(file, 'utf8').`,
    );
  const options = readOptions<CsvColumns>('readCsv', columns, kinds);
  const { label, dtype = 'float32' } = options;
  if ((label as string | undefined) === undefined)
    throw new UsageError("readCsv: label is missing; name the column of classes, as in {label: 'kind'}.");
  const [header, ...rows] = tokenize(text);
  if (rows.length === 0) return fail(1, 'no examples; it needs a header line and one line each');
  const names = header.fields.map((name) => name.trim());
  const placeOf = new Map<string, number>();
  for (const [i, name] of names.entries()) {
    if (placeOf.has(name)) return fail(header.line, `two columns '${name}', which cannot be told apart`);
    placeOf.set(name, i);
  }
  const place = (name: string): number =>
    placeOf.get(name) ?? fail(header.line, `no column '${name}'; it has ${listed(names)}`);
  const labelAt = place(label);
  const features = options.features ?? names.filter((_, i) => i !== labelAt);
  const featuresAt = features.map(place);

  const size = rows.length * features.length;
  const x: TypedArray = dtype === 'float32' ? new Float32Array(size) : new Float64Array(size);
  rows.forEach(({ line, fields }, row) => {
    if (fields.length !== names.length)
      fail(line, `${fields.length} fields where the header has ${names.length}`);
    featuresAt.forEach((at, i) => {
      x[row * features.length + i] = numberIn(fields[at], line, features[i], dtype);
    });
  });
  const labels = rows.map(({ fields }) => fields[labelAt].trim());
  const classes = options.classes ?? sortedClasses(labels);
  const numbers = new Map(classes.map((name, i) => [name, i]));
  if (numbers.size < classes.length) throw new UsageError('readCsv: classes names one class twice.');
  const y = Int32Array.from(
    labels,
    (name, row) =>
      numbers.get(name) ??
      fail(rows[row].line, `class '${short(name)}', which is none of ${listed(classes)}`),
  );
  return { x: ownTypedArray(x, [rows.length, features.length]), y: ownTypedArray(y), features, classes };
}

const decimal = /^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:e[+-]?\d+)?$/i;
const integer = /^[+-]?\d+$/;

/** The number in a field. @throws FormatError unless the dtype can hold it: an integer exactly, others to rounding. */
function numberIn(field: string, line: number, column: string, dtype: FloatDType): number {
  const text = field.trim();
  const where = `'${short(field)}' in column '${column}'`;
  if (!decimal.test(text)) return fail(line, `${where}, which must be a finite number`);
  const value = dtype === 'float32' ? Math.fround(Number(text)) : Number(text);
  const hint = dtype === 'float32' ? "; ask for {dtype: 'float64'}, or scale the column" : '';
  if (!Number.isFinite(value)) return fail(line, `${where}, which is beyond the range of ${dtype}${hint}`);
  const mayBeInexact = Math.abs(value) >= (dtype === 'float32' ? 2 ** 24 : 2 ** 53);
  if (mayBeInexact && integer.test(text) && BigInt(value) !== BigInt(text.replace('+', '')))
    return fail(line, `${where}, an integer that ${dtype} cannot hold exactly${hint}`);
  return value;
}

interface Row {
  /** The line at which it begins, from 1. */
  readonly line: number;
  readonly fields: readonly string[];
}

/** The rows of a text; empty lines are skipped. */
function tokenize(text: string): Row[] {
  const bytes = Buffer.from(text);
  const rows: Row[] = [];
  let line = 1;
  let at = 0;
  /** Advances to a byte and counts the line ends on the way. */
  const goTo = (place: number): void => {
    for (; at < place; at++) if (isLineEnd(bytes, at)) line++;
  };
  const skipEmptyLines = (): void => {
    while (bytes[at] === lineFeed || bytes[at] === carriageReturn) goTo(at + 1);
  };
  skipEmptyLines();
  try {
    parse(bytes, {
      bom: true,
      record_delimiter: ['\r\n', '\n', '\r'],
      relax_column_count: true,
      skip_empty_lines: true,
      on_record(fields: string[], { bytes: end }) {
        if (fields.length > 1 || fields[0].trim() !== '') rows.push({ line, fields });
        goTo(end);
        skipEmptyLines();
        return null;
      },
    });
  } catch (error) {
    if (error instanceof CsvError)
      return fail(line, 'a double quote out of place; a field with quotes begins and ends with one');
    throw error;
  }
  return rows;
}

const [lineFeed, carriageReturn] = [10, 13];

const isLineEnd = (bytes: Uint8Array, at: number): boolean =>
  bytes[at] === lineFeed || (bytes[at] === carriageReturn && bytes[at + 1] !== lineFeed);

function sortedClasses(labels: readonly string[]): string[] {
  const classes = [...new Set(labels)];
  const numeric = classes.every((name) => name !== '' && Number.isFinite(Number(name)));
  return classes.sort(numeric ? (a, b) => Number(a) - Number(b) : undefined);
}

const short = (text: string): string => (text.length > 40 ? `${text.slice(0, 37)}...` : text);

/** Names for an error, at most the first 20. */
const listed = (names: readonly string[]): string =>
  names.length > 20 ? `${names.slice(0, 20).join(', ')} and ${names.length - 20} more` : names.join(', ');

function fail(line: number, problem: string): never {
  throw new FormatError(`readCsv: line ${line} has ${problem}.`);
}
