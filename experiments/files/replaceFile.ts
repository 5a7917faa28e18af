/** Files that are replaced as a whole: readers find the old content or the new, even if the writer is killed. */
import { randomBytes } from 'node:crypto';
import {
  closeSync,
  existsSync,
  fsyncSync,
  lstatSync,
  openSync,
  readdirSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { UsageError } from '../../engine/core/errors.js';
import { processExists } from './worker.js';

type Content = string | Uint8Array;

/**
 * Replaces a file, or makes it, by renaming a temporary file beside it that is on the disk. A link in its place is replaced,
 * not followed. Throws a UsageError if it cannot be written; the file is then unchanged.
 */
export function replaceFile(path: string, content: Content): void {
  const temporary = join(dirname(path), `.metagrad-${process.pid}-${randomBytes(8).toString('hex')}.tmp`);
  try {
    writeDurably(temporary, content);
    renameSync(temporary, path);
    syncFolder(dirname(path));
  } catch (cause) {
    rmSync(temporary, { force: true });
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new UsageError(
      `cannot write ${path} (${reason}); make room or give access, or choose another place.`,
      { cause },
    );
  }
}

/** Writes to a path of the user's: a link is followed, and a pipe or a device is written to directly. */
export function writeOutput(path: string, content: Content): void {
  const target = statSync(path, { throwIfNoEntry: false });
  if (target === undefined || target.isFile()) replaceFile(target ? realpathSync(path) : path, content);
  else {
    try {
      writeFileSync(path, content);
    } catch (cause) {
      throw new UsageError(`cannot write ${path} (${String(cause)}); choose another place.`, { cause });
    }
  }
}

/** Removes the temporary files that killed processes left in a folder; those of living processes stay. */
export function removeLeftovers(folder: string): void {
  if (!existsSync(folder)) return;
  for (const name of readdirSync(folder)) {
    const pid = /^\.metagrad-(\d+)-[0-9a-f]{16}\.tmp$/.exec(name)?.[1];
    if (pid !== undefined && !processExists(Number(pid)) && lstatSync(join(folder, name)).isFile())
      rmSync(join(folder, name), { force: true });
  }
}

/** Writes a file that is on the disk when it returns: its rename could otherwise survive a power cut, and its content not. */
function writeDurably(path: string, content: Content): void {
  const file = openSync(path, 'wx');
  try {
    writeFileSync(file, content);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

/** Makes a rename survive a power cut, where folders can be opened for that (not on Windows). */
export function syncFolder(folder: string): void {
  let file: number;
  try {
    file = openSync(folder, 'r');
  } catch {
    return;
  }
  try {
    fsyncSync(file);
  } catch {
    // Some file systems refuse it; the file itself is on the disk.
  } finally {
    closeSync(file);
  }
}
