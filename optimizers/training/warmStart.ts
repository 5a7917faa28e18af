/**
 * Warm starts of optimizers: functions of an earlier training's state and step count, to be combined, as in
 * `trainer(adam(), params, {lr}, resetStep(permuteMoment(earlier, 'v', generator)))`. None of them passes on a
 * hyper-parameter.
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

/** The state, unchanged, with a step count of 0, so that biases are corrected as at the beginning. */
export const resetStep = (prior: Prior): Prior => ({ ...checked('resetStep', prior), steps: 0 });

/** The state with a moment, such as `m` or `v` of Adam, set to zero. */
export const dropMoment = (prior: Prior, moment: string): Prior =>
  withMoment('dropMoment', prior, moment, zerosLike);

/** The state with a moment permuted at random within each parameter tensor: values are kept, not their places. */
export const permuteMoment = (prior: Prior, moment: string, generator: Generator): Prior => {
  if (!((generator as unknown) instanceof Generator))
    throw new UsageError(`permuteMoment: takes a Generator to draw from, got ${describe(generator)}.`);
  return withMoment('permuteMoment', prior, moment, (values) => {
    const elements = values.toTypedArray();
    const order = generator.permutation(values.size);
    return ownTypedArray(
      elements.map((_, i) => elements[order[i]]),
      values.shape,
    );
  });
};

/** The state with every element of a moment replaced by its mean over the parameter tensor. */
export const averageMoment = (prior: Prior, moment: string): Prior =>
  withMoment('averageMoment', prior, moment, (values) => expand(mean(values), values.shape));

/** State and step count alone. @throws UsageError unless `prior` has both. */
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
