import { resolve } from 'node:path';
import { FormatError, UsageError } from '../../../engine/core/errors.js';
import { describe, isFunction, readOptions } from '../../../engine/core/options.js';
import {
  appendLines,
  isBlank,
  type LineFile,
  lineNumber,
  linesFrom,
  repairEnd,
} from '../../files/lineFile.js';
import { workerIsAlive } from '../../files/worker.js';
import { isSignal } from '../space/kinds.js';
import { withLock } from './lock.js';
import type { Operation } from './operations.js';
import { operationFromText, operationToText } from './operationText.js';
import type { Batch, Storage } from './storage.js';

export type JournalOptions = {
  /** Receives a message about a repair; by default the process emits a warning. */
  readonly onRepair?: (message: string) => void;
  /** Receives a message when another process has held the journal's lock for two seconds; by default it goes to stderr. */
  readonly onWait?: (message: string) => void;
  /** Ends such a wait; nothing is written then. */
  readonly signal?: AbortSignal;
};

/**
 * A log in a file of Optuna's journal format, one operation a line: Optuna's `JournalStorage` on the same path reads and
 * continues it, at the same time too. The file is made with the first operation.
 *
 * A last line that a killed process left without its end is completed, or removed with a message, before anything is written
 * after it. Reading throws a FormatError with the line's number for any other line that is no operation, and a StorageError if
 * the file cannot be read or written; a line that did not fit on the disk is removed.
 */
export function journalStorage(path: string, options: JournalOptions = {}): Storage {
  if (typeof path !== 'string' || path === '' || path.includes('\0'))
    throw new UsageError(`journalStorage: takes the path of a file, a string; got ${describe(path)}.`);
  const {
    onRepair = (message: string) => {
      process.emitWarning(message);
    },
    ...locking
  } = readOptions<JournalOptions>('journalStorage', options, {
    onRepair: isFunction,
    onWait: isFunction,
    signal: isSignal,
  });
  const file: LineFile = { path: resolve(path), name: `journal ${path}`, next: 'go on with the study' };

  return {
    name: path,
    read: (position) => readOperations(file, position),
    transact: (position, decide) =>
      withLock(
        file.path,
        (lock) => {
          repairJournal(file, onRepair);
          const news = readOperations(file, position);
          lock.renew();
          const added = decide(news.operations);
          if (added.length === 0) return news;
          lock.renew();
          const end = appendLines(file, added.map(operationToText));
          return { operations: [...news.operations, ...added], position: end };
        },
        locking,
      ),
    isAlive: workerIsAlive,
    place: (position, index) => placeOf(file, position, index),
  };
}

/** The operations of the complete lines from a position on. */
function readOperations(file: LineFile, position: number): Batch {
  const operations: Operation[] = [];
  let end = position;
  for (const line of linesFrom(file, position)) {
    end = line.end;
    if (isBlank(line.text)) continue;
    const operation = line.text === null ? { wrong: 'is not UTF-8' } : operationFromText(line.text);
    if ('wrong' in operation)
      throw new FormatError(
        `${file.name}: line ${lineNumber(file, line.end)} ${operation.wrong}: ${(line.text ?? '').slice(0, 80)}; ` +
          'mend or remove that line, or restore the file: ids are counted, so nothing after it can be trusted.',
      );
    operations.push(operation);
  }
  return { operations, position: end };
}

/** The line of the operation `index` of those from a position on, as in `journal x.log: line 12`. */
function placeOf(file: LineFile, position: number, index: number): string {
  let before = 0;
  for (const line of linesFrom(file, position))
    if (!isBlank(line.text) && before++ === index) return `${file.name}: line ${lineNumber(file, line.end)}`;
  return file.name;
}

/** Repairs a last line without an end and reports it. The caller holds the lock. */
function repairJournal(file: LineFile, onRepair: (message: string) => void): void {
  const repair = repairEnd(file, (text) => isBlank(text) || !('wrong' in operationFromText(text)));
  if (repair === null) return;
  const { bytes, completed } = repair;
  const what = completed
    ? 'its end was added'
    : `it was removed (${bytes.length} bytes: ${bytes.toString('utf8', 0, 80)})`;
  onRepair(`${file.name}: the last line was cut off by a process that was killed while writing; ${what}.`);
}
