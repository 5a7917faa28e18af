import { firstAttempt } from '../log/attributes.js';
import { type Chooser, createChooser } from './chooser.js';
import { type ParameterRanges, toExternal } from '../space/distributions.js';
import { distributionToText } from '../log/distributionText.js';
import type { Entry, Ledger } from '../log/ledger.js';
import type { StudyRecord, TrialRecord } from '../log/records.js';
import { stateCodes } from '../log/replay.js';
import type { Sampler, SamplingContext } from '../samplers/sampler.js';
import { timestamp } from './tell.js';

/** A trial that has begun: the context of its sampler, which is the log up to its beginning, and how it chooses. */
export type Beginning = {
  readonly context: SamplingContext;
  readonly record: TrialRecord;
  readonly choose: Chooser;
};

export type BeginOptions = {
  readonly sampler: Sampler;
  readonly seed: number;
  /** Parameters that are chosen at once and stand in the operation that creates the trial. */
  readonly space: ParameterRanges;
  /** Whether the study, in its state at that moment, may have another trial. */
  readonly mayBegin: (study: StudyRecord) => boolean;
};

/**
 * Begins a trial: an enqueued one if there is one, else a new one; null if the study may not have another.
 *
 * Reading, choosing and writing are one transaction, so that workers never take the same trial or exceed a budget together,
 * and the sampler has seen exactly what precedes the trial in the log.
 */
export async function beginTrial(
  ledger: Ledger,
  study: () => StudyRecord,
  { sampler, seed, space, mayBegin }: BeginOptions,
): Promise<Beginning | null> {
  let beginning: Beginning | null = null;
  await ledger.transact((replay) => {
    const now = study();
    if (!mayBegin(now)) return [];
    const { id: study_id, trials } = now;
    const started = new Date();
    const datetime_start = timestamp(started);
    const running = stateCodes.indexOf('running');
    const waiting = trials.find((trial) => trial.state === 'waiting');
    if (waiting) {
      const record: TrialRecord = { ...waiting, state: 'running', started, worker: ledger.worker };
      beginning = beginningOf(now, record, sampler, seed);
      return [{ op_code: 6, trial_id: waiting.id, state: running, values: null, datetime_start }];
    }
    const record = newTrial(trials.length, replay.nextTrialId(), started, ledger.worker);
    beginning = beginningOf(now, record, sampler, seed);
    const creation: Entry = { op_code: 4, study_id, datetime_start, state: running };
    const ranges = Object.entries(space);
    if (ranges.length === 0) return [creation];
    const { choose } = beginning;
    const internal = ranges.map(([name, distribution]) => [name, choose(name, distribution)] as const);
    const params = internal.map(([name, value]) => [name, toExternal(space[name], value)] as const);
    beginning = {
      ...beginning,
      record: { ...record, params: Object.fromEntries(params), distributions: space },
    };
    const texts = ranges.map(([name, distribution]) => [name, distributionToText(distribution)] as const);
    return [{ ...creation, distributions: Object.fromEntries(texts), params: Object.fromEntries(internal) }];
  });
  return beginning;
}

/** The beginning of a trial, in the state of the study before it. */
export function beginningOf(
  { direction, trials }: StudyRecord,
  record: TrialRecord,
  sampler: Sampler,
  seed: number,
): Beginning {
  const first = firstAttempt(record);
  const stream = trials.filter(
    (trial) => trial.number < first && firstAttempt(trial) === trial.number,
  ).length;
  const context = { direction, trials: replaced(trials, record), seed, number: record.number, stream };
  return { context, record, choose: createChooser(sampler, context) };
}

function newTrial(number: number, id: number, started: Date, worker: string): TrialRecord {
  return {
    number,
    id,
    state: 'running',
    value: null,
    params: {},
    distributions: {},
    intermediateValues: new Map(),
    userAttributes: {},
    systemAttributes: {},
    started,
    completed: null,
    worker,
  };
}

/** The trials with this one at its number: in place of another, or at the end. */
function replaced(trials: readonly TrialRecord[], record: TrialRecord): readonly TrialRecord[] {
  return [...trials.slice(0, record.number), record, ...trials.slice(record.number + 1)];
}
