/** The header of a `.npy` file: a Python dictionary as `repr` writes it. */
import { FormatError } from '../core/errors.js';
import { shorten } from '../core/options.js';

export interface NpyHeader {
  readonly descr: string;
  readonly fortranOrder: boolean;
  readonly shape: readonly number[];
}

type Value = string | boolean | number | readonly number[] | typeof structured;

/** Stands for a list, the descr of a structured type. */
const structured = Symbol('a structured type');

const token = /\s*(?:([{}()[\]:,])|'([^']*)'|"([^"]*)"|(True|False)|(\d+)L?|$)/y;

/**
 * The fields of `{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }`; Python 2 wrote `(2L, 3L)`. Read in one pass, in
 * linear time.
 * @throws FormatError, naming the field at fault, for anything else.
 */
export function parseNpyHeader(where: string, text: string): NpyHeader {
  const wrong = (name: string, reason: string): FormatError =>
    new FormatError(
      `${where}: header field '${name}' ${reason}: ${JSON.stringify(shorten(text.trim(), 200))}.`,
    );
  const fields = fieldsOf(text);
  const field = <T extends Value>(name: string, isRight: (value: Value) => value is T): T => {
    const value = fields.get(name);
    if (value === structured) throw wrong(name, 'is a structured type; save one array per field');
    if (value === undefined || !isRight(value)) throw wrong(name, 'is missing or malformed');
    return value;
  };
  return {
    descr: field('descr', (value) => typeof value === 'string'),
    fortranOrder: field('fortran_order', (value) => typeof value === 'boolean'),
    shape: field('shape', (value): value is readonly number[] => Array.isArray(value)),
  };
}

/** The fields up to the first one that is malformed. */
function fieldsOf(text: string): ReadonlyMap<string, Value> {
  const fields = new Map<string, Value>();
  token.lastIndex = 0;
  let isOver = false;
  const next = (): string | boolean | number | { readonly quoted: string } => {
    const match = isOver ? null : token.exec(text);
    // After a failed match a sticky expression would begin again at the start.
    if (match === null || match[0].trim() === '') isOver = true;
    if (match === null) return '';
    const [, sign, single, double, truth, digits] = match as readonly (string | undefined)[];
    const quoted = single ?? double;
    if (quoted !== undefined) return { quoted };
    if (truth !== undefined) return truth === 'True';
    return digits !== undefined ? Number(digits) : (sign ?? '');
  };

  if (next() !== '{') return fields;
  for (;;) {
    const name = next();
    if (typeof name !== 'object' || next() !== ':') return fields;
    let value: ReturnType<typeof next> | Value | undefined = next();
    if (value === '(') value = tupleFrom(next);
    else if (value === '[') value = structured;
    else if (typeof value === 'object') value = value.quoted;
    else if (typeof value === 'string') return fields;
    if (value === undefined) return fields;
    fields.set(name.quoted, value);
    if (value === structured || next() !== ',') return fields;
  }
}

/** The numbers up to the closing parenthesis; undefined unless there are only numbers with commas between them. */
function tupleFrom(next: () => unknown): readonly number[] | undefined {
  const sizes: number[] = [];
  for (;;) {
    const size = next();
    if (size === ')') return sizes;
    if (typeof size !== 'number') return undefined;
    sizes.push(size);
    const end = next();
    if (end === ')') return sizes;
    if (end !== ',') return undefined;
  }
}
