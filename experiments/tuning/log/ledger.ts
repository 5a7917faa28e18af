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

/** One worker's view of a log, and its pen. */
export type Ledger = {
  readonly worker: string;
  readonly storage: Storage;
  /** The log as far as it has been read. */
  readonly replay: Replay;
  /** Reads what is new. Of a storage that answers later, the news are seen at some later call. */
  refresh(): void;
  /** Adds operations: at once, or in order of the calls if the storage answers later (see `settle`). */
  append(entries: readonly Entry[]): void;
  /** Adds what `decide` answers to the log as it then is, at once or in the order of the calls. */
  write(decide: (replay: Replay) => readonly Entry[]): void;
  /** Reads what is new and adds what `decide` answers to it, before anybody else can write. */
  transact(decide: (replay: Replay) => readonly Entry[]): Promise<void>;
  /** Resolves when everything asked for so far is done; rejects if a part of it failed. */
  settle(): Promise<void>;
};

/** Opens a log and reads it. */
export async function openLedger(storage: Storage): Promise<Ledger> {
  const worker = createWorkerId();
  const replay = createReplay();
  let position = 0;
  /** How many operations after `position` the replay has seen already: news whose transaction then failed. */
  let ahead = 0;
  /** The last request that has not been answered; a failed one stays, for the view may then be wrong. */
  let unanswered: Promise<void> | undefined;
  /** Why the log cannot be followed any further: what came before the error is in the replay, what comes after is not. */
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
   * The operations as they will be read: each as a reader understands its text.
   * @throws UsageError for one that could not be read, so that it never stands in a log.
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
