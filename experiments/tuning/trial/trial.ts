import { UsageError } from '../../../engine/core/errors.js';
import { describe, isText, requireKind } from '../../../engine/core/options.js';
import type { Beginning } from './begin.js';
import { requireSame } from './chooser.js';
import {
  categoricalDistribution,
  type Choice,
  type Distribution,
  floatDistribution,
  type FloatOptions,
  intDistribution,
  type IntOptions,
  type ParameterRanges,
  toExternal,
} from '../space/distributions.js';
import { distributionToText } from '../log/distributionText.js';
import { SearchSpaceError } from '../space/errors.js';
import { requireJson } from '../log/json.js';
import type { Entry, Ledger } from '../log/ledger.js';
import type { Pruner } from '../pruners/pruner.js';
import { asSpaceError } from '../space/ranges.js';
import type { Json, ParameterValues, StudyRecord, TrialRecord } from '../log/records.js';
import { Reports } from '../log/reports.js';

/**
 * A running trial, as its objective sees it. What it receives is in the log when the call returns (if another process has
 * locked the log: later, but before the end of the trial).
 */
export type Trial<Parameters extends ParameterValues = ParameterValues> = {
  /** 0, 1, 2, ... in the order of creation within its study. */
  readonly number: number;
  /** The parameters chosen so far. */
  readonly params: Readonly<Partial<Parameters>>;
  /** The present state of the trial. */
  readonly record: TrialRecord<Parameters>;
  /**
   * A float of [low, high]; uniform in log(x) with `log`, on multiples of `step` above low with `step`.
   *
   * `true` as the last argument is `{ log: true }`. A parameter that is asked for again has the same value. Throws a
   * SearchSpaceError for a range that cannot be searched, or that differs from the parameter's range in an earlier trial.
   */
  suggestFloat(name: keyof Parameters & string, low: number, high: number, options?: FloatOptions): number;
  /** An integer of [low, high]; otherwise as `suggestFloat`. */
  suggestInt(name: keyof Parameters & string, low: number, high: number, options?: IntOptions): number;
  /** One of the choices, which have no order; otherwise as `suggestFloat`. */
  suggestCategorical<const C extends Choice>(name: keyof Parameters & string, choices: readonly C[]): C;
  /** Records the objective's value at a step 0, 1, 2, ... of the trial, for pruners and plots. NaN is allowed. */
  report(step: number, value: number): void;
  /** Whether the study's pruner would stop this trial. The objective then throws `TrialPruned`, or continues. */
  shouldPrune(): boolean;
  setUserAttribute(key: string, value: Json): void;
};

/** The handle of a trial that has just begun; `study` returns the present state of the study, `space` is chosen at once. */
export function openTrial(
  { context, record: begun, choose }: Beginning,
  ledger: Ledger,
  pruner: Pruner,
  study: () => StudyRecord,
  space: ParameterRanges,
): Trial {
  let record = begun;

  /** Throws a UsageError if the trial has ended, here or by another worker that assumed this one to be dead. */
  function requireRunning(method: string): void {
    const state = ledger.replay.trial(record.id)?.state;
    if (state === 'running') return;
    throw new UsageError(
      `${method}: trial ${record.number} is ${state ?? 'not there any more'}; only a running trial can be asked and told.`,
    );
  }

  /** Appends an operation about this trial to the log, unless the trial has ended there. */
  function write(method: string, entry: Entry): void {
    requireRunning(method);
    ledger.write((replay) => (replay.trial(record.id)?.state === 'running' ? [entry] : []));
    requireRunning(method);
  }

  function suggest(method: string, name: unknown, distribution: Distribution): Choice {
    requireRunning(method);
    if (typeof name !== 'string')
      throw new SearchSpaceError(
        `${method}: the name of a parameter must be a string; got ${describe(name)}.`,
      );
    if (Object.hasOwn(record.distributions, name)) {
      requireSame(name, distribution, record.number, record.distributions[name]);
      return record.params[name];
    }
    const internal = choose(name, distribution);
    const value = toExternal(distribution, internal);
    write(method, {
      op_code: 5,
      trial_id: record.id,
      param_name: name,
      param_value_internal: internal,
      distribution: distributionToText(distribution),
    });
    record = {
      ...record,
      params: { ...record.params, [name]: value },
      distributions: { ...record.distributions, [name]: distribution },
    };
    return value;
  }

  /** Keeps a number of the pruner's with the trial. */
  function note(key: string, value: number): void {
    write('shouldPrune', { op_code: 9, trial_id: record.id, system_attr: { [key]: value } });
    record = { ...record, systemAttributes: { ...record.systemAttributes, [key]: value } };
  }

  function suggestNumber(
    method: 'suggestFloat' | 'suggestInt',
    distribution: typeof floatDistribution | typeof intDistribution,
    [name, low, high, options]: readonly [
      name: string,
      low: number,
      high: number,
      options?: FloatOptions | undefined,
    ],
  ): number {
    const where = `${method}(${describe(name)}, ${String(low)}, ${String(high)})`;
    return suggest(
      method,
      name,
      asSpaceError(() => distribution(low, high, options, where)),
    ) as number;
  }

  for (const [name, distribution] of Object.entries(space)) suggest('ask', name, distribution);
  return {
    number: record.number,
    get params() {
      return record.params;
    },
    get record() {
      return record;
    },
    suggestFloat: (...args) => suggestNumber('suggestFloat', floatDistribution, args),
    suggestInt: (...args) => suggestNumber('suggestInt', intDistribution, args),
    suggestCategorical: <const C extends Choice>(name: string, choices: readonly C[]) =>
      suggest(
        'suggestCategorical',
        name,
        categoricalDistribution(choices, `suggestCategorical(${describe(name)})`),
      ) as C,
    report(step, value) {
      if (!Number.isSafeInteger(step) || step < 0) {
        throw new UsageError(
          `report: step ${String(step)} is no integer >= 0; the order is report(step, value).`,
        );
      }
      if (record.intermediateValues.has(step)) {
        throw new UsageError(
          `report: trial ${record.number} has reported step ${step} before; count the steps on.`,
        );
      }
      if (typeof value !== 'number') {
        throw new UsageError(`report: ${describe(value)} at step ${step} is no number; NaN is allowed.`);
      }
      write('report', { op_code: 7, trial_id: record.id, step, intermediate_value: value });
      record = { ...record, intermediateValues: Reports.of(record.intermediateValues).with(step, value) };
    },
    shouldPrune() {
      ledger.refresh();
      requireRunning('shouldPrune');
      const { direction } = context;
      return (
        record.intermediateValues.size > 0 &&
        pruner.shouldPrune({ direction, trials: study().trials }, record, note)
      );
    },
    setUserAttribute(key, value) {
      requireKey('setUserAttribute', key);
      const kept = requireJson(`setUserAttribute('${key}')`, value);
      write('setUserAttribute', { op_code: 8, trial_id: record.id, user_attr: { [key]: kept } });
      record = { ...record, userAttributes: { ...record.userAttributes, [key]: kept } };
    },
  };
}

/** Throws a UsageError unless the key of an attribute is a string, as the keys of JSON are. */
export function requireKey(caller: string, key: unknown): void {
  requireKind(caller, 'the key', key, isText);
}

/** The function that is optimized: asks the trial for its parameters and returns a number. */
export type Objective<Parameters extends ParameterValues = ParameterValues> = (
  trial: Trial<Parameters>,
) => number | Promise<number>;
