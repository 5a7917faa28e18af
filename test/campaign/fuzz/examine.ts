import { CommanderError } from '@commander-js/extra-typings';
import * as engine from '../../../engine/index.js';
import { SearchSpaceError, StorageError } from '../../../experiments/tuning/index.js';
import { writeFiles } from './files.js';
import type { Files, Reader } from './reader.js';

/** What came of a case: a value, a refusal by an error of the library, or something that must not be. */
export type Verdict =
  | { readonly kind: 'value' }
  | { readonly kind: 'refused'; readonly why: string }
  | { readonly kind: 'failed'; readonly what: string; readonly stack: string };

const errors = [
  ...[
    engine.DTypeError,
    engine.FormatError,
    engine.ShapeError,
    engine.UsageError,
    SearchSpaceError,
    StorageError,
  ],
  CommanderError,
];

/** What a value may keep in memory that is not in its file: much more than any sample unpacked. */
const mostBytes = 256 * 2 ** 20;

/** Has a reader read files, in an empty folder of its own where it needs one. */
export async function examine({ read }: Reader, files: Files, scratch: string): Promise<Verdict> {
  const folder = (): string => {
    writeFiles(scratch, files);
    return scratch;
  };
  const before = process.memoryUsage().arrayBuffers;
  try {
    const value = await read(files, folder);
    const grown = process.memoryUsage().arrayBuffers - before;
    if (grown > mostBytes)
      return failed(`${typeof value} of ${(grown / 2 ** 20).toFixed(0)} MiB out of a small file`);
  } catch (error) {
    if (errors.some((known) => error instanceof known))
      return { kind: 'refused', why: (error as Error).message };
    return error instanceof Error
      ? failed(`${error.name}: ${error.message}`, error.stack)
      : failed(`threw ${String(error)}`);
  }
  const polluted = Object.keys(Object.prototype);
  for (const key of polluted) Reflect.deleteProperty(Object.prototype, key);
  return polluted.length > 0 ? failed(`Object.prototype got ${polluted.join(', ')}`) : { kind: 'value' };
}

const failed = (what: string, stack = ''): Verdict => ({ kind: 'failed', what, stack });
