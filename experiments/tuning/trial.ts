import { UsageError } from '../../engine/core/errors.js';
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
} from './distributions.js';
import { distributionToText } from './distributionText.js';
import { requireJson } from './json.js';
import type { Ledger } from './ledger.js';
import type { Pruner } from './pruners/pruner.js';
import type { Json, ParameterValues, StudyRecord, TrialRecord } from './records.js';

/** A running trial, as its objective sees it. Everything that it is told is in the log when the call returns. */
export type Trial<Parameters extends ParameterValues = ParameterValues> = {
  /** 0, 1, 2, ... in the order of creation within its study. */
  readonly number: number;
  /** The parameters chosen so far. */
  readonly params: Readonly<Partial<Parameters>>;
  /** The trial as it stands. */
  readonly record: TrialRecord<Parameters>;
  /**
   * A float of [low, high]; uniform in log(x) with `log`, on multiples of `step` above low with `step`.
   *
   * A parameter may be asked for again, and then has the same value. Throws SearchSpaceError for a range that cannot be
   * searched, or that differs from the parameter's range in an earlier trial of the study.
   */
  suggestFloat(name: keyof Parameters & string, low: number, high: number, options?: FloatOptions): number;
  /** An integer of [low, high]; otherwise as `suggestFloat`. */
  suggestInt(name: keyof Parameters & string, low: number, high: number, options?: IntOptions): number;
  /** One of the choices, which have no order; otherwise as `suggestFloat`. */
  suggestCategorical<const C extends Choice>(name: keyof Parameters & string, choices: readonly C[]): C;
  /** Notes the objective's value at a step 0, 1, 2, ... of the trial, for pruners and plots. NaN is allowed. */
  report(step: number, value: number): void;
  /** Whether the study's pruner would give this trial up. The objective then throws `TrialPruned`, or goes on. */
  shouldPrune(): boolean;
  setUserAttribute(key: string, value: Json): void;
};

/** The handle of a trial that has just begun; `study` is the study as it is now, and `space` what to choose at once. */
export function openTrial(
  { context, record: begun, choose }: Beginning,
  ledger: Ledger,
  pruner: Pruner,
  study: () => StudyRecord,
  space: ParameterRanges,
): Trial {
  let record = begun;

  function suggest(name: string, distribution: Distribution): Choice {
    if (name in record.distributions) {
      requireSame(name, distribution, record.number, record.distributions[name]);
      return record.params[name];
    }
    const internal = choose(name, distribution);
    const value = toExternal(distribution, internal);
    record = {
      ...record,
      params: { ...record.params, [name]: value },
      distributions: { ...record.distributions, [name]: distribution },
    };
    ledger.append([
      {
        op_code: 5,
        trial_id: record.id,
        param_name: name,
        param_value_internal: internal,
        distribution: distributionToText(distribution),
      },
    ]);
    return value;
  }

  /** Keeps what a pruner notes. */
  function note(key: string, value: number): void {
    record = { ...record, systemAttributes: { ...record.systemAttributes, [key]: value } };
    ledger.append([{ op_code: 9, trial_id: record.id, system_attr: { [key]: value } }]);
  }

  for (const [name, distribution] of Object.entries(space)) suggest(name, distribution);
  return {
    number: record.number,
    get params() {
      return record.params;
    },
    get record() {
      return record;
    },
    suggestFloat: (name, low, high, options) =>
      suggest(
        name,
        floatDistribution(low, high, options, `suggestFloat('${name}', ${low}, ${high})`),
      ) as number,
    suggestInt: (name, low, high, options) =>
      suggest(name, intDistribution(low, high, options, `suggestInt('${name}', ${low}, ${high})`)) as number,
    suggestCategorical: <const C extends Choice>(name: string, choices: readonly C[]) =>
      suggest(name, categoricalDistribution(choices, `suggestCategorical('${name}')`)) as C,
    report(step, value) {
      if (!Number.isSafeInteger(step) || step < 0) {
        throw new UsageError(
          `report: step ${step} is no whole number >= 0; the order is report(step, value).`,
        );
      }
      if (record.intermediateValues.has(step)) {
        throw new UsageError(
          `report: trial ${record.number} has reported step ${step} before; count the steps on.`,
        );
      }
      if (typeof value !== 'number') {
        throw new UsageError(`report: ${String(value)} at step ${step} is no number; NaN is allowed.`);
      }
      record = { ...record, intermediateValues: new Map(record.intermediateValues).set(step, value) };
      ledger.append([{ op_code: 7, trial_id: record.id, step, intermediate_value: value }]);
    },
    shouldPrune() {
      ledger.refresh();
      const { direction } = context;
      return (
        record.intermediateValues.size > 0 &&
        pruner.shouldPrune({ direction, trials: study().trials }, record, note)
      );
    },
    setUserAttribute(key, value) {
      requireJson(`setUserAttribute('${key}')`, value);
      record = { ...record, userAttributes: { ...record.userAttributes, [key]: value } };
      ledger.append([{ op_code: 8, trial_id: record.id, user_attr: { [key]: value } }]);
    },
  };
}
