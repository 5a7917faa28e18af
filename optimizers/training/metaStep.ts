import { type Kinds, isAny, isFunction, isList, isOneOf, readOptions } from '../../engine/core/options.js';
import { type Path, type Tensor, type TensorTree, UsageError, valueAndGrad } from '../../engine/index.js';
import { isPaths, isRule, requireParameters } from '../arguments.js';
import { type HyperInput, hyperFor } from '../hyper.js';
import { type LearnedOptimizer, retuned } from '../learned/learned.js';
import { type LossGradient, type LossResult, lossAndGrad, lossAndSeen } from './loss.js';
import { type Info, type Rule, type State, applyRule } from '../rule.js';
import type { Progress } from './trainer.js';
import { type Cuts, type Unrolled, cutKinds, isSequence, rollOut } from './unroll.js';
import { type UpdateCount, numberAfter, oneMore } from './updateCount.js';

/** Where the learning of theta stands. */
export interface LearnedProgress<Theta, Count extends UpdateCount = number> {
  readonly theta: Theta;
  readonly state: State;
  /** How many meta-updates have been made. */
  readonly steps: Count;
}

/** Where online meta-learning stands: the training, and the learning of what trains. */
export interface MetaProgress<P, Theta, Count extends UpdateCount = number> extends Progress<P, Count> {
  readonly learned: LearnedProgress<Theta, Count>;
}

/** What stays the same from one meta-step to the next. */
export interface MetaProblem<P, Theta extends TensorTree, Batch, Name extends string> extends Cuts {
  readonly learned: LearnedOptimizer<Theta>;
  /** In place of those that `learned` has, where they are not learned: one set for all updates, or one for each. */
  readonly hyper?: HyperInput<string> | readonly HyperInput<string>[];
  readonly loss: (params: P, batch: Batch) => LossResult;
  /** What theta is to make small, at the parameters ahead; `loss` unless given. */
  readonly metaLoss?: (params: P, batch: Batch) => LossResult;
  readonly metaRule: Rule<Name>;
  readonly metaHyper: HyperInput<Name>;
  /** Whether the real updates are those of theta before the meta-update, or are made again with theta after it. */
  readonly update: 'before' | 'after';
  /** Paths in theta that may be unreached; see `GradOptions`. */
  readonly allowZero?: readonly Path[];
}

/** Of what any meta-training is told; where it begins is checked by those that begin one. */
export const problemKinds: Kinds<
  Omit<MetaProblem<unknown, TensorTree, unknown, string>, 'learned' | 'hyper' | 'metaHyper'>
> = {
  ...cutKinds,
  loss: isFunction,
  metaLoss: isFunction,
  metaRule: isRule,
  update: isOneOf('before', 'after'),
  allowZero: isPaths,
};

/** What must be given of it. */
export const problemRequired = ['loss', 'metaRule', 'update'] as const;

/** The batches of one meta-step. As many training batches as steps are looked ahead. */
export interface MetaBatches<Train, Validation = Train> {
  readonly train: readonly Train[];
  readonly metaVal: Validation;
}

export const batchesKinds: Kinds<MetaBatches<unknown>> = { train: isList, metaVal: isAny };

/** What a look ahead leaves behind. */
type LookedAhead<P, Count extends UpdateCount> = Pick<
  MetaStepped<P, unknown, Count>,
  'lookAhead' | 'metaInfo'
>;

export interface MetaStepped<P, Theta, Count extends UpdateCount = number> {
  readonly progress: MetaProgress<P, Theta, Count>;
  /** The meta-loss at the parameters ahead, and its gradient with respect to theta before the step. */
  readonly metaLoss: Tensor;
  readonly metaGrad: Theta;
  /** What the meta-loss let see, where it returns `[loss, {name: tensor}]`. */
  readonly metaInfo: Info;
  /** The updates under theta before the step, which the meta-loss judges. */
  readonly lookAhead: Unrolled<P, Count>;
  /** The updates that were made: with `update: 'before'` the same. */
  readonly made: Unrolled<P, Count>;
}

/**
 * One step of online meta-learning, as a pure function. With K training batches:
 *
 *     ahead = params after K updates by learned.at(theta)
 *     theta' = theta + metaRule's delta for d metaLoss(ahead) / d theta
 *     params' = ahead (`before`), or params after the K updates by learned.at(theta') (`after`)
 *
 * With K = 1 the training gradient does not depend on theta and is computed once. Everything that comes out is
 * differentiable with respect to everything that went in, metaHyper too, so meta-steps can be meta-learned.
 */
export function metaStep<
  P extends TensorTree,
  Theta extends TensorTree,
  Batch,
  Name extends string,
  Count extends UpdateCount = number,
>(
  problem: MetaProblem<P, Theta, Batch, Name>,
  progress: MetaProgress<P, Theta, Count>,
  batches: MetaBatches<Batch>,
): MetaStepped<P, Theta, Count> {
  const { train, metaVal } = readOptions<MetaBatches<Batch>>('metaStep', batches, batchesKinds, {
    required: ['train', 'metaVal'],
  });
  if (train.length === 0)
    throw new UsageError(
      'metaStep: takes at least one training batch, one for each update that it looks ahead.',
    );
  const { learned, loss, metaLoss = loss, metaRule } = problem;
  const { theta, state, steps } = progress.learned;
  const gradientAt = lossAndGrad('metaStep', loss);
  const first = gradientAt(progress.params, train[0]);
  const updatesBy = (trial: Theta): Unrolled<P, Count> => {
    const { rule, hyper: own } = learned.at(trial);
    const given = problem.hyper ?? {};
    const hyper = isSequence(given)
      ? given.map((set) => retuned(learned, own, set))
      : retuned(learned, own, given);
    const gradient = (params: P, batch: Batch): LossGradient<P> =>
      params === progress.params ? first : gradientAt(params, batch);
    return rollOut(rule, gradient, { ...problem, ...progress, hyper, batches: train });
  };

  const look = (trial: Theta): [Tensor, LookedAhead<P, Count>] => {
    const lookAhead = updatesBy(trial);
    const [judged, metaInfo] = lossAndSeen('metaStep', metaLoss(lookAhead.params, metaVal));
    return [judged, { lookAhead, metaInfo }];
  };
  const allowZero = [...learned.flatIn, ...(problem.allowZero ?? [])];
  const { value, grad: metaGrad, aux } = valueAndGrad(look, { allowZero })(theta);
  const { lookAhead, metaInfo } = aux;

  const step = numberAfter(steps, requireParameters('metaStep', theta, 'meta-parameters'));
  const hyper = hyperFor(metaRule, theta, problem.metaHyper)(step);
  const after = applyRule(metaRule, { params: theta, grads: metaGrad, state, hyper, step });
  const made = problem.update === 'before' ? lookAhead : updatesBy(after.params);
  return {
    progress: {
      params: made.params,
      state: made.state,
      steps: made.steps,
      learned: { theta: after.params, state: after.state, steps: oneMore(steps) },
    },
    metaLoss: value,
    metaGrad,
    metaInfo,
    lookAhead,
    made,
  };
}
