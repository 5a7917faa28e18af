/** Files that are replaced as a whole: whoever reads one, and whenever the writer is killed, finds the old content or the new. */
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
 * Replaces a file, or makes it: a temporary file beside it, on the disk before it is renamed. A link in its place is
 * replaced, not followed. Throws a UsageError where it cannot be written; what was there is then left as it was.
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

/** Writes where the user said: a link is followed, and into a pipe or a device it is written as it is. */
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

/** Takes away the temporary files that killed processes left in a folder; those of living ones stay. */
export function removeLeftovers(folder: string): void {
  if (!existsSync(folder)) return;
  for (const name of readdirSync(folder)) {
    const pid = /^\.metagrad-(\d+)-[0-9a-f]{16}\.tmp$/.exec(name)?.[1];
    if (pid !== undefined && !processExists(Number(pid)) && lstatSync(join(folder, name)).isFile())
      rmSync(join(folder, name), { force: true });
  }
}

/** On the disk when it returns: a rename could otherwise outlive a power cut that its content does not. */
function writeDurably(path: string, content: Content): void {
  const file = openSync(path, 'wx');
  try {
    writeFileSync(file, content);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

/** Makes a rename outlive a power cut, where folders can be opened for that (not on Windows). */
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
