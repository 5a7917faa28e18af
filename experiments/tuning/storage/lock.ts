import { randomUUID } from 'node:crypto';
import { lstatSync, renameSync, symlinkSync, unlinkSync } from 'node:fs';
import { StorageError } from '../errors.js';

/** A lock that is older than this belongs to a process that was killed while it wrote. */
const staleAfterMs = 30_000;

const longestWaitMs = 50;

/**
 * Runs an action while holding `PATH.lock`, the lock of Optuna's journal files: a symbolic link to the file, which only
 * one process can create, and which is released by renaming it away. Waits for it as long as it takes; a lock that is
 * older than 30 seconds is broken. Throws StorageError where no lock can be made.
 */
export function withLock<T>(path: string, action: () => T): T {
  const lock = `${path}.lock`;
  acquire(path, lock);
  try {
    return action();
  } finally {
    release(lock);
  }
}

function acquire(path: string, lock: string): void {
  let wait = 1;
  while (!tryLink(path, lock)) {
    if (isStale(lock)) breakStale(path, lock);
    sleep(wait * (0.5 + Math.random()));
    wait = Math.min(wait * 2, longestWaitMs);
  }
}

function tryLink(path: string, lock: string): boolean {
  try {
    symlinkSync(path, lock);
    return true;
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false;
    throw new StorageError(
      `journal ${path}: cannot make its lock ${lock} (${String(error)}); the folder must exist and be writable.`,
      { cause: error },
    );
  }
}

function isStale(lock: string): boolean {
  try {
    return Date.now() - lstatSync(lock).mtimeMs > staleAfterMs;
  } catch {
    return false;
  }
}

/**
 * Takes a stale lock away. Only the process that holds a second lock may do so, after looking again: otherwise of two
 * that saw the same stale lock the slower one would take away the new lock of the faster.
 */
function breakStale(path: string, lock: string): void {
  const breaking = `${lock}.break`;
  if (isStale(breaking)) remove(breaking);
  if (!tryLink(path, breaking)) return;
  try {
    if (isStale(lock)) remove(lock);
  } finally {
    remove(breaking);
  }
}

function release(lock: string): void {
  if (remove(lock)) return;
  throw new StorageError(
    `journal: the lock ${lock} was broken by another process while this one was writing; check the log before going on.`,
  );
}

/** Renames and then unlinks, so that a lock made in between is never unlinked. Answers whether it was there. */
function remove(lock: string): boolean {
  const aside = `${lock}${randomUUID()}.rename`;
  try {
    renameSync(lock, aside);
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return false;
    throw error;
  }
  unlinkSync(aside);
  return true;
}

function sleep(milliseconds: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, milliseconds);
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined;
}
