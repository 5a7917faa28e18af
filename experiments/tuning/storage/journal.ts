import {
  closeSync,
  existsSync,
  fstatSync,
  fsyncSync,
  ftruncateSync,
  openSync,
  readFileSync,
  readSync,
  writeSync,
} from 'node:fs';
import { resolve } from 'node:path';
import { FormatError } from '../../../engine/core/errors.js';
import { StorageError } from '../errors.js';
import type { Operation } from '../operations.js';
import { withLock } from './lock.js';
import { operationFromText, operationToText } from './operationText.js';
import type { Batch, Storage } from './storage.js';

export type JournalOptions = {
  /** Is told what was repaired; without it the process emits a warning. */
  readonly onRepair?: (message: string) => void;
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
  const file = resolve(path);
  const { onRepair = warn } = options;

  return {
    name: path,
    read: (position) => readFrom(path, file, position),
    transact: (position, decide) =>
      withLock(file, () => {
        repairEnd(path, file, onRepair);
        const news = readFrom(path, file, position);
        const added = decide(news.operations);
        if (added.length === 0) return news;
        const end = append(path, file, added);
        return { operations: [...news.operations, ...added], position: end };
      }),
  };
}

function warn(message: string): void {
  process.emitWarning(message);
}

/** The operations of the complete lines from a byte on; what follows the last line's end is still being written. */
function readFrom(path: string, file: string, position: number): Batch {
  const bytes = readBytes(path, file, position);
  const end = bytes.lastIndexOf('\n') + 1;
  const lines = bytes.toString('utf8', 0, end).split('\n').slice(0, -1);
  const operations = lines.map((line, index) => {
    const operation = operationFromText(line);
    if (!('wrong' in operation)) return operation;
    const number = countLines(file, position) + index + 1;
    throw new FormatError(
      `journal ${path}: line ${number} ${operation.wrong}: ${line.slice(0, 80)}; ` +
        'mend or remove that line, or restore the file: ids are counted, so nothing after it can be trusted.',
    );
  });
  return { operations, position: position + end };
}

function readBytes(path: string, file: string, position: number): Buffer {
  let descriptor: number;
  try {
    descriptor = openSync(file, 'r');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT' && position === 0)
      return Buffer.alloc(0);
    throw storageError(path, 'cannot be read', error);
  }
  try {
    const size = fstatSync(descriptor).size - position;
    if (size < 0) {
      throw new StorageError(
        `journal ${path}: it became shorter than it was; begin anew with the file as it is.`,
      );
    }
    const bytes = Buffer.alloc(size);
    const read = readSync(descriptor, bytes, 0, size, position);
    return bytes.subarray(0, read);
  } catch (error) {
    throw error instanceof StorageError ? error : storageError(path, 'cannot be read', error);
  } finally {
    closeSync(descriptor);
  }
}

function countLines(file: string, position: number): number {
  return readFileSync(file).subarray(0, position).toString('latin1').split('\n').length - 1;
}

/** Under the lock nobody is writing, so a line without an end was left by a process that was killed. */
function repairEnd(path: string, file: string, onRepair: (message: string) => void): void {
  if (!existsSync(file) || endsWithLine(file)) return;
  const bytes = readFileSync(file);
  const end = bytes.lastIndexOf('\n') + 1;
  const line = bytes.toString('utf8', end);
  const complete = !('wrong' in operationFromText(line));
  change(path, file, 'r+', (descriptor) => {
    if (complete) writeSync(descriptor, '\n', bytes.length);
    else ftruncateSync(descriptor, end);
  });
  const what = complete
    ? 'its end was added'
    : `it was taken away (${bytes.length - end} bytes: ${line.slice(0, 80)})`;
  onRepair(`journal ${path}: the last line was cut off by a process that was killed while writing; ${what}.`);
}

function endsWithLine(file: string): boolean {
  const descriptor = openSync(file, 'r');
  try {
    const { size } = fstatSync(descriptor);
    const last = Buffer.alloc(1);
    return size === 0 || (readSync(descriptor, last, 0, 1, size - 1) === 1 && last.toString() === '\n');
  } finally {
    closeSync(descriptor);
  }
}

/** Writes whole lines or nothing, and answers where the file then ends. */
function append(path: string, file: string, operations: readonly Operation[]): number {
  const bytes = Buffer.from(operations.map((operation) => `${operationToText(operation)}\n`).join(''));
  return change(path, file, 'a', (descriptor) => {
    const before = fstatSync(descriptor).size;
    try {
      for (let written = 0; written < bytes.length;) written += writeSync(descriptor, bytes, written);
    } catch (error) {
      ftruncateSync(descriptor, before);
      throw error;
    }
    return before + bytes.length;
  });
}

function change<T>(path: string, file: string, flags: 'a' | 'r+', action: (descriptor: number) => T): T {
  try {
    const descriptor = openSync(file, flags);
    try {
      const result = action(descriptor);
      fsyncSync(descriptor);
      return result;
    } finally {
      closeSync(descriptor);
    }
  } catch (error) {
    throw storageError(path, 'cannot be written', error);
  }
}

function storageError(path: string, what: string, cause: unknown): StorageError {
  return new StorageError(
    `journal ${path}: ${what} (${String(cause)}); make room or give access, then go on with the study: nothing is lost.`,
    { cause },
  );
}
