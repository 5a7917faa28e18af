import type { Operation } from './operations.js';
import type { Storage } from './storage.js';

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
