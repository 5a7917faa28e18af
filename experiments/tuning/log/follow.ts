import { FormatError } from '../../../engine/core/errors.js';
import type { Operation } from './operations.js';
import { OperationError, type Replay } from './replay.js';
import type { Storage } from './storage.js';

/**
 * Applies the operations `from` to `to` of those that a storage has from `position` on to a replay. Throws a FormatError that
 * names the place of an operation that contradicts the log before it.
 */
export function follow(
  replay: Replay,
  storage: Storage,
  position: number,
  operations: readonly Operation[],
  from = 0,
  to = operations.length,
): void {
  try {
    replay.apply(operations.slice(from, to));
  } catch (error) {
    if (!(error instanceof OperationError)) throw error;
    const index = from + error.index;
    const place =
      storage.place?.(position, index) ?? `${storage.name}: operation ${index} from ${position} on`;
    throw new FormatError(
      `${place} ${error.wrong}; mend or remove it, or restore the log: ids are counted, so nothing after it can be trusted.`,
      { cause: error },
    );
  }
}
