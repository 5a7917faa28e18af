import { randomUUID } from 'node:crypto';

/** A name for one study handle in one process, which its operations carry so that a reader can tell workers apart. */
export function createWorkerId(): string {
  return randomUUID();
}
