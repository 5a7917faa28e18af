/**
 * What of an earlier training's optimizer goes into a new one: small functions on its state and step count, to be
 * combined. `trainer(adam(), params, {lr}, resetStep(permuteMoment(earlier, 'v', generator)))`. None of them brings a
 * hyper-parameter along.
 */
import { ownTypedArray } from '../../engine/core/create.js';
import { suggestion } from '../../engine/core/nearest.js';
import { describe, isPlainObject, isText, requireKind } from '../../engine/core/options.js';
import { Generator } from '../../engine/random/generator.js';
import { type Tensor, UsageError, expand, mapTree, mean, zerosLike } from '../../engine/index.js';
import type { State } from '../rule.js';
import type { Progress } from './progress.js';

/** State and step count of an earlier training. */
export type Prior = Pick<Progress<unknown>, 'state' | 'steps'>;

/** State and step count, unchanged. */
export const keepStep = (prior: Prior): Prior => checked('keepStep', prior);

/** The state, unchanged; updates are counted from 0 again, so that biases are corrected as at the beginning. */
export const resetStep = (prior: Prior): Prior => ({ ...checked('resetStep', prior), steps: 0 });

/** A moment, as `m` or `v` of Adam, set to zero. */
export const dropMoment = (prior: Prior, moment: string): Prior =>
  withMoment('dropMoment', prior, moment, zerosLike);

/** A moment with its numbers in random order within each parameter tensor: their sizes are kept, not what they belong to. */
export const permuteMoment = (prior: Prior, moment: string, generator: Generator): Prior => {
  if (!((generator as unknown) instanceof Generator))
    throw new UsageError(`permuteMoment: takes a Generator to draw from, got ${describe(generator)}.`);
  return withMoment('permuteMoment', prior, moment, (values) => {
    const numbers = values.toTypedArray();
    const order = generator.permutation(values.size);
    return ownTypedArray(
      numbers.map((_, i) => numbers[order[i]]),
      values.shape,
    );
  });
};

/** A moment with its mean over each parameter tensor in place of every number. */
export const averageMoment = (prior: Prior, moment: string): Prior =>
  withMoment('averageMoment', prior, moment, (values) => expand(mean(values), values.shape));

/** State and step count, and nothing else that a training has. */
function checked(caller: string, prior: Prior): Prior {
  if (!isPlainObject(prior) || !isPlainObject(prior.state) || typeof prior.steps !== 'number')
    throw new UsageError(
      `${caller}: takes the state and steps of a training, {state, steps}; got ${describe(prior)}.`,
    );
  const { state, steps } = prior;
  return { state, steps };
}

function withMoment(caller: string, prior: Prior, moment: string, f: (values: Tensor) => Tensor): Prior {
  const { state, steps } = checked(caller, prior);
  requireKind(caller, 'the moment', moment, isText);
  if (!Object.hasOwn(state, moment))
    throw new UsageError(
      `${caller}: the state has no '${moment}'; it has ${Object.keys(state).join(', ')}.` +
        suggestion(moment, Object.keys(state)),
    );
  const changed: State = { ...state, [moment]: mapTree(state[moment], f) };
  return { state: changed, steps };
}
