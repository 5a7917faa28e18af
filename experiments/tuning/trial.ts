import { UsageError } from '../../engine/core/errors.js';
import { fixedParams } from './attributes.js';
import {
  categoricalDistribution,
  type Choice,
  contains,
  describeDistribution,
  type Distribution,
  floatDistribution,
  type FloatOptions,
  intDistribution,
  type IntOptions,
  onlyValue,
  sameDistribution,
  toExternal,
  toInternal,
} from './distributions.js';
import { distributionToText } from './distributionText.js';
import { SearchSpaceError } from './errors.js';
import type { Ledger } from './ledger.js';
import type { Pruner } from './pruners/pruner.js';
import type { Json, ParameterValues, TrialRecord } from './records.js';
import type { Sampler, SamplingContext } from './samplers/sampler.js';

/** A running trial, as its objective sees it. Everything that it is told is in the log when the call returns. */
export type Trial<Parameters extends ParameterValues = ParameterValues> = {
  /** 0, 1, 2, ... in the order of creation within its study. */
  readonly number: number;
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

/** What a trial needs of its study. `context` is the study as it was when the trial was asked for. */
export type TrialSurroundings = {
  readonly ledger: Ledger;
  readonly studyName: string;
  readonly sampler: Sampler;
  readonly pruner: Pruner;
  readonly context: SamplingContext;
};

/** The handle of a trial that has just been created or claimed. */
export function openTrial(surroundings: TrialSurroundings): Trial {
  const { ledger, studyName, sampler, pruner, context } = surroundings;
  let record = context.trials[context.number];
  const fixed = (record.systemAttributes[fixedParams] ?? {}) as ParameterValues;
  const joint = sampler.sampleJointly?.(context);

  function suggest(name: string, distribution: Distribution): Choice {
    if (name in record.distributions) {
      requireSame(name, distribution, record.number, record.distributions[name]);
      return record.params[name];
    }
    const earlier = context.trials.findLast((trial) => name in trial.distributions);
    if (earlier) requireSame(name, distribution, earlier.number, earlier.distributions[name]);
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

  function choose(name: string, distribution: Distribution): number {
    if (name in fixed) return internalOfFixed(name, distribution, fixed[name]);
    const only = onlyValue(distribution);
    if (only !== null) return only;
    const drawn = joint?.get(name);
    if (drawn && contains(distribution, drawn.internal)) return drawn.internal;
    return sampler.sample(context, name, distribution);
  }

  function note(key: string, value: number): void {
    record = { ...record, systemAttributes: { ...record.systemAttributes, [key]: value } };
    ledger.append([{ op_code: 9, trial_id: record.id, system_attr: { [key]: value } }]);
  }

  return {
    number: record.number,
    get record() {
      return record;
    },
    suggestFloat: (name, low, high, options) =>
      suggest(name, floatDistribution(name, low, high, options)) as number,
    suggestInt: (name, low, high, options) =>
      suggest(name, intDistribution(name, low, high, options)) as number,
    suggestCategorical: <const C extends Choice>(name: string, choices: readonly C[]) =>
      suggest(name, categoricalDistribution(name, choices)) as C,
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
      record = { ...record, intermediateValues: new Map(record.intermediateValues).set(step, value) };
      ledger.append([{ op_code: 7, trial_id: record.id, step, intermediate_value: value }]);
    },
    shouldPrune() {
      ledger.refresh();
      const trials = ledger.replay.study(studyName)?.trials ?? context.trials;
      return record.intermediateValues.size > 0 && pruner.shouldPrune({ ...context, trials }, record, note);
    },
    setUserAttribute(key, value) {
      record = { ...record, userAttributes: { ...record.userAttributes, [key]: value } };
      ledger.append([{ op_code: 8, trial_id: record.id, user_attr: { [key]: value } }]);
    },
  };
}

/** The parts of a study's trials would not be comparable if their parameters had different ranges. */
function requireSame(name: string, now: Distribution, number: number, before: Distribution): void {
  if (sameDistribution(now, before)) return;
  throw new SearchSpaceError(
    `suggest('${name}'): it is ${describeDistribution(now)} here and was ${describeDistribution(before)} in trial ${number}; ` +
      'give it the same range in every trial, another name, or begin a new study.',
  );
}

function internalOfFixed(name: string, distribution: Distribution, value: Choice): number {
  const internal = toInternal(distribution, value);
  if (contains(distribution, internal)) return internal;
  throw new SearchSpaceError(
    `suggest('${name}'): the enqueued value ${JSON.stringify(value)} is not in ${describeDistribution(distribution)}; ` +
      'enqueue a value of the range, or widen the range.',
  );
}
