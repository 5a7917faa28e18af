import { lstatSync } from 'node:fs';
import { join } from 'node:path';
import { UsageError } from '../../engine/core/errors.js';
import { describeWorker, workerIsAlive } from './worker.js';
import { breakLock, identityOf, isLockOf, makeLock, ownerOf, removeLock } from './lockFile.js';

/** The limit of attempts: a few are enough for processes that want a lock at once to see each other. */
const mostRounds = 100;

/**
 * Takes `run.lock`, the lock of a folder that only one process may write to, and returns a function that releases it. The lock
 * names its owner (host, process, start time). The lock of an owner on this machine that has ended is taken over. Throws a
 * UsageError naming an owner that is alive, or that runs on another machine and may be.
 */
export function lockFolder(who: string, folder: string): () => void {
  const lock = join(folder, 'run.lock');
  const breaking = `${lock}.break`;
  for (let round = 0; round < mostRounds; round++) {
    const identity = identityOf(lock);
    const ownerFile = identity === null ? make(who, lock) : null;
    if (ownerFile !== null)
      return () => {
        if (isLockOf(lock, ownerFile)) removeLock(lock);
      };
    const owner = ownerOf(lock);
    if (owner === null) continue;
    if (workerIsAlive(owner) !== false) throw isTaken(who, folder, lock, owner);
    if (identity !== null) breakLock(lock, identity, breaking, () => hasEnded(ownerOf(breaking)));
  }
  throw isTaken(who, folder, lock, ownerOf(lock));
}

function make(who: string, lock: string): string | null {
  try {
    return makeLock(lock);
  } catch (cause) {
    throw new UsageError(
      `${who}: cannot make the lock ${lock} (${String(cause)}); the folder must exist and be writable.`,
      { cause },
    );
  }
}

const hasEnded = (owner: string | null): boolean => owner !== null && workerIsAlive(owner) === false;

function isTaken(who: string, folder: string, lock: string, owner: string | null): UsageError {
  const since = lstatSync(lock, { throwIfNoEntry: false })?.mtime.toISOString() ?? 'now';
  const isHere = owner !== null && workerIsAlive(owner) === true;
  return new UsageError(
    `${who}: ${folder} is being written to by ${owner === null ? 'a process that left no name' : describeWorker(owner)}, since ${since}; ` +
      (isHere
        ? 'wait until it ends, or end it.'
        : `wait until it ends. If it has ended (this machine cannot know), remove ${lock}.`),
  );
}
