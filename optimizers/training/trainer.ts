import { requireFunction } from '../../engine/core/arguments.js';
import type { GradOptions, TensorTree } from '../../engine/index.js';
import { isPaths, readBeginning } from '../arguments.js';
import type { HyperInput } from '../hyper.js';
import type { Rule } from '../rule.js';
import type { LossResult, NoBuffers } from './loss.js';
import { type Beginning, beginningKinds } from './progress.js';
import { type Run, trainingFor } from './training.js';

/** A run whose steps take the loss itself: `step((params) => loss)`. */
export type Trainer<P, Name extends string = string> = Run<P, (params: P) => LossResult, Name>;

/** What a trainer may continue from, and options of its gradients; parts that are left out start afresh. */
export interface TrainerOptions extends GradOptions, Pick<Beginning, 'state' | 'steps'> {}

/**
 * The shortest way to train: an eager `training` that receives the loss at each step. A trainer that continues from an
 * earlier `state` and `steps` uses the `hyper` of this call: a state contains none.
 */
export function trainer<P extends TensorTree, Name extends string>(
  rule: Rule<Name>,
  params: P,
  hyper?: HyperInput<Name>,
  options: TrainerOptions = {},
): Trainer<P, Name> {
  const { state, steps } = beginningKinds;
  const kinds = { state, steps, allowZero: isPaths };
  const { allowZero, ...from } = readBeginning<TrainerOptions>('trainer', options, kinds);
  const lossOf = (at: P, loss: (params: P) => LossResult): LossResult => {
    requireFunction('trainer', loss, 'a loss, a function of the parameters');
    return loss(at);
  };
  const eager = trainingFor<P, (params: P) => LossResult, Name, NoBuffers>('trainer', rule, lossOf, {
    ...(allowZero && { allowZero }),
  });
  return eager.start(params, hyper, from);
}
