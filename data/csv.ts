/** Examples from tables of text: columns of numbers, and one that says the class. */
import { fromTypedArray } from '../engine/core/create.js';
import { FormatError } from '../engine/core/errors.js';
import type { Tensor } from '../engine/core/tensor.js';

export interface CsvColumns {
  /** The column of classes. */
  readonly label: string;
  /** The columns of numbers, in the order of x; all but the label unless given. */
  readonly features?: readonly string[];
  /** The classes in the order of their numbers, for a file that need not have all of them; those of the file, sorted, unless given. */
  readonly classes?: readonly string[];
}

/** n examples with f features. */
export interface CsvExamples {
  /** float32 [n, f]. */
  readonly x: Tensor;
  /** The number of the class of each, int32 [n]. */
  readonly y: Tensor;
  readonly features: readonly string[];
  /** As the file has them, in the order of their numbers. */
  readonly classes: readonly string[];
}

/**
 * The examples in a CSV text (RFC 4180: commas, double quotes, a header line). Classes may be any text; they are numbered in
 * sorted order, numbers by their size.
 *
 * FormatError, with the line, for a field that is not a finite number, a line of another length, a class or column that
 * is not there, an unclosed quote, or no examples. Make a split of the result with `makeSplit`, and parts with `divide`,
 * which takes rows in order: a file that is sorted by class must be shuffled before.
 */
export function readCsv(text: string, columns: CsvColumns): CsvExamples {
  const [header, ...rows] = tokenize(text);
  if (rows.length === 0) return fail(1, 'no examples; it needs a header line and one line each');
  const names = header.fields.map((name) => name.trim());
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  if (twice !== undefined) return fail(header.line, `two columns '${twice}', which cannot be told apart`);
  const place = (name: string): number => {
    const found = names.indexOf(name);
    return found >= 0 ? found : fail(header.line, `no column '${name}'; it has ${names.join(', ')}`);
  };
  const labelAt = place(columns.label);
  const features = columns.features ?? names.filter((_, i) => i !== labelAt);
  const featuresAt = features.map(place);

  const x = new Float32Array(rows.length * features.length);
  rows.forEach(({ line, fields }, row) => {
    if (fields.length !== names.length)
      fail(line, `${fields.length} fields where the header has ${names.length}`);
    featuresAt.forEach((at, i) => {
      const value = fields[at].trim() === '' ? NaN : Number(fields[at]);
      if (!Number.isFinite(value))
        fail(line, `'${fields[at]}' in column '${features[i]}', which must be a finite number`);
      x[row * features.length + i] = value;
    });
  });
  const labels = rows.map(({ fields }) => fields[labelAt].trim());
  const classes = columns.classes ?? sortedClasses(labels);
  const numbers = new Map(classes.map((name, i) => [name, i]));
  const y = Int32Array.from(
    labels,
    (label, row) =>
      numbers.get(label) ?? fail(rows[row].line, `class '${label}', which is none of ${classes.join(', ')}`),
  );
  return { x: fromTypedArray(x, [rows.length, features.length]), y: fromTypedArray(y), features, classes };
}

interface Row {
  /** Where it begins, from 1. */
  readonly line: number;
  readonly fields: readonly string[];
}

/** One field with what ends it; a quoted one may hold commas, line ends, and quotes written twice. */
const field = /(?:"([^"]*(?:""[^"]*)*)"|([^",\r\n]*))(,|\r?\n|$)/y;

/** Rows of fields; lines without any text are left out. */
function tokenize(text: string): Row[] {
  const rows: Row[] = [];
  let fields: string[] = [];
  let [line, begun] = [1, 1];
  field.lastIndex = text.startsWith('\uFEFF') ? 1 : 0;
  while (field.lastIndex < text.length) {
    const found = field.exec(text);
    if (found === null)
      return fail(line, 'a double quote out of place; a field with quotes begins and ends with one');
    const [all, quoted, bare, end] = found as readonly (string | undefined)[];
    fields.push(quoted?.replaceAll('""', '"') ?? bare ?? '');
    line += all!.split('\n').length - 1;
    if (end === ',' && field.lastIndex < text.length) continue;
    if (end === ',') fields.push('');
    if (fields.length > 1 || fields[0].trim() !== '') rows.push({ line: begun, fields });
    fields = [];
    begun = line;
  }
  return rows;
}

function sortedClasses(labels: readonly string[]): string[] {
  const classes = [...new Set(labels)];
  const numeric = classes.every((name) => name !== '' && Number.isFinite(Number(name)));
  return classes.sort(numeric ? (a, b) => Number(a) - Number(b) : undefined);
}

function fail(line: number, problem: string): never {
  throw new FormatError(`readCsv: line ${line} has ${problem}.`);
}
