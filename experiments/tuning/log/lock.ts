import { setTimeout as pause } from 'node:timers/promises';
import {
  breakLock,
  identityOf,
  isLockOf,
  makeLock,
  ownerOf,
  removeLock,
  renewLock,
} from '../../files/lockFile.js';
import { StorageError } from '../../files/lineFile.js';
import { describeWorker, workerIsAlive } from '../../files/worker.js';

export type LockOptions = {
  /** The age without renewal at which a lock counts as left by a killed process or a lost machine. */
  readonly staleAfterMs?: number;
  /** Receives one message about a wait for a lock. */
  readonly onWait?: (message: string) => void;
  /** Ends a wait that has been reported. */
  readonly signal?: AbortSignal;
};

/** The lock while it is held. */
export type HeldLock = {
  /**
   * Shows that the holder is at work, if it has been silent for long. Throws a StorageError if another process assumed it to be
   * dead and broke the lock.
   */
  renew(): void;
};

/** Milliseconds for which a wait blocks the process, before it goes on between turns of the event loop. */
const blockingMs = 1000;
const tellAfterMs = 2000;
const longestPauseMs = 50;
const renewAfterMs = 5000;
const askOwnerEveryMs = 250;

/**
 * Runs an action while holding `PATH.lock`: at once if the lock is free or becomes free within a second, else later, so that
 * signals are handled meanwhile; after two seconds the wait is reported.
 *
 * A lock is broken if its owner, a process of this machine, has ended, or if it has not changed for 30 seconds of this
 * process's clock. Throws a StorageError if no lock can be made.
 */
export function withLock<T>(
  path: string,
  action: (lock: HeldLock) => T,
  options: LockOptions = {},
): T | Promise<T> {
  const lock = `${path}.lock`;
  const attempt = attempts(path, lock, options);
  const begin = performance.now();
  let pauseMs = 1;
  const nextPause = (): number => (pauseMs = Math.min(pauseMs * 2, longestPauseMs)) * (0.25 + Math.random());
  let owner = attempt();
  while (owner === null && performance.now() - begin < blockingMs) {
    sleep(nextPause());
    owner = attempt();
  }
  if (owner !== null) return holding(path, lock, owner, action);
  return (async () => {
    for (;;) {
      await pause(nextPause());
      const later = attempt();
      if (later !== null) return holding(path, lock, later, action);
    }
  })();
}

function holding<T>(path: string, lock: string, owner: string, action: (lock: HeldLock) => T): T {
  let renewed = performance.now();
  const requireHeld = (): void => {
    if (isLockOf(lock, owner)) return;
    throw new StorageError(
      `journal ${path}: another process broke its lock ${lock}, which this one held for long without renewing it; nothing was written, go on with the study.`,
    );
  };
  try {
    return action({
      renew() {
        requireHeld();
        if (performance.now() - renewed < renewAfterMs) return;
        renewLock(lock, owner);
        renewed = performance.now();
      },
    });
  } finally {
    if (isLockOf(lock, owner)) removeLock(lock);
  }
}

/** A function that tries to make the lock, breaking a stale one, and returns its owner file or null. */
function attempts(
  path: string,
  lock: string,
  { staleAfterMs = 30_000, onWait = warn, signal }: LockOptions,
): () => string | null {
  const breaking = `${lock}.break`;
  const [isStale, isBreakingStale] = [watch(lock, staleAfterMs), watch(breaking, staleAfterMs)];
  const begin = performance.now();
  let told = false;

  return () => {
    try {
      const identity = identityOf(lock);
      if (identity === null) return makeLock(lock);
      if (isStale()) breakLock(lock, identity, breaking, isBreakingStale);
    } catch (error) {
      throw new StorageError(
        `journal ${path}: cannot make its lock ${lock} (${String(error)}); the folder must exist and be writable.`,
        { cause: error },
      );
    }
    const waited = performance.now() - begin;
    if (waited < tellAfterMs) return null;
    if (signal?.aborted === true)
      throw new StorageError(`journal ${path}: the wait for its lock ${lock} was interrupted.`);
    if (!told) {
      const owner = ownerOf(lock);
      onWait(
        `waiting for the lock ${lock}, held by ${owner === null ? 'a process that left no name' : describeWorker(owner)}; ` +
          `it is broken once nobody has renewed it for ${staleAfterMs / 1000} s.`,
      );
      told = true;
    }
    return null;
  };
}

/**
 * A function that says whether a lock is stale, to be called repeatedly. Only the clock of this process counts: the time of a
 * lock is that of a file server, and may be in the future.
 */
function watch(lock: string, staleAfterMs: number): () => boolean {
  let seen: string | null = null;
  let since = 0;
  let askAt = 0;
  return () => {
    const now = performance.now();
    const identity = identityOf(lock);
    if (identity === null) return false;
    if (identity !== seen) [seen, since, askAt] = [identity, now, now];
    if (now >= askAt) {
      askAt = now + askOwnerEveryMs;
      const owner = ownerOf(lock);
      if (owner !== null && workerIsAlive(owner) === false) return true;
    }
    return now - since > staleAfterMs;
  };
}

function warn(message: string): void {
  process.stderr.write(`metagrad: ${message}\n`);
}

function sleep(milliseconds: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, milliseconds);
}
