import { isBoolean, isFunction, isIntegerFrom, isOneOf, readOptions } from '../../../engine/core/options.js';
import { isSampler } from '../space/kinds.js';
import { derivedDraws, type DrawSource } from './randomness.js';
import { observe, type Split, splitTrials } from './observations.js';
import { fitParzen, type ParzenEstimator, type SearchSpace } from './parzen.js';
import { conventions, type TpeConventions, type TpeProfile } from './profile.js';
import { randomSampler } from './random.js';
import type { Sampler, SamplingContext } from './sampler.js';
import { intersectionSpace } from './searchSpace.js';

export type TpeOptions = {
  readonly profile?: TpeProfile;
  /** Number of complete or pruned trials from which on the model is used, default 10; until then `startup` draws. */
  readonly startupTrials?: number;
  /** Number of draws from the good trials' density that compete; default 24. */
  readonly candidates?: number;
  /** Default as in the profile; see `TpeConventions`. */
  readonly multivariate?: boolean;
  readonly constantLiar?: boolean;
  readonly draws?: DrawSource;
  /** The sampler of the start-up trials; default `randomSampler()`. */
  readonly startup?: Sampler;
};

/**
 * The tree-structured Parzen estimator (Bergstra et al., NeurIPS 2011), as in Optuna.
 *
 * The best tenth of the trials gives a density l(x), the others g(x); of several draws from l, the one with the largest
 * log l(x) - log g(x) is chosen. Profile 5.0 draws the parameters that all trials share jointly and the others independently;
 * 3.1 draws all of them independently.
 */
export function tpeSampler(options: TpeOptions = {}): Sampler {
  const read = readOptions<TpeOptions>('tpeSampler', options, {
    profile: isOneOf(...Object.keys(conventions)),
    startupTrials: isIntegerFrom(0),
    candidates: isIntegerFrom(1),
    multivariate: isBoolean,
    constantLiar: isBoolean,
    draws: isFunction,
    startup: isSampler,
  });
  const { profile = '5.0', startupTrials = 10, candidates = 24, draws = derivedDraws } = read;
  const convention = conventions[profile];
  const { multivariate = convention.multivariate, constantLiar = convention.constantLiar } = read;
  const { startup = randomSampler({ draws }) } = read;

  /** The trials to learn from, or null while there are too few. */
  function learned(context: SamplingContext): Split | null {
    const others = context.trials.filter((trial) => trial.number !== context.number);
    const split = splitTrials({ ...context, trials: others }, constantLiar);
    return split.finished < startupTrials ? null : split;
  }

  function drawBest(
    context: SamplingContext,
    split: Split,
    space: SearchSpace,
    joint: boolean,
  ): Map<string, number> {
    const { below, above } = fitTpe(convention, split, space, joint);
    const uniforms = draws(context.seed, context.stream, [...space.keys()].join());
    const drawn = below.draw(uniforms, candidates);
    const best = highestGain(below.logDensity(drawn), above.logDensity(drawn));
    return new Map([...drawn].map(([name, values]) => [name, values[best]]));
  }

  return {
    name: `tpe ${profile}`,
    sampleJointly(context) {
      if (!multivariate) return new Map();
      const split = learned(context);
      const space = intersectionSpace(context.trials, convention.sortedNames);
      if (split === null || space.size === 0) return new Map();
      const best = drawBest(context, split, space, true);
      return new Map(
        [...space].map(([name, distribution]) => [name, { distribution, internal: best.get(name)! }]),
      );
    },
    sample(context, name, distribution) {
      const split = learned(context);
      if (split === null) return startup.sample(context, name, distribution);
      return drawBest(context, split, new Map([[name, distribution]]), multivariate).get(name)!;
    },
  };
}

/** The densities of the good and of the other trials over a space. */
export function fitTpe(
  convention: TpeConventions,
  split: Split,
  space: SearchSpace,
  joint: boolean,
): { readonly below: ParzenEstimator; readonly above: ParzenEstimator } {
  return {
    below: fitParzen(space, observe(space, split.below), convention, joint),
    above: fitParzen(space, observe(space, split.above), convention, joint),
  };
}

/** The first index with the largest log l(x) - log g(x), which grows with the expected improvement. */
export function highestGain(logBelow: readonly number[], logAbove: readonly number[]): number {
  // Where both densities vanish the difference is NaN; such a draw is not chosen.
  const gains = logBelow.map((log, i) => (log === -Infinity ? log : log - logAbove[i]));
  return gains.indexOf(Math.max(...gains));
}
