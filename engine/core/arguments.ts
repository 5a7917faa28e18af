/** Checked arguments of public functions, for callers without types. Options are read by options.ts. */
import { UsageError } from './errors.js';
import { describe, isPlainObject } from './options.js';
import { Tensor } from './tensor.js';

/** @throws UsageError naming the caller and what it got, unless `x` is a tensor. */
export function requireTensor(caller: string, x: unknown, argument = 'a tensor'): asserts x is Tensor {
  if (x instanceof Tensor) return;
  throw new UsageError(
    `${caller}: takes ${argument}, got ` +
      (foreignTensor(x) ?? `${describe(x)}; tensor(...) makes one of numbers.`),
  );
}

/**
 * What a value is, for errors, that has the fields of a tensor and is not an instance of this Tensor, and how to mend it;
 * undefined for any other value.
 */
export function foreignTensor(x: unknown): string | undefined {
  if (typeof x !== 'object' || x === null || !('shape' in x && 'dtype' in x)) return undefined;
  if (isPlainObject(x)) return 'value' in x || 'data' in x ? clonedTensor : undefined;
  return 'scopes' in x && 'serial' in x ? tensorOfOtherCopy : undefined;
}

/** What structuredClone, postMessage and JSON make of a tensor, for errors. */
export const clonedTensor =
  'a copy of a tensor that is no longer a Tensor (structuredClone, postMessage and JSON keep no classes); ' +
  'send x.toTypedArray() and x.shape, and make a tensor of them with fromTypedArray.';

const tensorOfOtherCopy =
  'a tensor of another copy of metagrad, which this program has loaded twice; have one copy installed ' +
  '(npm ls metagrad lists them) and bundled, or hand over x.toTypedArray() and x.shape to fromTypedArray.';

/**
 * @throws UsageError for a promise, as an async function returns one. A later rejection of that promise does not end the
 * process: the error here has already reported it.
 */
export function refusePromise(caller: string, result: unknown): void {
  if (!(result instanceof Promise)) return;
  result.catch(() => undefined);
  throw new UsageError(
    `${caller}: the function returned a promise, for which ${caller} cannot wait. Await the data first, and take a function ` +
      'of it that is not async.',
  );
}

/** @throws UsageError naming the caller and what it got, unless `f` is a function. */
export function requireFunction(caller: string, f: unknown, argument = 'a function'): void {
  if (typeof f !== 'function') throw new UsageError(`${caller}: takes ${argument}, got ${describe(f)}.`);
}

/** @throws UsageError naming the caller and what it got, unless `list` is an array. */
export function requireList(caller: string, list: unknown, argument = 'an array'): void {
  if (!Array.isArray(list)) throw new UsageError(`${caller}: takes ${argument}, got ${describe(list)}.`);
}

/** @throws UsageError naming the caller and what it got, unless `bytes` are the bytes of a file. */
export function requireBytes(caller: string, bytes: unknown): void {
  // By its tag, since a buffer may come from another realm.
  if (Object.prototype.toString.call(bytes) !== '[object Uint8Array]')
    throw new UsageError(
      `${caller}: takes the bytes of a file, a Uint8Array as readFileSync gives; got ${describe(bytes)}.`,
    );
}
