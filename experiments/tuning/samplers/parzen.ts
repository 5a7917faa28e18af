import type { Distribution } from '../space/distributions.js';
import type { Uniforms } from './randomness.js';
import { type CategoricalKernels, categoricalKernels } from './categoricalKernels.js';
import { type NumericKernels, numericKernels } from './numericKernels.js';
import type { TpeConventions } from './profile.js';

/** Parameters by name, with their values as internal numbers, one for each observation or draw. */
export type Samples = ReadonlyMap<string, readonly number[]>;

export type SearchSpace = ReadonlyMap<string, Distribution>;

/**
 * A mixture with one kernel for each observation and a last, wide one as the prior:
 * p(x) = sum_i w_i prod_d k_id(x_d), the product over the parameters.
 */
export type ParzenEstimator = {
  readonly weights: readonly number[];
  readonly kernels: ReadonlyMap<string, NumericKernels | CategoricalKernels>;
  /** log p of every sample. */
  readonly logDensity: (samples: Samples) => readonly number[];
  /** `count` draws: first the uniforms that choose the kernels, then those for each parameter's values. */
  readonly draw: (uniforms: Uniforms, count: number) => Samples;
};

/** Fits the mixture to observations, oldest first; `observations` holds a list for every parameter of the space. */
export function fitParzen(
  space: SearchSpace,
  observations: Samples,
  convention: TpeConventions,
  joint: boolean,
): ParzenEstimator {
  const count = [...observations.values()][0].length;
  const weights = normalise([...observationWeights(count), 1]);
  const width = joint && convention.scottWidth ? 0.2 * Math.max(count, 1) ** (-1 / (space.size + 4)) : null;
  const kernels = new Map<string, NumericKernels | CategoricalKernels>();
  for (const [name, distribution] of space) {
    const observed = observations.get(name)!;
    const kernel =
      distribution.kind === 'categorical'
        ? categoricalKernels(distribution, observed)
        : numericKernels(distribution, observed, convention, width);
    kernels.set(name, kernel);
  }
  const numeric = (name: string): boolean => space.get(name)?.kind !== 'categorical';
  const names = [...space.keys()];
  const drawOrder = convention.categoricalsFirst
    ? [...names.filter((name) => !numeric(name)), ...names.filter(numeric)]
    : names;

  function logDensityAt(at: (name: string) => number): number {
    const terms = weights.map((weight, index) => {
      let log = Math.log(weight);
      for (const [name, kernel] of kernels) log += kernel.logDensity(index, at(name));
      return log;
    });
    const largest = Math.max(...terms);
    if (largest === -Infinity) return largest;
    return largest + Math.log(terms.reduce((sum, term) => sum + Math.exp(term - largest), 0));
  }

  return {
    weights,
    kernels,
    logDensity: (samples) => {
      const length = [...samples.values()][0].length;
      return Array.from({ length }, (_, i) => logDensityAt((name) => samples.get(name)![i]));
    },
    draw(uniforms, size) {
      const chosen = Array.from(uniforms(size), (uniform) => pick(weights, uniform));
      const drawn = new Map(
        drawOrder.map((name) => {
          const quantiles = uniforms(size);
          return [name, chosen.map((index, i) => kernels.get(name)!.draw(index, quantiles[i]))];
        }),
      );
      return new Map(names.map((name) => [name, drawn.get(name)!]));
    },
  };
}

/** 1 for each of the newest 25 observations, rising to it from 1/n for the older ones; oldest first. */
function observationWeights(count: number): number[] {
  const ramp = Math.max(0, count - 25);
  return Array.from({ length: count }, (_, i) => {
    if (i >= ramp) return 1;
    return ramp === 1 ? 1 / count : 1 / count + (i * (1 - 1 / count)) / (ramp - 1);
  });
}

function normalise(weights: readonly number[]): number[] {
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  return weights.map((weight) => weight / total);
}

/** The first index at which the cumulative weight exceeds the uniform number. */
function pick(weights: readonly number[], uniform: number): number {
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  let cumulative = 0;
  const index = weights.findIndex((weight) => (cumulative += weight) / total > uniform);
  return index === -1 ? weights.length - 1 : index;
}
