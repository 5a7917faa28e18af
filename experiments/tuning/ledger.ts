import type { Operation } from './operations.js';
import { createReplay, type Replay } from './replay.js';
import type { Batch, Storage } from './storage/storage.js';
import { createWorkerId } from './worker.js';

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

  function absorb(batch: Batch): void {
    const { operations } = batch;
    replay.apply(operations.slice(ahead));
    ahead = 0;
    position = batch.position;
  }

  function request(ask: () => Batch | Promise<Batch>): void {
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
        replay.apply(news.slice(ahead));
        ahead = news.length;
        return decide(replay).map((entry) => ({ ...entry, worker_id: worker }));
      }),
    );
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
