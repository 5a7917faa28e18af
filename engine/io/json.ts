/**
 * The JSON of metagrad's own files. NaN and the infinities, which JSON lacks, are the strings `"NaN"`, `"Infinity"` and
 * `"-Infinity"` (as in the JSON mapping of Protocol Buffers), never null: a diverged loss is not a missing one. Any JSON parser
 * reads the files; where a number is expected, `numberFromJson` accepts these strings.
 *
 * Journals are the exception: their format is Optuna's, with the bare tokens of Python's json module.
 */

/** A value as JSON, on one line unless `indent` is set. */
export const jsonText = (value: object, indent?: number): string =>
  JSON.stringify(value, nonFiniteAsText, indent);

function nonFiniteAsText(_key: string, value: unknown): unknown {
  return typeof value === 'number' && !Number.isFinite(value) ? String(value) : value;
}

const nonFinite = new Map<unknown, number>([NaN, Infinity, -Infinity].map((value) => [String(value), value]));

/** The number that a parsed value stands for, finite or not; undefined if it is none. */
export const numberFromJson = (value: unknown): number | undefined =>
  typeof value === 'number' ? value : nonFinite.get(value);
