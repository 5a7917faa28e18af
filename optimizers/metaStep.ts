import {
  type Path,
  type Tensor,
  type TensorTree,
  UsageError,
  leavesOf,
  valueAndGrad,
} from '../engine/index.js';
import { type HyperInput, hyperFor } from './hyper.js';
import { type LearnedOptimizer, retuned } from './learned.js';
import { type Rule, type State, applyRule } from './rule.js';
import type { Progress } from './trainer.js';
import { type Cuts, type Unrolled, isSequence, rollOut } from './unroll.js';
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
  readonly loss: (params: P, batch: Batch) => Tensor;
  /** What theta is to make small, at the parameters ahead; `loss` unless given. */
  readonly metaLoss?: (params: P, batch: Batch) => Tensor;
  readonly metaRule: Rule<Name>;
  readonly metaHyper: HyperInput<Name>;
  /** Whether the real updates are those of theta before the meta-update, or are made again with theta after it. */
  readonly update: 'before' | 'after';
  /** Paths in theta that may be unreached; see `GradOptions`. */
  readonly allowZero?: readonly Path[];
}

/** The batches of one meta-step. As many training batches as steps are looked ahead. */
export interface MetaBatches<Train, Validation = Train> {
  readonly train: readonly Train[];
  readonly metaVal: Validation;
}

export interface MetaStepped<P, Theta, Count extends UpdateCount = number> {
  readonly progress: MetaProgress<P, Theta, Count>;
  /** The meta-loss at the parameters ahead, and its gradient with respect to theta before the step. */
  readonly metaLoss: Tensor;
  readonly metaGrad: Theta;
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
  { train, metaVal }: MetaBatches<Batch>,
): MetaStepped<P, Theta, Count> {
  if (train.length === 0)
    throw new UsageError(
      'metaStep: takes at least one training batch, one for each update that it looks ahead.',
    );
  const { learned, loss, metaLoss = loss, metaRule } = problem;
  const { theta, state, steps } = progress.learned;
  const gradientAt = valueAndGrad(loss);
  const first = gradientAt(progress.params, train[0]);
  const updatesBy = (trial: Theta): Unrolled<P, Count> => {
    const { rule, hyper: own } = learned.at(trial);
    const given = problem.hyper ?? {};
    const hyper = isSequence(given)
      ? given.map((set) => retuned(learned, own, set))
      : retuned(learned, own, given);
    const gradient = (params: P, batch: Batch) =>
      params === progress.params ? first : gradientAt(params, batch);
    return rollOut(rule, gradient, { ...problem, ...progress, hyper, batches: train });
  };

  const look = (trial: Theta): [Tensor, Unrolled<P, Count>] => {
    const ahead = updatesBy(trial);
    return [metaLoss(ahead.params, metaVal), ahead];
  };
  const allowZero = [...learned.flatIn, ...(problem.allowZero ?? [])];
  const { value, grad: metaGrad, aux: lookAhead } = valueAndGrad(look, { allowZero })(theta);

  const step = numberAfter(steps, leavesOf(theta)[0].tensor);
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
    lookAhead,
    made,
  };
}
