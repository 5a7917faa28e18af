import type { Operation } from './operations.js';

/** Operations read from a log, and the position after the last of them: where the next reading begins. */
export type Batch = { readonly operations: readonly Operation[]; readonly position: number };

/**
 * An append-only log of operations that several workers share: all that a study asks of its storage.
 *
 * Positions begin at 0 and mean nothing but to the storage that gave them. Both methods may answer at once (memory,
 * a file) or later (a database, a file that another process has locked).
 */
export type Storage = {
  /** What the storage is, for messages: `memory`, or a file's path. */
  readonly name: string;
  /** Everything that was written from `position` on. */
  read(position: number): Batch | Promise<Batch>;
  /**
   * Appends what `decide` answers to everything written from `position` on, before anybody else can write.
   *
   * The batch holds the news that `decide` saw and then its own operations. Nothing is written if `decide` throws.
   */
  transact(
    position: number,
    decide: (news: readonly Operation[]) => readonly Operation[],
  ): Batch | Promise<Batch>;
  /**
   * Whether the worker of this name still lives, null where that cannot be known. Without it the processes of this machine
   * are asked.
   */
  isAlive?(worker: string): boolean | null;
  /** Where the operation `index` of those from `position` on stands, for errors, as in `journal x.log: line 12`. */
  place?(position: number, index: number): string;
};

/** A log that lives as long as the process: for tests and throw-away studies. */
export function memoryStorage(): Storage {
  const log: Operation[] = [];
  return {
    name: 'memory',
    read: (position) => ({ operations: log.slice(position), position: log.length }),
    transact(position, decide) {
      log.push(...decide(log.slice(position)));
      return { operations: log.slice(position), position: log.length };
    },
    place: (position, index) => `memory: operation ${position + index + 1}`,
  };
}
