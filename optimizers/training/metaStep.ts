import {
  type Kinds,
  either,
  isAny,
  isFunction,
  isList,
  isOneOf,
  isPlainObject,
  kind,
  readOptions,
  requireKind,
} from '../../engine/core/options.js';
import {
  type Path,
  type Tensor,
  type TensorTree,
  UsageError,
  neg,
  valueAndGrad,
} from '../../engine/index.js';
import { isPaths, isRecord, isRule, isTree, requireLearned, requireParameters } from '../arguments.js';
import { applyRule } from '../applyRule.js';
import { type HyperInput, hyperFor } from '../hyper.js';
import type { Info, Rule, State } from '../rule.js';
import { type LearnedOptimizer, withHyper } from '../learned/learned.js';
import { type Loss, type NoBuffers, contextOf, lossAndGrad, valueAndAux } from './loss.js';
import { type Progress, type UpdateCount, isCount, keyTensor, numberAfter, oneMore } from './progress.js';
import { type Cuts, type UnrollResult, cutKinds, isSequence, unrollWith } from './unroll.js';

/** The progress of theta. */
export interface LearnedProgress<Theta, Count extends UpdateCount = number> {
  readonly theta: Theta;
  readonly state: State;
  /** The number of meta-updates so far. */
  readonly steps: Count;
}

/** The progress of online meta-learning: of the parameters, and of theta. */
export interface MetaProgress<
  P,
  Theta,
  Count extends UpdateCount = number,
  Buffers extends TensorTree = NoBuffers,
> extends Progress<P, Count, Buffers> {
  readonly learned: LearnedProgress<Theta, Count>;
}

/** The arguments of a meta-step that stay the same from one to the next. */
export interface MetaProblem<
  P,
  Theta extends TensorTree,
  Batch,
  Name extends string,
  Buffers extends TensorTree = NoBuffers,
> extends Cuts {
  readonly learned: LearnedOptimizer<Theta>;
  /** Overrides hyper-parameters of `learned` that are not learned: one set for all updates, or one for each. */
  readonly hyper?: HyperInput<string> | readonly HyperInput<string>[];
  readonly loss: Loss<P, Batch, Buffers>;
  /** The objective of theta, at the parameters ahead and with their buffers, in mode 'eval'; by default `loss`. */
  readonly metaLoss?: Loss<P, Batch, Buffers>;
  readonly metaRule: Rule<Name>;
  readonly metaHyper: HyperInput<Name>;
  /** Whether the updates that are kept are those of theta before the meta-update, or are made again with theta after it. */
  readonly update: 'before' | 'after';
  /** Paths in theta that may be unreached by the meta-loss; see `GradOptions`. */
  readonly allowZero?: readonly Path[];
  /** Paths in the parameters that may be unreached by the loss, as `allowZero` of `training`. */
  readonly lossAllowZero?: readonly Path[];
}

/** Options of every meta-training; its `start` checks the beginning. */
export const problemKinds: Kinds<
  Omit<MetaProblem<unknown, TensorTree, unknown, string>, 'learned' | 'hyper' | 'metaHyper'>
> = {
  ...cutKinds,
  loss: isFunction,
  metaLoss: isFunction,
  metaRule: isRule,
  update: isOneOf('before', 'after'),
  allowZero: isPaths,
  lossAllowZero: isPaths,
};

/** The options without a default. */
export const problemRequired = ['loss', 'metaRule', 'update'] as const;

const metaStepKinds: Kinds<MetaProblem<unknown, TensorTree, unknown, string>> = {
  ...problemKinds,
  learned: isAny,
  hyper: either(isRecord, isList),
  metaHyper: isRecord,
};

const isProgress = kind('{params, state, steps, learned: {theta, state, steps}}', isPlainObject);
const progressKinds = { params: isTree, steps: isCount, learned: isRecord };
const learnedKinds = { theta: isTree, state: isRecord, steps: isCount };

/** @throws UsageError naming the part of a progress that is missing or wrong; other parts, as a run has, are ignored. */
function requireProgress(progress: unknown): void {
  requireKind('metaStep', 'the progress', progress, isProgress);
  const parts = progress as Readonly<Record<string, unknown>>;
  for (const [name, kindOf] of Object.entries(progressKinds))
    requireKind('metaStep', name, parts[name], kindOf);
  const learned = parts.learned as typeof parts;
  for (const [name, kindOf] of Object.entries(learnedKinds))
    requireKind('metaStep', `learned.${name}`, learned[name], kindOf);
}

/** The batches of one meta-step: one training batch for each step of the look-ahead. */
export interface MetaBatches<Train, Validation = Train> {
  readonly train: readonly Train[];
  readonly metaVal: Validation;
}

const batchesKinds: Kinds<MetaBatches<unknown>> = { train: isList, metaVal: isAny };

/** The results of a look-ahead. */
type LookAhead<P, Count extends UpdateCount, Buffers extends TensorTree> = Pick<
  MetaStepResult<P, unknown, Count, Buffers>,
  'lookAhead' | 'metaInfo'
>;

export interface MetaStepResult<
  P,
  Theta,
  Count extends UpdateCount = number,
  Buffers extends TensorTree = NoBuffers,
> {
  readonly progress: MetaProgress<P, Theta, Count, Buffers>;
  /** The meta-loss at the parameters ahead, and its gradient with respect to theta before the step. */
  readonly metaLoss: Tensor;
  readonly metaGrad: Theta;
  /** The info of the meta-loss, which may return `[loss, {name: tensor}]`; its buffers are dropped. */
  readonly metaInfo: Info;
  /** The updates under theta before the step, which the meta-loss evaluates. */
  readonly lookAhead: UnrollResult<P, Count, Buffers>;
  /** The updates that were made: with `update: 'before'` the same. Only their buffers are carried on. */
  readonly made: UnrollResult<P, Count, Buffers>;
}

/**
 * One step of online meta-learning, as a pure function. With K training batches:
 *
 *     ahead = params after K updates by learned.at(theta)
 *     theta' = theta + metaRule's delta for d metaLoss(ahead) / d theta
 *     params' = ahead (`before`), or params after the K updates by learned.at(theta') (`after`)
 *
 * With K = 1 the training gradient does not depend on theta and is computed once. All results are differentiable with
 * respect to all inputs, metaHyper too, so meta-steps can be meta-learned.
 */
export function metaStep<
  P extends TensorTree,
  Theta extends TensorTree,
  Batch,
  Name extends string,
  Count extends UpdateCount = number,
  Buffers extends TensorTree = NoBuffers,
>(
  problem: MetaProblem<P, Theta, Batch, Name, Buffers>,
  progress: MetaProgress<P, Theta, Count, Buffers>,
  batches: MetaBatches<Batch>,
): MetaStepResult<P, Theta, Count, Buffers> {
  const required = ['learned', ...problemRequired, 'metaHyper'] as const;
  readOptions('metaStep', problem, metaStepKinds, { required });
  requireLearned('metaStep', problem.learned);
  requireProgress(progress);
  const { train, metaVal } = readOptions<MetaBatches<Batch>>('metaStep', batches, batchesKinds, {
    required: ['train', 'metaVal'],
  });
  if (train.length === 0)
    throw new UsageError(
      'metaStep: takes at least one training batch, one for each update that it looks ahead.',
    );
  const { learned, loss, metaLoss = loss, metaRule } = problem;
  const { theta, state, steps } = progress.learned;
  const step = numberAfter(steps, requireParameters('metaStep', theta, 'meta-parameters'));
  const { lossAllowZero: allowed } = problem;
  const gradientAt = lossAndGrad('metaStep', loss, allowed && { allowZero: allowed }, 'lossAllowZero');
  const { params, buffers = {} as Buffers } = progress;
  const noise = keyTensor(progress.key);
  const number = numberAfter(progress.steps, requireParameters('metaStep', params));
  const first = gradientAt(params, train[0], contextOf(buffers, 'train', noise, number));
  const gradient: typeof gradientAt = (at, batch, context) =>
    at === params ? first : gradientAt(at, batch, context);
  const updatesBy = (trial: Theta): UnrollResult<P, Count, Buffers> => {
    const { rule, hyper: ofTheta } = learned.at(trial);
    const { hyper: changes = {} } = problem;
    const hyper = isSequence(changes)
      ? changes.map((set) => withHyper(learned, ofTheta, set))
      : withHyper(learned, ofTheta, changes);
    return unrollWith(rule, gradient, { ...problem, ...progress, hyper, batches: train });
  };

  const look = (trial: Theta): [Tensor, LookAhead<P, Count, Buffers>] => {
    const lookAhead = updatesBy(trial);
    const context = contextOf(lookAhead.buffers, 'eval', noise, neg(step));
    const [value, { info }] = valueAndAux('metaStep', metaLoss(lookAhead.params, metaVal, context), context);
    return [value, { lookAhead, metaInfo: info }];
  };
  const allowZero = [...learned.flatIn, ...(problem.allowZero ?? [])];
  const { value, grad: metaGrad, aux } = valueAndGrad(look, { allowZero })(theta);
  const { lookAhead, metaInfo } = aux;

  const hyper = hyperFor(metaRule, theta, problem.metaHyper)(step);
  const after = applyRule(metaRule, { params: theta, grads: metaGrad, state, hyper, step });
  const made = problem.update === 'before' ? lookAhead : updatesBy(after.params);
  return {
    progress: {
      params: made.params,
      state: made.state,
      steps: made.steps,
      buffers: made.buffers,
      ...(progress.key !== undefined && { key: progress.key }),
      learned: { theta: after.params, state: after.state, steps: oneMore(steps) },
    },
    metaLoss: value,
    metaGrad,
    metaInfo,
    lookAhead,
    made,
  };
}
