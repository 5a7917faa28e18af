/** Append-only files of JSON values, one a line, such as the log of a run. */
import { FormatError } from '../../engine/core/errors.js';
import { jsonText } from '../../engine/io/json.js';
import { appendLines, type LineFile, linesFrom, repairEnd } from '../files/lineFile.js';

/** A file of JSON lines, and how a line is read. */
export interface JsonLinesFile<Entry extends object> extends LineFile {
  /** The name of an entry in errors, as in `finished job`. */
  readonly entry: string;
  /** The entry that the JSON of a line stands for. Throws for any other value. */
  readonly parse: (value: unknown) => Entry;
}

/** A file of JSON lines that is open for appending. */
export interface JsonLines<Entry extends object> {
  /** All entries in order, appended ones included. */
  readonly entries: readonly Entry[];
  /** Appends an entry, which is on the disk when it returns. Throws a StorageError if it could not be written. */
  append(entry: Entry): void;
}

/** Opens a file for appending, or makes it. A last line that a killed process left without its end is removed. */
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

/**
 * The entries of a file, none if it is missing. A last line without its end, which may still be being written, is left
 * out.
 */
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
