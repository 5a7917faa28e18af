import { randomInt } from 'node:crypto';
import { UsageError } from '../../engine/core/errors.js';
import {
  describe,
  isBoolean,
  isFunction,
  isOneOf,
  kind,
  readOptions,
  requireKind,
} from '../../engine/core/options.js';
import { attribute, failReason, fixedParams, seedAttribute } from './log/attributes.js';
import { beginTrial } from './trial/begin.js';
import type { ParameterRanges } from './space/distributions.js';
import { requireJson } from './log/json.js';
import { isName, isPruner, isRecord, isSampler, isSeed, isStorage } from './space/kinds.js';
import { type Entry, openLedger } from './log/ledger.js';
import { optimize, type OptimizeOptions, type Runnable } from './optimize.js';
import { medianPruner } from './pruners/percentile.js';
import type { Pruner } from './pruners/pruner.js';
import {
  bestOf,
  type Direction,
  type Json,
  type ParameterValues,
  type StudyRecord,
  type TrialRecord,
} from './log/records.js';
import { rangesOf, type SpaceInput } from './space/ranges.js';
import { reclaimTrials, unknownRunning, usedBudget } from './trial/reclaim.js';
import { stateCodes } from './log/replay.js';
import type { Sampler } from './samplers/sampler.js';
import { tpeSampler } from './samplers/tpe.js';
import { memoryStorage, type Storage } from './log/storage.js';
import { type Outcome, tell } from './trial/tell.js';
import { type Objective, openTrial, requireKey, type Trial } from './trial/trial.js';

export type StudyOptions = {
  readonly name: string;
  readonly direction?: Direction;
  /** Default `tpeSampler()`. */
  readonly sampler?: Sampler;
  /** Decides `shouldPrune`; default `medianPruner()`. */
  readonly pruner?: Pruner;
  /** Where the study's log is kept; default in memory, as long as the process runs. */
  readonly storage?: Storage;
  /** An integer from which every draw is derived; default a random one. The log keeps it either way. */
  readonly seed?: number;
  /** Continues the study if it exists in the storage; by default that is an error. */
  readonly loadIfExists?: boolean;
  /**
   * Repeats the running trials of workers whose state this machine cannot know: processes on other machines, in restarted
   * containers, or of Optuna. Only safe once those have ended.
   */
  readonly reclaim?: boolean;
  /** Receives a message about such trials if they are not repeated; by default the process emits a warning. */
  readonly onWarning?: (message: string) => void;
};

/**
 * A search for the best parameters of an objective: its trials, kept in a log.
 *
 * `Parameters` are the types of the parameters by name, as in `createStudy<{ lr: number; momentum?: number }>(...)`.
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
   * Begins the next trial: an enqueued one if there is one, else one with parameters that the sampler chooses.
   *
   * The parameters of a `space` are chosen at once, and other workers see them from the beginning of the trial; others are
   * chosen when the trial is asked for them. A range is a distribution, or `{ low, high, log }` as in a study's configuration.
   */
  ask(space?: SpaceInput): Promise<Trial<Parameters>>;
  /**
   * Ends a trial with a value or another outcome, and returns its record.
   *
   * NaN fails the trial. The value of a pruned trial is the last that it reported. The reason of a failure is kept as the
   * system attribute `fail_reason`. Throws a UsageError for a trial that is not running.
   */
  tell(trial: Trial<Parameters> | number, outcome: number | Outcome): Promise<TrialRecord<Parameters>>;
  /** Enqueues a trial with these values; the other parameters are sampled. */
  enqueueTrial(params: Partial<Parameters>, userAttributes?: Readonly<Record<string, Json>>): Promise<void>;
  /**
   * Runs trials of the objective until the study has `trials` of them; see `OptimizeOptions`. The objective is a function, or
   * the URL of a module whose default export it is; the trials of a module run in threads.
   */
  optimize(objective: Objective<Parameters> | URL, options: OptimizeOptions<Parameters>): Promise<void>;
};

const kindsOfOptions = {
  name: isName,
  direction: isOneOf('minimize', 'maximize'),
  sampler: isSampler,
  pruner: isPruner,
  storage: isStorage,
  seed: isSeed,
  loadIfExists: isBoolean,
  reclaim: isBoolean,
  onWarning: isFunction,
};

/** Creates a study in its storage, or opens an existing one (`loadIfExists`). */
export async function createStudy<Parameters extends ParameterValues = ParameterValues>(
  options: StudyOptions,
): Promise<Study<Parameters>> {
  const read = readOptions<StudyOptions>('createStudy', options, kindsOfOptions);
  const { name, direction = 'minimize', storage = memoryStorage(), reclaim = false } = read;
  const { sampler = tpeSampler(), pruner = medianPruner() } = read;
  requireKind('createStudy', 'name', name, isName);
  const ledger = await openLedger(storage);
  await ledger.transact((replay) => {
    const existing = replay.study(name);
    if (existing) requireLoadable(existing, read, storage);
    const study_id = existing?.id ?? replay.nextStudyId();
    const creation: Entry = { op_code: 0, study_name: name, directions: [direction === 'minimize' ? 1 : 2] };
    const seeding: Entry = {
      op_code: 3,
      study_id,
      system_attr: { [seedAttribute]: read.seed ?? randomInt(2 ** 31) },
    };
    if (existing === undefined) return [creation, seeding];
    return attribute(existing, seedAttribute) === undefined ? [seeding] : [];
  });
  const seed = attribute(current(), seedAttribute) as number;
  await warnOrReclaim();

  function current(): StudyRecord {
    const study = ledger.replay.study(name);
    if (study === undefined) {
      throw new UsageError(`study: '${name}' was deleted from ${storage.name}; create it again.`);
    }
    return study;
  }

  async function warnOrReclaim(): Promise<void> {
    if (reclaim) await reclaimTrials(ledger, current, { unknown: true });
    const warning = unknownRunning(storage, current());
    if (warning === null) return;
    if (read.onWarning === undefined) process.emitWarning(warning);
    else read.onWarning(warning);
  }

  function refreshed(): StudyRecord {
    ledger.refresh();
    return current();
  }

  /** Begins a trial; null if `budget` of them have begun or the sampler has nothing left to try. */
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
      requireKey('setUserAttribute', key);
      const kept = requireJson(`setUserAttribute('${key}')`, value);
      ledger.append([{ op_code: 2, study_id: current().id, user_attr: { [key]: kept } }]);
    },
    async ask(space) {
      const trial = await begin(Infinity, rangesOf('ask', space));
      if (trial === null)
        throw new UsageError(`ask: the sampler of '${name}' (${sampler.name}) has nothing left to try.`);
      return trial;
    },
    async tell(trial, outcome) {
      const number: unknown = typeof trial === 'object' ? (trial as Trial | null)?.number : trial;
      requireKind('tell', 'the trial', number, isTrialNumber);
      return tell(ledger, current, number as number, outcome);
    },
    async enqueueTrial(params, userAttributes = {}) {
      requireKind('enqueueTrial', 'the parameters', params, isRecord);
      requireKind('enqueueTrial', 'the user attributes', userAttributes, isRecord);
      const fixed = requireJson('enqueueTrial', params as ParameterValues);
      for (const [parameter, value] of Object.entries(fixed)) requireChoice(parameter, value);
      const noted = requireJson('enqueueTrial: user attributes', userAttributes);
      ledger.append([
        {
          op_code: 4,
          study_id: current().id,
          datetime_start: null,
          state: stateCodes.indexOf('waiting'),
          user_attrs: noted,
          system_attrs: { [fixedParams]: fixed },
        },
      ]);
      await ledger.settle();
    },
    async optimize(objective, limits) {
      const running: Runnable = {
        ...{ name, storage, begin },
        trials: () => study.trials,
        tell: (trial, outcome) => study.tell(trial, outcome),
      };
      await optimize(running, objective, limits);
    },
  };
  return study as Study<Parameters>;
}

const isTrialNumber = kind('a trial, or its number', (value) => Number.isSafeInteger(value));

/** Throws a UsageError for a value that is a list or an object: it would fail the trial that gets it. */
function requireChoice(parameter: string, value: unknown): void {
  if (typeof value !== 'object' || value === null) return;
  throw new UsageError(`enqueueTrial: '${parameter}' is ${describe(value)}; give a single value.`);
}

function requireLoadable(existing: StudyRecord, options: StudyOptions, storage: Storage): void {
  const where = `createStudy: the study '${existing.name}' in ${storage.name}`;
  const { loadIfExists = false, direction, seed } = options;
  if (!loadIfExists) {
    throw new UsageError(
      `${where} exists, with ${existing.trials.length} trials; go on with it by loadIfExists: true, or choose another name.`,
    );
  }
  if (existing.directions.length > 1) {
    throw new UsageError(
      `${where} has ${existing.directions.length} objectives (${existing.directions.join(', ')}), and a study here has one; ` +
        'go on with it in Optuna, or choose another name. It can be read: readStudies, metagrad studies.',
    );
  }
  if (direction !== undefined && direction !== existing.direction) {
    throw new UsageError(
      `${where} is to ${existing.direction}, not to ${direction}; leave the direction out, or choose another name.`,
    );
  }
  const kept = attribute(existing, seedAttribute) ?? seed;
  if (kept !== undefined && !isSeed.accepts(kept)) {
    throw new UsageError(
      `${where} has ${describe(kept)} as its seed; the attribute '${seedAttribute}' must be ${isSeed.expected}.`,
    );
  }
  if (seed !== undefined && kept !== seed) {
    throw new UsageError(
      `${where} has the seed ${JSON.stringify(kept)}, not ${seed}; leave the seed out, or choose another name.`,
    );
  }
}

function whyNoneIsBest(name: string, trials: readonly TrialRecord[]): string {
  const failed = trials.filter((trial) => trial.state === 'fail');
  const explained = failed.find((trial) => attribute(trial, failReason) !== undefined);
  const counts = `none of the ${trials.length} trials of '${name}' is complete, ${failed.length} failed`;
  if (explained === undefined) return `${counts}; run some.`;
  return `${counts}; trial ${explained.number} because of: ${JSON.stringify(attribute(explained, failReason))}.`;
}
