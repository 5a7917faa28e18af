import { type Kinds, either, isAny, isBoolean, isList, isNumber } from '../../engine/core/options.js';
import {
  type Path,
  type Tensor,
  type TensorTree,
  UsageError,
  group,
  mapTree,
  stopGradient,
} from '../../engine/index.js';
import { isPaths, isRecord, isTree, readBeginning, requireParameters, requireRule } from '../arguments.js';
import { applyRule } from '../applyRule.js';
import { type HyperInput, hyperFor } from '../hyper.js';
import type { Info, Rule, State } from '../rule.js';
import {
  type Loss,
  type LossContext,
  type LossGradient,
  type NoBuffers,
  contextOf,
  joinInfo,
  lossAndGrad,
} from './loss.js';
import { type Progress, type UpdateCount, isCount, keyTensor, numberAfter, oneMore } from './progress.js';

/** Options that cut the history of a gradient. */
export interface Cuts {
  /** Treats the training gradients as constants: cheaper, and ignores how a step changes the next gradient. */
  readonly firstOrder?: boolean;
  /** Cuts the history after every N steps: bounded memory, and ignores earlier steps. */
  readonly truncate?: number;
}

export interface UnrollInput<
  P,
  Batch,
  Name extends string,
  Count extends UpdateCount = number,
  Buffers extends TensorTree = NoBuffers,
>
  extends Cuts, Partial<Progress<unknown, Count, Buffers>> {
  readonly params: P;
  /** One set for all steps, or one for each. */
  readonly hyper: HyperInput<Name> | readonly HyperInput<Name>[];
  /** One batch a step. */
  readonly batches: readonly Batch[];
  /** Paths in the parameters that may be unreached by the loss; see `GradOptions`. */
  readonly allowZero?: readonly Path[];
}

export interface UnrollResult<
  P,
  Count extends UpdateCount = number,
  Buffers extends TensorTree = NoBuffers,
> extends Progress<P, Count, Buffers> {
  readonly buffers: Buffers;
  /** The training loss before each update. */
  readonly losses: readonly Tensor[];
  /** The info of rule and loss at each update. */
  readonly infos: readonly Info[];
}

export const cutKinds: Kinds<Cuts> = { firstOrder: isBoolean, truncate: isNumber };

const kinds: Kinds<UnrollInput<unknown, unknown, string, UpdateCount>> = {
  ...cutKinds,
  params: isAny,
  hyper: either(isRecord, isList),
  batches: isList,
  allowZero: isPaths,
  state: isRecord,
  steps: isCount,
  buffers: isTree,
  key: isCount,
};

/**
 * The result of several updates, as a differentiable function: inside `grad` it depends on the initial parameters, the
 * state, the buffers and the hyper-parameters of every step. The updates are those of a trainer, to the last bit. Each update
 * passes its buffers to the next one; inputs are never written to.
 */
export function unroll<
  P extends TensorTree,
  Batch,
  Name extends string,
  Count extends UpdateCount = number,
  Buffers extends TensorTree = NoBuffers,
>(
  rule: Rule<Name>,
  loss: Loss<P, Batch, Buffers>,
  input: UnrollInput<P, Batch, Name, Count, Buffers>,
): UnrollResult<P, Count, Buffers> {
  requireRule('unroll', rule);
  readBeginning<UnrollInput<unknown, unknown, string, UpdateCount>>('unroll', input, kinds, [
    'params',
    'hyper',
    'batches',
  ]);
  const { allowZero } = input;
  return unrollWith(rule, lossAndGrad('unroll', loss, allowZero && { allowZero }), input);
}

/** `unroll` with any source of gradients, so that a meta-step can reuse the first one. */
export function unrollWith<
  P extends TensorTree,
  Batch,
  Name extends string,
  Count extends UpdateCount,
  Buffers extends TensorTree,
>(
  rule: Rule<Name>,
  gradientAt: (params: P, batch: Batch, context: LossContext<Buffers>) => LossGradient<P, Buffers>,
  input: UnrollInput<P, Batch, Name, Count, Buffers>,
): UnrollResult<P, Count, Buffers> {
  const { params, hyper, batches, key, firstOrder = false, truncate = Infinity } = input;
  const sets = batches.map((_, k) => (isSequence(hyper) ? hyper[k] : hyper));
  if (isSequence(hyper) && hyper.length !== batches.length)
    throw new UsageError(
      `unroll: ${hyper.length} sets of hyper-parameters for ${batches.length} batches; give one for all or one each.`,
    );
  if (!(truncate >= 1 && (truncate === Infinity || Number.isInteger(truncate))))
    throw new UsageError(`unroll: truncate = ${truncate} must be a number of steps, 1 or more.`);
  const like = requireParameters('unroll', params);
  const noise = keyTensor(key);
  let now = {
    params,
    state: input.state ?? rule.init(params),
    buffers: input.buffers ?? ({} as Buffers),
    steps: (input.steps ?? 0) as Count,
  };
  const losses: Tensor[] = [];
  const infos: Info[] = [];
  const update = (batch: Batch, k: number): void => {
    if (k > 0 && k % truncate === 0) now = cut(now, `truncated every ${truncate} steps`);
    const step = numberAfter(now.steps, like);
    const { value, grad, info, buffers } = gradientAt(
      now.params,
      batch,
      contextOf(now.buffers, 'train', noise, step),
    );
    const grads = firstOrder ? stop(grad, 'first-order') : grad;
    const after = applyRule(rule, { ...now, grads, hyper: hyperFor(rule, params, sets[k])(step), step });
    now = { params: after.params, state: after.state, buffers, steps: oneMore(now.steps) };
    losses.push(value);
    infos.push(joinInfo('unroll', after.info, info));
  };
  batches.forEach((batch, k) => {
    group(`step ${k + 1}`, () => {
      update(batch, k);
    });
  });
  return { ...now, ...(key !== undefined && { key }), losses, infos };
}

/** Whether hyper-parameters are one set for each update. */
export const isSequence = <Name extends string>(
  hyper: HyperInput<Name> | readonly HyperInput<Name>[],
): hyper is readonly HyperInput<Name>[] => Array.isArray(hyper);

const stop = <T>(tree: T, why: string): T => mapTree(tree, (t) => stopGradient(t, why));

const cut = <Now extends { readonly params: unknown; readonly state: State; readonly buffers: unknown }>(
  now: Now,
  why: string,
): Now => ({
  ...now,
  params: stop(now.params, why),
  state: stop(now.state, why),
  buffers: stop(now.buffers, why),
});
