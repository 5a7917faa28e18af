import { resolve } from 'node:path';
import { UsageError } from '../../../engine/core/errors.js';
import { describe, isFunction, readOptions } from '../../../engine/core/options.js';
import { isSignal } from '../space/kinds.js';
import { workerIsAlive } from '../../files/worker.js';
import { appendToJournal, placeInJournal, readJournal, repairEnd } from './journalFile.js';
import { withLock } from './lock.js';
import type { Storage } from './storage.js';

export type JournalOptions = {
  /** Is told what was repaired; without it the process emits a warning. */
  readonly onRepair?: (message: string) => void;
  /** Is told that another process has the journal locked for two seconds; without it the message goes to stderr. */
  readonly onWait?: (message: string) => void;
  /** Ends such a wait: what was to be written is then not. */
  readonly signal?: AbortSignal;
};

/**
 * A log in a file of Optuna's journal format, one operation a line: Optuna's `JournalStorage` on the same path reads it
 * and goes on with it, at the same time too. The file is made with the first operation.
 *
 * A last line that a killed process left without its end is completed, or taken away with a message, before anything is
 * written after it. Throws FormatError with the line's number for any other line that is no operation, and StorageError
 * where the file cannot be read or written; a line that did not fit on the disk is taken back.
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
  const journal = { path, file: resolve(path) };

  return {
    name: path,
    read: (position) => readJournal(journal, position),
    transact: (position, decide) =>
      withLock(
        journal.file,
        (lock) => {
          repairEnd(journal, onRepair);
          const news = readJournal(journal, position);
          lock.renew();
          const added = decide(news.operations);
          if (added.length === 0) return news;
          lock.renew();
          const end = appendToJournal(journal, added);
          return { operations: [...news.operations, ...added], position: end };
        },
        locking,
      ),
    isAlive: workerIsAlive,
    place: (position, index) => placeInJournal(journal, position, index),
  };
}
