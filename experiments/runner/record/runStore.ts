import type { Choice, TensorTree } from '../../../engine/index.js';
import type { Storage } from '../../tuning/index.js';
import type { Checkpoint, LogEntry, LogLine } from './runLog.js';
import type { SearchJob, TrainingJob } from './jobs.js';

/** A value at once, as from a file, or later, as from a database. */
export type Later<T> = T | Promise<T>;

/**
 * The store of what a run has done. Workers write to nothing else, so workers on other machines need access to a store, and
 * nothing else of the run: `config.json`, `summary.json`, tables and pictures belong to the coordinator. A folder is a store, see
 * `folderStore`.
 *
 * What a method has written survives a kill or power cut once it has returned or resolved.
 */
export interface RunStore {
  /** How another thread or process opens this store. */
  readonly address: string;
  /** The log of a search, which continues where it ended. */
  searchStorage(job: SearchJob): Storage;
  /** The results of jobs so far, in the order of appending. If a job is there twice, the later entry counts. */
  entries(): Later<readonly LogEntry[]>;
  /** All lines of the log in the order of appending: the registration of the run, added seeds, and the results of jobs. */
  lines(): Later<readonly LogLine[]>;
  /** Appends a line. Only the coordinator calls it. */
  append(line: LogLine): Later<void>;
  /** Keeps the final parameters of a training. Throws a UsageError if two tensors have one path. */
  saveCheckpoint(job: TrainingJob, params: TensorTree): Later<Checkpoint>;
  /** The kept parameters, a safetensors file, and where they are, for messages. */
  readCheckpoint(job: TrainingJob): Later<StoredCheckpoint>;
  /** The backends that `auto` chose for each plan of each thread. */
  choices(): Later<readonly PlanChoice[]>;
  /** Records a choice of `auto`. Returns at once, since compiled functions cannot wait for a promise. */
  noteChoice(choice: PlanChoice): void;
}

/** A checkpoint; its content is null if it is missing. */
export interface StoredCheckpoint {
  readonly place: string;
  readonly content: Uint8Array | null;
}

/** The name of a plan, as in `compile(step)`, its backend, and the measurements behind the choice. */
export type PlanChoice = Choice & { readonly plan: string };
