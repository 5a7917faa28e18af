import { isFunction, readOptions } from '../../../engine/core/options.js';
import type { NumericDistribution } from '../space/distributions.js';
import { derivedDraws, type DrawSource } from './randomness.js';
import type { Sampler } from './sampler.js';

/**
 * Draws parameters independently and uniformly: in log(x) for log ranges, with equal probability for every integer, step and
 * choice. With the same uniform numbers the draws are those of Optuna's RandomSampler.
 */
export function randomSampler(options: { readonly draws?: DrawSource } = {}): Sampler {
  const { draws = derivedDraws } = readOptions<{ readonly draws?: DrawSource }>('randomSampler', options, {
    draws: isFunction,
  });
  return {
    name: 'random',
    sample(context, name, distribution) {
      const uniforms = draws(context.seed, context.stream, name);
      if (distribution.kind === 'categorical') return argmax(uniforms(distribution.choices.length));
      const { low, high } = transformedRange(distribution);
      return fromTransformed(distribution, low + (high - low) * uniforms(1)[0]);
    },
  };
}

/** The interval in which a parameter is uniform: in logarithms, and half a step wider at both ends where it has steps. */
export function transformedRange(distribution: NumericDistribution): {
  readonly low: number;
  readonly high: number;
} {
  const { kind, low, high, log, step } = distribution;
  const half = step === null ? 0 : step / 2;
  if (!log) return { low: low - half, high: high + half };
  const widened = kind === 'int' ? half : 0;
  return { low: Math.log(low - widened), high: Math.log(high + widened) };
}

/** The parameter at a point of its transformed range, rounded to its steps and kept within its range. */
export function fromTransformed(distribution: NumericDistribution, point: number): number {
  const { kind, low, high, log, step } = distribution;
  const value = log ? Math.exp(point) : point;
  if (log && kind === 'int') return clip(roundHalfEven(value), low, high);
  if (step !== null) return clip(roundHalfEven((value - low) / step) * step + low, low, high);
  return clip(value, low, high);
}

function clip(value: number, low: number, high: number): number {
  return Math.min(Math.max(value, low), high);
}

function roundHalfEven(value: number): number {
  const rounded = Math.round(value);
  return rounded - value === 0.5 && rounded % 2 !== 0 ? rounded - 1 : rounded;
}

function argmax(values: ArrayLike<number>): number {
  return Array.from(values).indexOf(Math.max(...Array.from(values)));
}
