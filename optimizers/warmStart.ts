/**
 * What of an earlier training's optimizer goes into a new one: small functions on its state and step count, to be
 * combined. `trainer(adam(), params, {lr}, resetStep(permuteMoment(earlier, 'v', generator)))`. None of them brings a
 * hyper-parameter along.
 */
import { ownTypedArray } from '../engine/core/create.js';
import type { Generator } from '../engine/core/rng.js';
import { type Tensor, UsageError, expand, mapTree, mean, zerosLike } from '../engine/index.js';
import type { State } from './rule.js';
import type { Progress } from './trainer.js';

/** What a trainer may begin with. */
export type Prior = Pick<Progress<unknown>, 'state' | 'steps'>;

/** State and step count as they are. */
export const keepStep = ({ state, steps }: Prior): Prior => ({ state, steps });

/** The state as it is; updates are counted from 0 again, so that biases are corrected as at the beginning. */
export const resetStep = ({ state }: Prior): Prior => ({ state, steps: 0 });

/** A moment, as `m` or `v` of Adam, set to zero. */
export const dropMoment = (prior: Prior, moment: string): Prior => withMoment(prior, moment, zerosLike);

/** A moment with its numbers in random order within each parameter tensor: their sizes are kept, not what they belong to. */
export const permuteMoment = (prior: Prior, moment: string, generator: Generator): Prior =>
  withMoment(prior, moment, (values) => {
    const numbers = values.toTypedArray();
    const order = generator.permutation(values.size);
    return ownTypedArray(
      numbers.map((_, i) => numbers[order[i]]),
      values.shape,
    );
  });

/** A moment with its mean over each parameter tensor in place of every number. */
export const averageMoment = (prior: Prior, moment: string): Prior =>
  withMoment(prior, moment, (values) => expand(mean(values), values.shape));

function withMoment({ state, steps }: Prior, moment: string, f: (values: Tensor) => Tensor): Prior {
  if (!(moment in state))
    throw new UsageError(
      `warm start: the state has no '${moment}'; it has ${Object.keys(state).join(', ')}.`,
    );
  const changed: State = { ...state, [moment]: mapTree(state[moment], f) };
  return { state: changed, steps };
}
