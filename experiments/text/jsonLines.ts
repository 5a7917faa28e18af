/** Append-only files of JSON values, one a line, such as the log of a run. */
import { FormatError } from '../../engine/core/errors.js';
import { appendLines, type LineFile, linesFrom, repairEnd } from '../files/lineFile.js';
import { jsonText } from './json.js';

/** Such a file, and what its lines hold. */
export interface JsonLinesFile<Entry extends object> extends LineFile {
  /** What a line is, in errors, as in `finished task`. */
  readonly entry: string;
  /** Reads the JSON of a line. Throws for anything that is no entry. */
  readonly parse: (value: unknown) => Entry;
}

/** Such a file, open for writing. */
export interface JsonLines<Entry extends object> {
  /** All entries in order, appended ones included. */
  readonly entries: readonly Entry[];
  /** Appends an entry, which is on the disk when this returns. Throws a StorageError if it could not be written. */
  append(entry: Entry): void;
}

/** Opens a file to append to it, or makes it. A last line that a killed process left without its end is removed. */
export function openJsonLines<Entry extends object>(file: JsonLinesFile<Entry>): JsonLines<Entry> {
  repairEnd(file, () => false);
  const entries = readJsonLines(file);
  appendLines(file, []);
  return {
    entries,
    append(entry) {
      appendLines(file, [jsonText(entry)]);
      entries.push(entry);
    },
  };
}

/** The entries of a file, none if it is missing. A last line without its end, which may still be being written, is left out. */
export function readJsonLines<Entry extends object>(file: JsonLinesFile<Entry>): Entry[] {
  const entries: Entry[] = [];
  for (const { text } of linesFrom(file)) {
    try {
      if (text === null) throw new FormatError('it is not UTF-8');
      entries.push(file.parse(JSON.parse(text)));
    } catch (cause) {
      const reason = cause instanceof Error ? cause.message : String(cause);
      throw new FormatError(
        `${file.path}:${entries.length + 1}: the line is no ${file.entry} (${reason}); restore the file, or remove the line and ${file.next}.`,
        { cause },
      );
    }
  }
  return entries;
}
