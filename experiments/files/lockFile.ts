/**
 * The file `NAME.lock`, as Optuna's journal files have it: a symbolic link, which only one process can make, and which is
 * removed by renaming it. The link leads to a file beside it that names its owner.
 */
import { randomUUID } from 'node:crypto';
import {
  lstatSync,
  lutimesSync,
  readFileSync,
  readlinkSync,
  renameSync,
  symlinkSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { createWorkerId } from './worker.js';

const ownerEnding = '.owner';

/** Makes a lock and returns its owner file; null if the lock exists. */
export function makeLock(lock: string): string | null {
  const owner = `${lock}.${randomUUID()}${ownerEnding}`;
  try {
    writeFileSync(owner, createWorkerId(), { flag: 'wx' });
    symlinkSync(basename(owner), lock);
    return owner;
  } catch (error) {
    unlinkIfThere(owner);
    if (codeOf(error) === 'EEXIST') return null;
    throw error;
  }
}

/** Whether a lock is still the one with this owner file. */
export function isLockOf(lock: string, owner: string): boolean {
  return targetOf(lock) === basename(owner);
}

/** Shows that the owner is at work: a lock that does not change is broken. Optuna looks at the file that the link leads to. */
export function renewLock(lock: string, owner: string): void {
  const now = new Date();
  utimesSync(owner, now, now);
  lutimesSync(lock, now, now);
}

/** A text that differs between locks, and of a lock before and after it is renewed; null where there is none. */
export function identityOf(lock: string): string | null {
  try {
    const { ino, mtimeNs, ctimeNs } = lstatSync(lock, { bigint: true });
    return `${ino}/${mtimeNs}/${ctimeNs}`;
  } catch {
    return null;
  }
}

/** The worker that has a lock; null if it is unknown: Optuna's locks have no owner file. */
export function ownerOf(lock: string): string | null {
  const target = targetOf(lock);
  if (target?.endsWith(ownerEnding) !== true) return null;
  try {
    return readFileSync(join(dirname(lock), target), 'utf8');
  } catch {
    return null;
  }
}

/** Removes a lock and returns whether it was there: renames it and then unlinks, so that a lock made in between is never unlinked. */
export function removeLock(lock: string): boolean {
  const aside = `${lock}${randomUUID()}.rename`;
  try {
    renameSync(lock, aside);
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return false;
    throw error;
  }
  const target = targetOf(aside);
  unlinkIfThere(aside);
  if (target?.endsWith(ownerEnding)) unlinkIfThere(join(dirname(lock), target));
  return true;
}

/**
 * Removes a stale lock. Only the process that holds a second lock may do so, after looking again: of two processes that saw
 * the same stale lock, the slower one would otherwise remove the new lock of the faster one.
 */
export function breakLock(
  lock: string,
  stale: string,
  breaking: string,
  isBreakingStale: () => boolean,
): void {
  if (identityOf(breaking) !== null) {
    if (isBreakingStale()) removeLock(breaking);
    return;
  }
  if (makeLock(breaking) === null) return;
  try {
    if (identityOf(lock) === stale) removeLock(lock);
  } finally {
    removeLock(breaking);
  }
}

export function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined;
}

function targetOf(lock: string): string | null {
  try {
    return readlinkSync(lock);
  } catch {
    return null;
  }
}

function unlinkIfThere(path: string): void {
  try {
    unlinkSync(path);
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') throw error;
  }
}
