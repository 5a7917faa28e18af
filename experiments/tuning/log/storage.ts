import type { Operation } from './operations.js';

/** Operations read from a log, and the position after the last of them, from which to read next. */
export type Batch = { readonly operations: readonly Operation[]; readonly position: number };

/**
 * An append-only log of operations that several workers share: all that a study needs of its storage.
 *
 * Positions begin at 0; only the storage knows their meaning. Both methods may return at once (memory, a file) or later (a
 * database, a file that another process has locked).
 */
export type Storage = {
  /** The name for messages: `memory`, or a file's path. */
  readonly name: string;
  /** All operations from `position` on. */
  read(position: number): Batch | Promise<Batch>;
  /**
   * Reads the operations from `position` on and appends what `decide` returns for them, before another worker can write.
   *
   * The batch has the operations that `decide` received and then those that it returned. Nothing is written if `decide` throws.
   */
  transact(
    position: number,
    decide: (news: readonly Operation[]) => readonly Operation[],
  ): Batch | Promise<Batch>;
  /**
   * Whether the worker of this name is alive; null if that cannot be known. By default the processes of this machine are looked
   * at.
   */
  isAlive?(worker: string): boolean | null;
  /** The place of the operation `index` of those from `position` on, for errors, as in `journal x.log: line 12`. */
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
