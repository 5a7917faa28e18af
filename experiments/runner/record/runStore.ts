import type { Choice, TensorTree } from '../../../engine/index.js';
import type { Storage } from '../../tuning/index.js';
import type { Checkpoint, LogEntry } from './runLog.js';
import type { SearchJob, TrainingJob } from './jobs.js';

/** A value at once, as of a file, or later, as of a database. */
export type Later<T> = T | Promise<T>;

/**
 * Where a run keeps what it has done. It is all that workers and their coordinator write to, so that workers on other
 * machines need a store that they reach, and nothing else of the run. A folder is one, see `folderStore`.
 *
 * Whatever a method has written is safe from a kill or power cut once it has returned or resolved.
 */
export interface RunStore {
  /** How another thread or process opens this store. */
  readonly address: string;
  /** The log of a search, which goes on where it ended. */
  searchStorage(job: SearchJob): Storage;
  /** What jobs have done so far, in the order of appending. Where a job is in it twice, the later entry counts. */
  entries(): Later<readonly LogEntry[]>;
  /** Appends what a job has done. Only the coordinator does. */
  append(entry: LogEntry): Later<void>;
  /** Keeps the parameters that a training ended with. Throws a UsageError if two tensors have one path. */
  saveCheckpoint(job: TrainingJob, params: TensorTree): Later<Checkpoint>;
  /** The parameters as they were kept, a safetensors file, and where they are, for messages. */
  readCheckpoint(job: TrainingJob): Later<StoredCheckpoint>;
  /** Which backend `auto` chose for each plan of each thread. */
  choices(): Later<readonly PlanChoice[]>;
  /** Notes one such choice. Compiled functions wait for no promise, so this one returns at once. */
  noteChoice(choice: PlanChoice): void;
}

/** Null content is a missing checkpoint. */
export interface StoredCheckpoint {
  readonly place: string;
  readonly content: Uint8Array | null;
}

/** The name of a plan, as in `compile(step)`, what was chosen for it, and what was measured for that. */
export type PlanChoice = Choice & { readonly plan: string };
