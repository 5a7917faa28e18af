/** The file of a journal: whole lines are read, written and repaired. */
import { closeSync, fstatSync, fsyncSync, ftruncateSync, openSync, readSync, writeSync } from 'node:fs';
import { FormatError } from '../../../engine/core/errors.js';
import { StorageError } from '../space/errors.js';
import type { Operation } from './operations.js';
import { codeOf } from '../../files/lockFile.js';
import { operationFromText, operationToText } from './operationText.js';
import type { Batch } from './storage.js';

/** A journal's path as the user gave it, for messages, and in full. */
export type JournalFile = { readonly path: string; readonly file: string };

const blockSize = 1 << 22;

/** Longer lines are none: no trial has so much to say, and a file without ends of lines is no journal. */
const longestLine = 1 << 26;

/** The operations of the complete lines from a byte on; what follows the last line's end is still being written. */
export function readJournal(journal: JournalFile, position: number): Batch {
  const operations: Operation[] = [];
  let end = position;
  for (const line of linesFrom(journal, position)) {
    end = line.end;
    if (isBlank(line.text)) continue;
    const operation = line.text === null ? { wrong: 'is not UTF-8' } : operationFromText(line.text);
    if ('wrong' in operation) {
      const number = lineOf(journal, line.end);
      throw new FormatError(
        `journal ${journal.path}: line ${number} ${operation.wrong}: ${(line.text ?? '').slice(0, 80)}; ` +
          'mend or remove that line, or restore the file: ids are counted, so nothing after it can be trusted.',
      );
    }
    operations.push(operation);
  }
  return { operations, position: end };
}

/** Where the operation `index` of those from a byte on stands, as in `journal x.log: line 12`. */
export function placeInJournal(journal: JournalFile, position: number, index: number): string {
  let before = 0;
  for (const line of linesFrom(journal, position))
    if (!isBlank(line.text) && before++ === index)
      return `journal ${journal.path}: line ${lineOf(journal, line.end)}`;
  return `journal ${journal.path}`;
}

/** Spaces, or the carriage return of a file with the line ends of Windows. */
const isBlank = (text: string | null): boolean => text?.trim() === '';

/** A line without its end; null for bytes that are no text. `end` is the byte after it. */
type Line = { readonly text: string | null; readonly end: number };

function* linesFrom(journal: JournalFile, position: number): Generator<Line> {
  const descriptor = openToRead(journal, position);
  if (descriptor === null) return;
  try {
    const size = fstatSync(descriptor).size;
    if (size < position)
      throw new StorageError(
        `journal ${journal.path}: it became shorter than it was; begin anew with the file as it is.`,
      );
    let rest: Buffer = Buffer.alloc(0);
    let at = position;
    while (at + rest.length < size) {
      const block = Buffer.alloc(Math.min(Math.max(blockSize, rest.length), size - at - rest.length));
      const read = readSync(descriptor, block, 0, block.length, at + rest.length);
      if (read === 0) return;
      rest = Buffer.concat([rest, block.subarray(0, read)]);
      let begin = 0;
      for (let end = rest.indexOf('\n'); end >= 0; end = rest.indexOf('\n', begin)) {
        // Some editors begin a file with the mark of UTF-8.
        const mark = at + begin === 0 && rest.subarray(0, 3).equals(byteOrderMark) ? 3 : 0;
        yield { text: decode(rest.subarray(begin + mark, end)), end: at + end + 1 };
        begin = end + 1;
      }
      rest = rest.subarray(begin);
      at += begin;
      if (rest.length > longestLine)
        throw new FormatError(
          `journal ${journal.path}: line ${lineOf(journal, at) + 1} is longer than ${longestLine / 2 ** 20} MiB; that is no journal.`,
        );
    }
  } catch (error) {
    throw codeOf(error) === undefined ? error : storageError(journal, 'cannot be read', error);
  } finally {
    closeSync(descriptor);
  }
}

const byteOrderMark = Buffer.from('\uFEFF');
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

function decode(bytes: Buffer): string | null {
  try {
    return decoder.decode(bytes);
  } catch {
    return null;
  }
}

/** The number of the line that ends before a byte. */
function lineOf({ file }: JournalFile, position: number): number {
  const descriptor = openSync(file, 'r');
  try {
    const block = Buffer.alloc(blockSize);
    let lines = 0;
    for (let at = 0; at < position;) {
      const read = readSync(descriptor, block, 0, Math.min(blockSize, position - at), at);
      if (read === 0) break;
      for (let end = block.indexOf('\n'); end >= 0 && end < read; end = block.indexOf('\n', end + 1)) lines++;
      at += read;
    }
    return lines;
  } finally {
    closeSync(descriptor);
  }
}

function openToRead(journal: JournalFile, position: number): number | null {
  try {
    return openSync(journal.file, 'r');
  } catch (error) {
    if (codeOf(error) === 'ENOENT' && position === 0) return null;
    throw storageError(journal, 'cannot be read', error);
  }
}

/**
 * Completes or takes away a last line without an end, and tells of it. To be called under the lock, when nobody is writing: a
 * process that was killed left it.
 */
export function repairEnd(journal: JournalFile, onRepair: (message: string) => void): void {
  const line = unendedLine(journal);
  if (line === null) return;
  const text = decode(line.bytes);
  const complete = text !== null && (isBlank(text) || !('wrong' in operationFromText(text)));
  change(journal, 'r+', (descriptor) => {
    if (complete) writeSync(descriptor, '\n', line.begin + line.bytes.length);
    else ftruncateSync(descriptor, line.begin);
    fsyncSync(descriptor);
  });
  const what = complete
    ? 'its end was added'
    : `it was taken away (${line.bytes.length} bytes: ${line.bytes.toString('utf8', 0, 80)})`;
  onRepair(
    `journal ${journal.path}: the last line was cut off by a process that was killed while writing; ${what}.`,
  );
}

/** The bytes after the last line's end, null where there are none. */
function unendedLine(journal: JournalFile): { readonly begin: number; readonly bytes: Buffer } | null {
  const descriptor = openToRead(journal, 0);
  if (descriptor === null) return null;
  try {
    const { size } = fstatSync(descriptor);
    for (let length = 1; ; length = Math.min(length * 1024, size)) {
      const bytes = Buffer.alloc(Math.min(length, size));
      const read = readSync(descriptor, bytes, 0, bytes.length, size - bytes.length);
      const end = bytes.subarray(0, read).lastIndexOf('\n') + 1;
      if (end === read && (end > 0 || size === 0)) return null;
      if (end > 0 || length >= size)
        return { begin: size - bytes.length + end, bytes: bytes.subarray(end, read) };
    }
  } catch (error) {
    throw codeOf(error) === undefined ? error : storageError(journal, 'cannot be read', error);
  } finally {
    closeSync(descriptor);
  }
}

/** Writes whole lines or nothing, and answers where the file then ends. To be called under the lock. */
export function appendToJournal(journal: JournalFile, operations: readonly Operation[]): number {
  const bytes = Buffer.from(operations.map((operation) => `${operationToText(operation)}\n`).join(''));
  return change(journal, 'a', (descriptor) => {
    const before = fstatSync(descriptor).size;
    try {
      for (let written = 0; written < bytes.length;) written += writeSync(descriptor, bytes, written);
      fsyncSync(descriptor);
    } catch (error) {
      takeBack(descriptor, before);
      throw error;
    }
    return before + bytes.length;
  });
}

/** What is no file, such as a device, cannot be made shorter; the error to tell is the one that came before. */
function takeBack(descriptor: number, size: number): void {
  try {
    ftruncateSync(descriptor, size);
  } catch {
    return;
  }
}

function change<T>(journal: JournalFile, flags: 'a' | 'r+', action: (descriptor: number) => T): T {
  try {
    const descriptor = openSync(journal.file, flags);
    try {
      return action(descriptor);
    } finally {
      closeSync(descriptor);
    }
  } catch (error) {
    throw storageError(journal, 'cannot be written', error);
  }
}

function storageError({ path }: JournalFile, what: string, cause: unknown): StorageError {
  return new StorageError(
    `journal ${path}: ${what} (${String(cause)}); make room or give access, then go on with the study: nothing is lost.`,
    { cause },
  );
}
