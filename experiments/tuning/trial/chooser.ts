import { fixedParamsOf } from '../log/attributes.js';
import {
  type Choice,
  contains,
  describeDistribution,
  type Distribution,
  onlyValue,
  sameDistribution,
  toInternal,
} from '../space/distributions.js';
import { SearchSpaceError } from '../space/errors.js';
import type { Sampler, SamplingContext } from '../samplers/sampler.js';

/** Chooses a parameter of one trial and returns its internal number. */
export type Chooser = (name: string, distribution: Distribution) => number;

/**
 * Chooses the parameters of the trial that `context` is about: the enqueued value, else one drawn jointly, else one drawn
 * independently.
 *
 * Throws a SearchSpaceError for a parameter whose range differs from that in an earlier trial, or does not contain the enqueued
 * value.
 */
export function createChooser(sampler: Sampler, context: SamplingContext): Chooser {
  const fixed = fixedParamsOf(context.trials[context.number]);
  let joint: ReturnType<NonNullable<Sampler['sampleJointly']>> | undefined;

  return (name, distribution) => {
    const earlier = context.trials.findLast((trial) => Object.hasOwn(trial.distributions, name));
    if (earlier) requireSame(name, distribution, earlier.number, earlier.distributions[name]);
    if (Object.hasOwn(fixed, name)) return internalOfFixed(name, distribution, fixed[name]);
    const only = onlyValue(distribution);
    if (only !== null) return only;
    joint ??= sampler.sampleJointly?.(context) ?? new Map();
    const drawn = joint.get(name);
    if (drawn && contains(distribution, drawn.internal)) return drawn.internal;
    return sampler.sample(context, name, distribution);
  };
}

/** Throws a SearchSpaceError if a parameter's range differs from that in another trial: the trials could not be compared. */
export function requireSame(name: string, now: Distribution, number: number, before: Distribution): void {
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
