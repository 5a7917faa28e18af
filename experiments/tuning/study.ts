import { randomInt } from 'node:crypto';
import { UsageError } from '../../engine/core/errors.js';
import { failReason, fixedParams, seedAttribute } from './attributes.js';
import { beginTrial } from './begin.js';
import type { ParameterRanges } from './distributions.js';
import { requireJson } from './json.js';
import { type Entry, openLedger } from './ledger.js';
import { type Objective, optimize, type OptimizeOptions } from './optimize.js';
import { medianPruner } from './pruners/percentile.js';
import type { Pruner } from './pruners/pruner.js';
import {
  bestOf,
  type Direction,
  type Json,
  type ParameterValues,
  type StudyRecord,
  type TrialRecord,
} from './records.js';
import { reclaimTrials, usedBudget } from './reclaim.js';
import { stateCodes } from './replay.js';
import type { Sampler } from './samplers/sampler.js';
import { tpeSampler } from './samplers/tpe.js';
import { memoryStorage } from './storage/memory.js';
import type { Storage } from './storage/storage.js';
import { type Outcome, tell } from './tell.js';
import { openTrial, type Trial } from './trial.js';

export type StudyOptions = {
  readonly name: string;
  readonly direction?: Direction;
  /** `tpeSampler()` unless it is said. */
  readonly sampler?: Sampler;
  /** What `shouldPrune` asks: `medianPruner()` unless it is said. */
  readonly pruner?: Pruner;
  /** Where the study's log is kept; without one it is gone with the process. */
  readonly storage?: Storage;
  /** A whole number from which every draw is derived. Without one it is drawn; either way the log keeps it. */
  readonly seed?: number;
  /** Goes on with the study if the storage has it already; otherwise that is an error. */
  readonly loadIfExists?: boolean;
};

/**
 * A search for the best parameters of an objective: trials, and the log that holds them.
 *
 * `Parameters` types the names and values, as in `createStudy<{ lr: number; momentum?: number }>(...)`.
 */
export type Study<Parameters extends ParameterValues = ParameterValues> = {
  readonly name: string;
  readonly direction: Direction;
  readonly seed: number;
  /** All trials by number, other workers' too. */
  readonly trials: readonly TrialRecord<Parameters>[];
  /** The complete trial with the best value, the earliest of equals. Throws UsageError while there is none. */
  readonly bestTrial: TrialRecord<Parameters>;
  readonly userAttributes: Readonly<Record<string, Json>>;
  setUserAttribute(key: string, value: Json): void;
  /**
   * Begins the next trial: an enqueued one if there is one, else one with parameters of the sampler's choice.
   *
   * The parameters of a `space` are chosen at once, and other workers see them from the trial's first moment on; others
   * are chosen when the trial is asked for them.
   */
  ask(space?: ParameterRanges): Promise<Trial<Parameters>>;
  /**
   * Ends a trial with its value or otherwise.
   *
   * NaN makes it a failed one. A pruned trial's value is its last reported one. The reason of a failure is kept as the
   * system attribute `fail_reason`. Throws UsageError for a trial that is not running.
   */
  tell(trial: Trial<Parameters> | number, outcome: number | Outcome): Promise<TrialRecord<Parameters>>;
  /** Has a later trial use these values; parameters that are not given are sampled. */
  enqueueTrial(params: Partial<Parameters>, userAttributes?: Readonly<Record<string, Json>>): Promise<void>;
  /**
   * Runs trials of the objective until the study has as many as `trials` says; see `OptimizeOptions`. The objective is a
   * function, or the address of a module whose default export it is: its trials then run in threads.
   */
  optimize(objective: Objective<Parameters> | URL, options: OptimizeOptions<Parameters>): Promise<void>;
};

const directions: readonly Direction[] = ['minimize', 'maximize'];

/** Creates a study in its storage, or opens it there (`loadIfExists`). */
export async function createStudy<Parameters extends ParameterValues = ParameterValues>(
  options: StudyOptions,
): Promise<Study<Parameters>> {
  const { name, direction = 'minimize', storage = memoryStorage() } = options;
  const { sampler = tpeSampler(), pruner = medianPruner() } = options;
  if (!directions.includes(direction))
    throw new UsageError(
      `createStudy: there is no direction '${direction as string}'; give ${directions.map((one) => `'${one}'`).join(' or ')}.`,
    );
  if (options.seed !== undefined && !(Number.isSafeInteger(options.seed) && options.seed >= 0)) {
    throw new UsageError(`createStudy: ${options.seed} is no seed; give a whole number >= 0, or none.`);
  }
  const ledger = await openLedger(storage);
  await ledger.transact((replay) => {
    const existing = replay.study(name);
    if (existing) requireLoadable(existing, options, storage);
    const study_id = existing?.id ?? replay.nextStudyId();
    const creation: Entry = { op_code: 0, study_name: name, directions: [direction === 'minimize' ? 1 : 2] };
    const seeding: Entry = {
      op_code: 3,
      study_id,
      system_attr: { [seedAttribute]: options.seed ?? randomInt(2 ** 31) },
    };
    if (existing === undefined) return [creation, seeding];
    return seedAttribute in existing.systemAttributes ? [] : [seeding];
  });
  const seed = current().systemAttributes[seedAttribute] as number;

  function current(): StudyRecord {
    const study = ledger.replay.study(name);
    if (study === undefined) {
      throw new UsageError(`study: '${name}' was deleted from ${storage.name}; create it again.`);
    }
    return study;
  }

  function refreshed(): StudyRecord {
    ledger.refresh();
    return current();
  }

  /** Begins a trial, unless `budget` of them have begun or the sampler has nothing left to try. */
  async function begin(budget: number, space: ParameterRanges = {}): Promise<Trial | null> {
    await reclaimTrials(ledger, current);
    const mayBegin = (now: StudyRecord): boolean =>
      usedBudget(now.trials) < budget && !sampler.exhausted?.(now);
    const beginning = await beginTrial(ledger, current, { sampler, seed, space, mayBegin });
    if (beginning === null) return null;
    try {
      return openTrial(beginning, ledger, pruner, current, space);
    } catch (error) {
      // An enqueued trial whose values are not in the space has begun, and must not stay so.
      await tell(ledger, current, beginning.record.number, { state: 'fail', reason: String(error) });
      throw error;
    }
  }

  const study: Study = {
    name,
    get direction() {
      return current().direction;
    },
    seed,
    get trials() {
      return refreshed().trials;
    },
    get bestTrial() {
      const { direction, trials } = refreshed();
      const best = bestOf(direction, trials);
      if (best === null) throw new UsageError(`bestTrial: ${whyNoneIsBest(name, trials)}`);
      return best;
    },
    get userAttributes() {
      return refreshed().userAttributes;
    },
    setUserAttribute(key, value) {
      requireJson(`setUserAttribute('${key}')`, value);
      ledger.append([{ op_code: 2, study_id: current().id, user_attr: { [key]: value } }]);
    },
    async ask(space) {
      const trial = await begin(Infinity, space);
      if (trial === null)
        throw new UsageError(`ask: the sampler of '${name}' (${sampler.name}) has nothing left to try.`);
      return trial;
    },
    tell: (trial, outcome) =>
      tell(ledger, current, typeof trial === 'number' ? trial : trial.number, outcome),
    async enqueueTrial(params, userAttributes = {}) {
      requireJson('enqueueTrial', params);
      requireJson('enqueueTrial: user attributes', userAttributes);
      ledger.append([
        {
          op_code: 4,
          study_id: current().id,
          datetime_start: null,
          state: stateCodes.indexOf('waiting'),
          user_attrs: userAttributes,
          system_attrs: { [fixedParams]: params as ParameterValues },
        },
      ]);
      await ledger.settle();
    },
    async optimize(objective, limits) {
      await optimize({ study, begin }, objective, limits);
    },
  };
  return study as Study<Parameters>;
}

function requireLoadable(existing: StudyRecord, options: StudyOptions, storage: Storage): void {
  const where = `createStudy: the study '${existing.name}' in ${storage.name}`;
  const { loadIfExists = false, direction, seed } = options;
  if (!loadIfExists) {
    throw new UsageError(
      `${where} exists, with ${existing.trials.length} trials; go on with it by loadIfExists: true, or choose another name.`,
    );
  }
  if (direction !== undefined && direction !== existing.direction) {
    throw new UsageError(
      `${where} is to ${existing.direction}, not to ${direction}; leave the direction out, or choose another name.`,
    );
  }
  const { [seedAttribute]: kept = seed } = existing.systemAttributes;
  if (seed !== undefined && kept !== seed) {
    throw new UsageError(
      `${where} has the seed ${JSON.stringify(kept)}, not ${seed}; leave the seed out, or choose another name.`,
    );
  }
}

function whyNoneIsBest(name: string, trials: readonly TrialRecord[]): string {
  const failed = trials.filter((trial) => trial.state === 'fail');
  const explained = failed.find((trial) => failReason in trial.systemAttributes);
  const counts = `none of the ${trials.length} trials of '${name}' is complete, ${failed.length} failed`;
  if (explained === undefined) return `${counts}; run some.`;
  return `${counts}; trial ${explained.number} because of: ${JSON.stringify(explained.systemAttributes[failReason])}.`;
}
