import { UsageError } from '../../../engine/core/errors.js';
import { follow } from './follow.js';
import type { Operation } from './operations.js';
import { createReplay, type Replay } from './replay.js';
import { operationFromText, operationToText } from './operationText.js';
import type { Batch, Storage } from './storage.js';
import { createWorkerId } from '../../files/worker.js';

type Unsigned<T> = T extends unknown ? Omit<T, 'worker_id'> : never;

/** An operation before the ledger signs it with its worker's name. */
export type Entry = Unsigned<Operation>;

/** One worker's access to a log: what it has read of it, and how it appends. */
export type Ledger = {
  readonly worker: string;
  readonly storage: Storage;
  /** The log as far as it has been read. */
  readonly replay: Replay;
  /** Reads new operations. If the storage answers later, they are seen at a later call. */
  refresh(): void;
  /** Appends operations: at once, or in the order of the calls if the storage answers later (see `settle`). */
  append(entries: readonly Entry[]): void;
  /** Appends what `decide` returns for the log at that moment; at once, or in the order of the calls. */
  write(decide: (replay: Replay) => readonly Entry[]): void;
  /** Reads new operations and appends what `decide` returns for them, before another worker can write. */
  transact(decide: (replay: Replay) => readonly Entry[]): Promise<void>;
  /** Resolves when all requests so far are done; rejects if one of them failed. */
  settle(): Promise<void>;
};

/** Opens a log and reads it. */
export async function openLedger(storage: Storage): Promise<Ledger> {
  const worker = createWorkerId();
  const replay = createReplay();
  let position = 0;
  /** Number of operations after `position` that the replay has applied: news of a transaction that failed. */
  let ahead = 0;
  /** The last request that has not been answered; a failed one stays, since the replay may then be wrong. */
  let unanswered: Promise<void> | undefined;
  /** The error after which the log cannot be replayed any further. */
  let broken: Error | undefined;

  function take(operations: readonly Operation[]): void {
    try {
      follow(replay, storage, position, operations, ahead);
    } catch (error) {
      broken = error as Error;
      throw error;
    }
  }

  function absorb(batch: Batch): void {
    take(batch.operations);
    ahead = 0;
    position = batch.position;
  }

  function request(ask: () => Batch | Promise<Batch>): void {
    if (broken !== undefined) throw broken;
    if (unanswered !== undefined) {
      keepOrder(unanswered.then(ask).then(absorb));
      return;
    }
    const answer = ask();
    if (answer instanceof Promise) keepOrder(answer.then(absorb));
    else absorb(answer);
  }

  function keepOrder(answer: Promise<void>): void {
    unanswered = answer;
    answer.then(
      () => {
        if (unanswered === answer) unanswered = undefined;
      },
      () => undefined,
    );
  }

  function write(decide: (replay: Replay) => readonly Entry[]): void {
    request(() =>
      storage.transact(position, (news) => {
        take(news);
        ahead = news.length;
        return readable(decide(replay).map((entry) => ({ ...entry, worker_id: worker })));
      }),
    );
  }

  /**
   * The operations as read again from their text. Throws a UsageError for one that could not be read, so that it is never
   * written.
   */
  function readable(operations: readonly Operation[]): readonly Operation[] {
    const created = { studies: 0, trials: 0 };
    return operations.map((operation) => {
      const text = operationToText(operation);
      const read = operationFromText(text);
      const wrong = 'wrong' in read ? read.wrong : replay.wrongWith(read, created);
      if ('wrong' in read || wrong !== null)
        throw new UsageError(
          `${storage.name}: not written, since it could not be read again: the operation ${wrong}: ${text.slice(0, 120)}.`,
        );
      if (read.op_code === 0) created.studies++;
      if (read.op_code === 4) created.trials++;
      return read;
    });
  }

  const ledger: Ledger = {
    worker,
    storage,
    replay,
    refresh() {
      request(() => storage.read(position));
    },
    append(entries) {
      write(() => entries);
    },
    write,
    async transact(decide) {
      write(decide);
      await unanswered;
    },
    async settle() {
      await unanswered;
    },
  };
  ledger.refresh();
  await ledger.settle();
  return ledger;
}
