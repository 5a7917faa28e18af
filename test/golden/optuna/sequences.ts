/** Acceptance (2): whole runs, trial by trial, each trial drawn after Optuna's history of the earlier ones. */
import {
  contains,
  type Distribution,
  toExternal,
  toInternal,
} from '../../../experiments/tuning/space/distributions.js';
import type { TrialRecord } from '../../../experiments/tuning/log/records.js';
import { splitTrials } from '../../../experiments/tuning/samplers/observations.js';
import type { SearchSpace } from '../../../experiments/tuning/samplers/parzen.js';
import { conventions, type TpeProfile } from '../../../experiments/tuning/samplers/profile.js';
import { randomSampler } from '../../../experiments/tuning/samplers/random.js';
import type { SamplingContext } from '../../../experiments/tuning/samplers/sampler.js';
import { fitTpe, tpeSampler } from '../../../experiments/tuning/samplers/tpe.js';
import type { Result } from '../result.js';
import { tolerance } from './differences.js';
import { type Golden, type GoldenStep, toDistribution, toTrial } from './format.js';
import { numpyUniforms, tie } from './models.js';

/** `name` is `objective/seedN/variant`. */
export function checkSequence(
  name: string,
  steps: readonly GoldenStep[],
  golden: Golden,
  profile: TpeProfile,
): Result {
  const [objective, seedText, variant] = name.split('/');
  const seed = Number(seedText.replace('seed', ''));
  const joint = variant !== 'independent';
  const startupUniforms = numpyUniforms(seed);
  const modelUniforms = numpyUniforms(seed);
  const sampler = tpeSampler({
    profile,
    multivariate: joint,
    constantLiar: joint,
    draws: () => modelUniforms,
    startup: randomSampler({ draws: () => startupUniforms }),
  });
  const distributions = distributionsOf(objective, steps, golden);
  const ties: number[] = [];

  const history: TrialRecord[] = [];
  for (const [number, step] of steps.entries()) {
    const record = toTrial({ state: 'running', intermediate_values: {} }, number);
    const context: SamplingContext = {
      direction: 'minimize',
      trials: [...history, record],
      seed,
      number,
      stream: number,
    };
    const drawn = sampler.sampleJointly?.(context) ?? new Map<string, { internal: number }>();
    const picks = new Map<string, number>();
    for (const parameter of Object.keys(step.params)) {
      const distribution = distributions.get(parameter)!;
      const internal = drawn.get(parameter)?.internal ?? sampler.sample(context, parameter, distribution);
      picks.set(parameter, internal);
    }
    const others = [...picks].filter(([parameter, internal]) => differs(internal, step.internal[parameter]));
    for (const [parameter, internal] of others) {
      const space: SearchSpace = drawn.has(parameter)
        ? new Map([...drawn.keys()].map((key) => [key, distributions.get(key)!]))
        : new Map([[parameter, distributions.get(parameter)!]]);
      const gap = gainGap(context, space, joint, profile, picks, step);
      if (!(gap < tie)) {
        const detail = `trial ${number}: ${parameter} is ${internal}, expected ${step.internal[parameter]}, gains ${gap} apart`;
        return { name, ok: false, detail };
      }
      ties.push(number);
    }
    history.push(finished(record, step, distributions));
  }
  const exact = ties.length === 0 ? 'all the same' : `the same but for ties in trials ${ties.join(', ')}`;
  return { name, ok: steps.length > 0, detail: `${steps.length} trials, ${exact}` };
}

function differs(actual: number, expected: number): boolean {
  return !(Math.abs(actual - expected) <= tolerance * Math.abs(expected));
}

function gainGap(
  context: SamplingContext,
  space: SearchSpace,
  joint: boolean,
  profile: TpeProfile,
  picks: ReadonlyMap<string, number>,
  step: GoldenStep,
): number {
  const { below, above } = fitTpe(conventions[profile], splitTrials(context, false), space, joint);
  const samples = new Map([...space.keys()].map((name) => [name, [picks.get(name)!, step.internal[name]]]));
  const [logBelow, logAbove] = [below.logDensity(samples), above.logDensity(samples)];
  return Math.abs(logBelow[0] - logAbove[0] - (logBelow[1] - logAbove[1]));
}

function finished(
  record: TrialRecord,
  { params, value }: GoldenStep,
  distributions: ReadonlyMap<string, Distribution>,
): TrialRecord {
  const suggested = Object.keys(params).map((name) => [name, distributions.get(name)!] as const);
  return { ...record, state: 'complete', value, params, distributions: Object.fromEntries(suggested) };
}

/** The file gives a run's parameters without their ranges: those of the history of the same name hold for it too. */
function distributionsOf(
  objective: string,
  steps: readonly GoldenStep[],
  { histories = {} }: Golden,
): ReadonlyMap<string, Distribution> {
  const known = Object.entries(histories).sort(
    ([a], [b]) => Number(b.startsWith(objective)) - Number(a.startsWith(objective)),
  );
  const candidates = known.flatMap(([, { trials }]) => trials.map((trial) => trial.distributions ?? {}));
  const names = new Set(steps.flatMap(({ params }) => Object.keys(params)));
  return new Map(
    [...names].map((name) => {
      const found = candidates
        .filter((distributions) => name in distributions)
        .map((distributions) => toDistribution(distributions[name]))
        .find((distribution) =>
          steps.every((step) => !(name in step.params) || fits(distribution, name, step)),
        );
      if (found === undefined) throw new Error(`no history of the file tells the range of '${name}'`);
      return [name, found];
    }),
  );
}

function fits(distribution: Distribution, name: string, { params, internal }: GoldenStep): boolean {
  return (
    contains(distribution, internal[name]) &&
    toExternal(distribution, toInternal(distribution, params[name])) === params[name]
  );
}
