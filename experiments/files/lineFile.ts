/** Append-only text files, one record a line: read from any byte on, appended to durably, repaired after a crash. */
import { closeSync, fstatSync, fsyncSync, ftruncateSync, openSync, readSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { FormatError } from '../../engine/core/errors.js';
import { codeOf } from './lockFile.js';
import { syncFolder } from './replaceFile.js';

/** A file of lines, and how errors speak of it. */
export interface LineFile {
  readonly path: string;
  /** As in `journal study.log`. */
  readonly name: string;
  /** What to do once the cause of an error is gone, as in `go on with the study`. */
  readonly next: string;
}

/** A log that cannot be read or written: a full or read-only disk, a lock that is never released. */
export class StorageError extends Error {
  override readonly name = 'StorageError';
}

const blockSize = 1 << 22;

/** The limit of a line, in bytes: no record is so long, and a file without line ends is no file of lines. */
const longestLine = 1 << 26;

/** A line without its end; null for bytes that are no text. `end` is the byte after it. */
export interface Line {
  readonly text: string | null;
  readonly end: number;
}

/** The complete lines from a byte on; what follows the last line's end is still being written. None of a missing file. */
export function* linesFrom(file: LineFile, position = 0): Generator<Line> {
  const descriptor = openToRead(file, position);
  if (descriptor === null) return;
  try {
    const size = fstatSync(descriptor).size;
    if (size < position)
      throw new StorageError(
        `${file.name}: it became shorter than it was; begin anew with the file as it is.`,
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

/** The number of the line that ends before a byte, from 1 on. */
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

/** A last line without its end, and what was done with it. */
export interface Repair {
  readonly bytes: Buffer;
  readonly completed: boolean;
}

/**
 * Repairs the end of a file that a killed process left in the middle of a line: that line gets its end if it is whole, else
 * it is removed. Returns null if there is nothing to repair. Nobody else may be writing.
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
 * Appends whole lines or nothing, makes the file if there is none, and returns where it then ends. The lines are on the disk
 * when it returns. A StorageError says that nothing was written.
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

/** What is no file, such as a device, cannot be made shorter; the error to tell is the one that came before. */
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
