import { type Kinds, either, isAny, isBoolean, isList, isNumber, kind } from '../../engine/core/options.js';
import { Tensor, type TensorTree, UsageError, mapTree, stopGradient } from '../../engine/index.js';
import { isRecord, readBeginning, requireParameters, requireRule } from '../arguments.js';
import { type HyperInput, hyperFor } from '../hyper.js';
import { type LossGradient, type LossResult, joinInfo, lossAndGrad } from './loss.js';
import { type Info, type Rule, type State, applyRule } from '../rule.js';
import type { Progress } from './trainer.js';
import { type UpdateCount, numberAfter, oneMore } from './updateCount.js';

/** What of the history is cut off, by choice. */
export interface Cuts {
  /** Treat the training gradients as constants: cheaper, and blind to how a step changes the next gradient. */
  readonly firstOrder?: boolean;
  /** Cut the history after every so many steps: bounded memory, and blind to what came before. */
  readonly truncate?: number;
}

export interface UnrollInput<P, Batch, Name extends string, Count extends UpdateCount = number> extends Cuts {
  readonly params: P;
  /** For all steps, or one set for each. */
  readonly hyper: HyperInput<Name> | readonly HyperInput<Name>[];
  /** One batch a step. */
  readonly batches: readonly Batch[];
  readonly state?: State;
  /** How many updates came before; the first one here has the number after it. */
  readonly steps?: Count;
}

export interface Unrolled<P, Count extends UpdateCount = number> extends Progress<P, Count> {
  /** The training loss before each update. */
  readonly losses: readonly Tensor[];
  /** What the rule and the loss let see of each update. */
  readonly infos: readonly Info[];
}

export const cutKinds: Kinds<Cuts> = { firstOrder: isBoolean, truncate: isNumber };

const isCount = kind('a number of updates', (value) => typeof value === 'number' || value instanceof Tensor);

const kinds: Kinds<UnrollInput<unknown, unknown, string, UpdateCount>> = {
  ...cutKinds,
  params: isAny,
  hyper: either(isRecord, isList),
  batches: isList,
  state: isRecord,
  steps: isCount,
};

/**
 * Several updates as one differentiable function: call it inside `grad` and the result depends on the initial
 * parameters, the state and the hyper-parameters of every step. It is the trainer's `applyRule`, to the last bit.
 */
export function unroll<P extends TensorTree, Batch, Name extends string, Count extends UpdateCount = number>(
  rule: Rule<Name>,
  loss: (params: P, batch: Batch) => LossResult,
  input: UnrollInput<P, Batch, Name, Count>,
): Unrolled<P, Count> {
  requireRule('unroll', rule);
  readBeginning<UnrollInput<unknown, unknown, string, UpdateCount>>('unroll', input, kinds, [
    'params',
    'hyper',
    'batches',
  ]);
  return rollOut(rule, lossAndGrad('unroll', loss), input);
}

/** `unroll` with any source of gradients: a meta-step does not compute those twice that it knows already. */
export function rollOut<P extends TensorTree, Batch, Name extends string, Count extends UpdateCount = number>(
  rule: Rule<Name>,
  gradientAt: (params: P, batch: Batch) => LossGradient<P>,
  input: UnrollInput<P, Batch, Name, Count>,
): Unrolled<P, Count> {
  const { params, hyper, batches, firstOrder = false, truncate = Infinity } = input;
  const sets = batches.map((_, k) => (isSequence(hyper) ? hyper[k] : hyper));
  if (isSequence(hyper) && hyper.length !== batches.length)
    throw new UsageError(
      `unroll: ${hyper.length} sets of hyper-parameters for ${batches.length} batches; give one for all or one each.`,
    );
  if (!(truncate >= 1 && (truncate === Infinity || Number.isInteger(truncate))))
    throw new UsageError(`unroll: truncate = ${truncate} must be a number of steps, 1 or more.`);
  const like = requireParameters('unroll', params);
  const steps = (input.steps ?? 0) as Count;
  let now: Progress<P, Count> = { params, state: input.state ?? rule.init(params), steps };
  const losses: Tensor[] = [];
  const infos: Info[] = [];
  batches.forEach((batch, k) => {
    if (k > 0 && k % truncate === 0) now = cut(now, `truncated every ${truncate} steps`);
    const { value, grad, seen } = gradientAt(now.params, batch);
    const grads = firstOrder ? stop(grad, 'first-order') : grad;
    const step = numberAfter(now.steps, like);
    const after = applyRule(rule, { ...now, grads, hyper: hyperFor(rule, params, sets[k])(step), step });
    now = { params: after.params, state: after.state, steps: oneMore(now.steps) };
    losses.push(value);
    infos.push(joinInfo('unroll', after.info, seen));
  });
  return { ...now, losses, infos };
}

/** Whether hyper-parameters are given as one set for each update. */
export const isSequence = <Name extends string>(
  hyper: HyperInput<Name> | readonly HyperInput<Name>[],
): hyper is readonly HyperInput<Name>[] => Array.isArray(hyper);

const stop = <T>(tree: T, why: string): T => mapTree(tree, (t) => stopGradient(t, why));

const cut = <P, Count extends UpdateCount>(
  { params, state, steps }: Progress<P, Count>,
  why: string,
): Progress<P, Count> => ({
  params: stop(params, why),
  state: stop(state, why),
  steps,
});
