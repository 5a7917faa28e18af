import { isFinite, isText, requireKind } from '../../../engine/core/options.js';
import { Generator } from '../../../engine/random/generator.js';
import { deriveSeed } from '../../../engine/random/seed.js';

/** The next `count` uniform numbers of [0, 1) of a stream. */
export type Uniforms = (count: number) => ArrayLike<number>;

/** The source of a sampler's random numbers: the stream for one purpose (a parameter's name) of one trial. */
export type DrawSource = (seed: number, trial: number, purpose: string) => Uniforms;

/**
 * A stream for each (study seed, trial number, purpose), independent of all others.
 *
 * So a draw depends neither on the order of the trials nor on the worker that runs them, and a parallel run can be replayed
 * from its log.
 */
export const derivedDraws: DrawSource = (seed, trial, purpose) => {
  requireKind('derivedDraws', 'the seed', seed, isFinite);
  requireKind('derivedDraws', 'the trial', trial, isFinite);
  requireKind('derivedDraws', 'the purpose', purpose, isText);
  const generator = new Generator(deriveSeed('metagrad.tuning', seed, trial, purpose));
  return (count) => generator.uniform(count, { dtype: 'float64' });
};
