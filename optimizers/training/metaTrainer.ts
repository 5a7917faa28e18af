import { type Kinds, isNumber, readOptions } from '../../engine/core/options.js';
import type { TensorTree } from '../../engine/index.js';
import { firstState } from '../agreement.js';
import {
  isLeaks,
  isRecord,
  isSplit,
  isTree,
  readBeginning,
  requireLearned,
  requireParameters,
} from '../arguments.js';
import { type Drawn, type Leaks, type Origin, refuseLeak } from './drawn.js';
import type { HyperInput } from '../hyper.js';
import { type LearnedOptimizer, type Optimizer, retuned } from '../learned/learned.js';
import {
  type MetaBatches,
  type MetaProblem,
  type MetaProgress,
  type MetaStepped,
  batchesKinds,
  metaStep,
  problemKinds,
  problemRequired,
} from './metaStep.js';
import type { State } from '../rule.js';

/** What may differ from one meta-training to the next of the same kind. */
export interface MetaBeginning<Theta, Name extends string, Leak extends string> {
  /** Where theta begins, as in `learned.init(generator)`. */
  readonly theta: Theta;
  /** In place of those that the learned optimizer has, where they are not learned. */
  readonly hyper?: HyperInput<string>;
  readonly metaHyper: HyperInput<Name>;
  /** The split that the result will be reported on, from which nothing may be learned. */
  readonly reported?: Origin;
  /** What is learned from although it should not be, by name: `{metaVal: 'test'}` meta-trains on the test split. */
  readonly leaks?: Leaks<Leak>;
  /** What earlier training and meta-training left; all begins afresh unless given. */
  readonly state?: State;
  readonly steps?: number;
  readonly metaState?: State;
  readonly metaSteps?: number;
}

/** Of where a meta-training begins. */
export const metaBeginningKinds: Kinds<MetaBeginning<TensorTree, string, string>> = {
  theta: isTree,
  hyper: isRecord,
  metaHyper: isRecord,
  reported: isSplit,
  leaks: isLeaks,
  state: isRecord,
  steps: isNumber,
  metaState: isRecord,
  metaSteps: isNumber,
};

export interface MetaTrainerOptions<
  P,
  Theta extends TensorTree,
  Batch,
  Name extends string,
  Leak extends string,
>
  extends
    Omit<MetaProblem<P, Theta, Batch, Name>, 'learned' | 'hyper' | 'metaHyper'>,
    MetaBeginning<Theta, Name, Leak> {}

export interface MetaTrainer<P, Theta, Batch, Leak extends string = never>
  extends MetaProgress<P, Theta>, Optimizer {
  /** One meta-step and as many updates as there are training batches; see `metaStep`. */
  step(
    batches: MetaBatches<Batch & Drawn<'train' | Leak>, Batch & Drawn<'metaVal' | Leak>>,
  ): Omit<MetaStepped<P, Theta>, 'progress'>;
}

/** Throws unless the batches of a meta-step come from the splits of their uses; see `refuseLeak`. */
export function refuseLeaks(
  driver: string,
  batches: MetaBatches<Drawn>,
  reported: Origin | undefined,
  leaks: Leaks,
): void {
  const { train, metaVal } = readOptions<MetaBatches<Drawn>>(driver, batches, batchesKinds, {
    required: ['train', 'metaVal'],
  });
  for (const batch of train) refuseLeak(driver, 'train', batch, reported, leaks);
  refuseLeak(driver, 'metaVal', metaVal, reported, leaks);
}

/**
 * Online meta-learning: trains `params` with a learned optimizer while its theta is learned from another split. `rule` and
 * `hyper` are the optimizer at the present theta. Each step takes the training batches of as many updates as are to be
 * looked ahead (one is first order, more are second order) and one validation batch, and refuses batches of other splits
 * than `train` and `metaVal`, and of the split that is reported.
 */
export function metaTrainer<
  P extends TensorTree,
  Theta extends TensorTree,
  Batch,
  Name extends string,
  Leak extends string = never,
>(
  learned: LearnedOptimizer<Theta>,
  params: P,
  options: MetaTrainerOptions<P, Theta, Batch, Name, Leak>,
): MetaTrainer<P, Theta, Batch, Leak> {
  requireLearned('metaTrainer', learned);
  requireParameters('metaTrainer', params);
  const kinds: Kinds<MetaTrainerOptions<unknown, TensorTree, unknown, string, string>> = {
    ...problemKinds,
    ...metaBeginningKinds,
  };
  readBeginning('metaTrainer', options, kinds, [...problemRequired, 'theta', 'metaHyper']);
  const { theta, hyper = {}, metaRule, reported, leaks = {} } = options;
  requireParameters('metaTrainer', theta, 'meta-parameters');
  const problem: MetaProblem<P, Theta, Batch, Name> = { ...options, learned };
  let now: MetaProgress<P, Theta> = {
    params,
    state: firstState(learned.at(theta).rule, params, options.state),
    steps: options.steps ?? 0,
    learned: {
      theta,
      state: firstState(metaRule, theta, options.metaState),
      steps: options.metaSteps ?? 0,
    },
  };
  return {
    get params() {
      return now.params;
    },
    get state() {
      return now.state;
    },
    get steps() {
      return now.steps;
    },
    get learned() {
      return now.learned;
    },
    get rule() {
      return learned.at(now.learned.theta).rule;
    },
    get hyper() {
      return retuned(learned, learned.at(now.learned.theta).hyper, hyper);
    },
    step(batches) {
      refuseLeaks('metaTrainer', batches, reported, leaks);
      const { progress, ...rest } = metaStep<P, Theta, Batch, Name>(problem, now, batches);
      now = progress;
      return rest;
    },
  };
}
