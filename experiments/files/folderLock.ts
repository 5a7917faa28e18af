import { randomUUID } from 'node:crypto';
import { lstatSync, readlinkSync, renameSync, symlinkSync, unlinkSync } from 'node:fs';
import { join } from 'node:path';
import { UsageError } from '../../engine/core/errors.js';
import { createWorkerId, stateOfWorker } from '../tuning/worker.js';

/**
 * Takes the lock of a folder that only one process may write to, and returns what gives it back. The lock is a symbolic
 * link `run.lock` whose target is the name of its owner (host, process, start time), so that it appears at once and whole.
 * One whose owner has ended on this machine is taken over. Throws a UsageError naming an owner that lives, or that runs on
 * another machine, of which this one cannot know.
 */
export function lockFolder(who: string, folder: string): () => void {
  const lock = join(folder, 'run.lock');
  const owner = createWorkerId();
  for (let attempt = 0; !tryLink(who, owner, lock); attempt++) {
    const holder = ownerOf(lock);
    // Given back in between; a few rounds are enough for all who wait to see each other.
    if (holder === undefined && attempt < 100) continue;
    if (holder === undefined || stateOfWorker(holder) !== 'dead') throw isTaken(who, folder, lock, holder);
    takeAway(who, owner, lock, holder);
  }
  return () => {
    if (ownerOf(lock) === owner) unlinkSync(lock);
  };
}

function tryLink(who: string, owner: string, lock: string): boolean {
  try {
    symlinkSync(owner, lock);
    return true;
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'EEXIST') return false;
    throw new UsageError(
      `${who}: cannot make the lock ${lock} (${String(cause)}); the folder must exist and be writable.`,
      { cause },
    );
  }
}

/** The name in a lock; undefined where there is none, or something else in its place. */
function ownerOf(lock: string): string | undefined {
  try {
    return readlinkSync(lock);
  } catch {
    return undefined;
  }
}

/**
 * Takes the lock of an ended process away. Only the process that holds a second lock may do so, after looking again: of two
 * that saw the same lock the slower one would otherwise take away the new lock of the faster.
 */
function takeAway(who: string, owner: string, lock: string, dead: string): void {
  const taking = `${lock}.taking`;
  if (!tryLink(who, owner, taking)) {
    const taker = ownerOf(taking);
    if (taker === undefined || stateOfWorker(taker) !== 'dead') return;
    // It was killed within these few lines.
    const aside = `${taking}.${randomUUID()}`;
    renameSync(taking, aside);
    unlinkSync(aside);
    return;
  }
  try {
    if (ownerOf(lock) === dead) unlinkSync(lock);
  } finally {
    unlinkSync(taking);
  }
}

function isTaken(who: string, folder: string, lock: string, holder = ''): UsageError {
  const since = lstatSync(lock, { throwIfNoEntry: false })?.mtime.toISOString() ?? 'now';
  const [, host = 'an unknown machine', , pid = '?'] = /^[^@]*@(.*?)\/(.*?)\/(.*?)\//.exec(holder) ?? [];
  const isHere = stateOfWorker(holder) !== 'unknown';
  return new UsageError(
    `${who}: ${folder} is being written to by process ${pid} on ${host}, since ${since}; ` +
      (isHere
        ? 'wait until it ends, or end it.'
        : `wait until it ends. If it has ended (this machine cannot know), remove ${lock}.`),
  );
}
