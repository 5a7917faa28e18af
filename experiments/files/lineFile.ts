/** Append-only text files, one record a line: read from any byte on, appended to durably, repaired after a crash. */
import { closeSync, fstatSync, fsyncSync, ftruncateSync, openSync, readSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { FormatError } from '../../engine/core/errors.js';
import { codeOf } from './lockFile.js';
import { syncFolder } from './replaceFile.js';

/** A file of lines, with words for errors. */
export interface LineFile {
  readonly path: string;
  /** As in `journal study.log`. */
  readonly name: string;
  /** What to do once the cause of an error is mended, as in `resume the run`. */
  readonly next: string;
}

/** Thrown for a log that cannot be read or written: the disk is full or read-only, a lock is never released. */
export class StorageError extends Error {
  override readonly name = 'StorageError';
}

const blockSize = 1 << 22;

/** The limit of a line, in bytes: records are shorter, and a file without line ends is no file of lines. */
const longestLine = 1 << 26;

/** A line without its end; `text` is null for bytes that are not UTF-8. `end` is the position after the line. */
export interface Line {
  readonly text: string | null;
  readonly end: number;
}

/** The complete lines from a position on, without an end that is still being written. A missing file has none. */
export function* linesFrom(file: LineFile, position = 0): Generator<Line> {
  const descriptor = openToRead(file, position);
  if (descriptor === null) return;
  try {
    const size = fstatSync(descriptor).size;
    if (size < position)
      throw new StorageError(
        `${file.name}: it became shorter while it was in use; restore it, or open it again and ${file.next}.`,
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
        // Some editors begin a file with a byte order mark.
        const mark = at + begin === 0 && rest.subarray(0, 3).equals(byteOrderMark) ? 3 : 0;
        yield { text: decode(rest.subarray(begin + mark, end)), end: at + end + 1 };
        begin = end + 1;
      }
      rest = rest.subarray(begin);
      at += begin;
      if (rest.length > longestLine)
        throw new FormatError(
          `${file.name}: line ${lineNumber(file, at) + 1} is longer than ${longestLine / 2 ** 20} MiB; restore the file.`,
        );
    }
  } catch (error) {
    throw codeOf(error) === undefined ? error : storageError(file, 'cannot be read', error);
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

/** Whether a line holds spaces only, or the carriage return of a file with the line ends of Windows. */
export const isBlank = (text: string | null): boolean => text?.trim() === '';

/** The number of the line that ends at a position; the first is 1. */
export function lineNumber({ path }: LineFile, position: number): number {
  const descriptor = openSync(path, 'r');
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

function openToRead(file: LineFile, position: number): number | null {
  try {
    return openSync(file.path, 'r');
  } catch (error) {
    if (codeOf(error) === 'ENOENT' && position === 0) return null;
    throw storageError(file, 'cannot be read', error);
  }
}

/** A last line without its end, and whether it was completed or removed. */
export interface Repair {
  readonly bytes: Buffer;
  readonly completed: boolean;
}

/**
 * Repairs a file that a killed process left in the middle of a line: that line gets its end if `isWhole` says so, else it is
 * removed. Returns null if there is nothing to repair. No other process may be writing.
 */
export function repairEnd(file: LineFile, isWhole: (text: string) => boolean): Repair | null {
  const line = unendedLine(file);
  if (line === null) return null;
  const text = decode(line.bytes);
  const completed = text !== null && isWhole(text);
  change(file, 'r+', (descriptor) => {
    if (completed) writeSync(descriptor, '\n', line.begin + line.bytes.length);
    else ftruncateSync(descriptor, line.begin);
    fsyncSync(descriptor);
  });
  return { bytes: line.bytes, completed };
}

/** The bytes after the last line's end, null where there are none. */
function unendedLine(file: LineFile): { readonly begin: number; readonly bytes: Buffer } | null {
  const descriptor = openToRead(file, 0);
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
    throw codeOf(error) === undefined ? error : storageError(file, 'cannot be read', error);
  } finally {
    closeSync(descriptor);
  }
}

/**
 * Appends whole lines and returns the length of the file, which is made if it is missing. The lines are on the disk when it
 * returns. Throws a StorageError if they could not be written; then none of them is.
 */
export function appendLines(file: LineFile, lines: readonly string[]): number {
  const bytes = Buffer.from(lines.map((line) => `${line}\n`).join(''));
  return change(file, 'a', (descriptor) => {
    const before = fstatSync(descriptor).size;
    try {
      for (let written = 0; written < bytes.length;) written += writeSync(descriptor, bytes, written);
      fsyncSync(descriptor);
    } catch (error) {
      takeBack(descriptor, before);
      throw error;
    }
    if (before === 0) syncFolder(dirname(file.path));
    return before + bytes.length;
  });
}

/** Removes what was written before an error. A device cannot be made shorter; the error to report is the one before. */
function takeBack(descriptor: number, size: number): void {
  try {
    ftruncateSync(descriptor, size);
  } catch {
    return;
  }
}

function change<T>(file: LineFile, flags: 'a' | 'r+', action: (descriptor: number) => T): T {
  try {
    const descriptor = openSync(file.path, flags);
    try {
      return action(descriptor);
    } finally {
      closeSync(descriptor);
    }
  } catch (error) {
    throw storageError(file, 'cannot be written', error);
  }
}

function storageError({ name, next }: LineFile, what: string, cause: unknown): StorageError {
  return new StorageError(
    `${name}: ${what} (${String(cause)}); make room or give access, then ${next}: nothing is lost.`,
    { cause },
  );
}
