/** Losses of drivers: their context, and what they may return beside their value. */
import { refusePromise, requireFunction } from '../../engine/core/arguments.js';
import { describe, isPlainObject } from '../../engine/core/options.js';
import { differentiate } from '../../engine/grad/grad.js';
import { readGradOptions } from '../../engine/grad/gradOptions.js';
import { type GradOptions, Tensor, type TensorTree, UsageError, cast, stack } from '../../engine/index.js';
import { requireSameBuffers } from '../agreement.js';
import type { Info } from '../rule.js';

/** Buffers of a loss that has none. */
export type NoBuffers = Readonly<Record<string, never>>;

/** The purpose of a loss: an update, or the evaluation of parameters, as by a meta-loss. */
export type LossMode = 'train' | 'eval';

/** The context of a loss, besides parameters and a batch. */
export interface LossContext<Buffers extends TensorTree = NoBuffers> {
  /** Tensors that are carried from update to update without a gradient, such as running statistics. */
  readonly buffers: Buffers;
  readonly mode: LossMode;
  /**
   * The counter key of noise, int32 `[key, n]`: the `key` that the training was started with, and the number of the update,
   * or of an evaluation the negative number of the meta-update. It differs from pass to pass, is an input of compiled plans,
   * and is the same again when a training continues from a snapshot.
   */
  readonly key: Tensor;
}

/** Auxiliary outputs of a loss: the next `buffers`, of unchanged structure, and tensors by name, for `info`. */
export interface Aux<Buffers extends TensorTree = NoBuffers> {
  readonly buffers?: Buffers;
  readonly [name: string]: TensorTree | undefined;
}

/** The value of a loss, alone or with auxiliary outputs: `[loss, {buffers, logits}]`. */
export type LossResult<Buffers extends TensorTree = NoBuffers> =
  Tensor | readonly [loss: Tensor, aux: Aux<Buffers>];

/** A scalar function of parameters and a batch. */
export type Loss<P, Batch, Buffers extends TensorTree = NoBuffers> = (
  params: P,
  batch: Batch,
  context: LossContext<Buffers>,
) => LossResult<Buffers>;

/** The checked auxiliary outputs of a loss; `buffers` are those of its context if it returned none. */
export interface LossOutputs<Buffers> {
  readonly info: Info;
  readonly buffers: Buffers;
}

export interface LossGradient<P, Buffers> extends LossOutputs<Buffers> {
  readonly value: Tensor;
  readonly grad: P;
}

/** The context of a pass; the key is only computed for losses that read it. */
export const contextOf = <Buffers extends TensorTree>(
  buffers: Buffers,
  mode: LossMode,
  key: Tensor,
  number: Tensor,
): LossContext<Buffers> => ({
  buffers,
  mode,
  get key() {
    return stack([key, cast(number, 'int32')]);
  },
});

/**
 * A function that computes loss, gradient and auxiliary outputs in one pass; `option` is the caller's name of
 * `allowZero`.
 */
export function lossAndGrad<P, Batch, Buffers extends TensorTree>(
  caller: string,
  loss: Loss<P, Batch, Buffers>,
  options?: GradOptions,
  option?: string,
): (params: P, batch: Batch, context: LossContext<Buffers>) => LossGradient<P, Buffers> {
  requireFunction(caller, loss, 'a loss, a function of the parameters');
  const pair = (
    params: P,
    batch: Batch,
    context: LossContext<Buffers>,
  ): readonly [Tensor, LossOutputs<Buffers>] => valueAndAux(caller, loss(params, batch, context), context);
  const checked = readGradOptions(caller, pair, options);
  return (params, batch, context) => {
    const { value, grad, aux } = differentiate(caller, pair, checked, params, [batch, context], option);
    return { value, grad, ...(aux as LossOutputs<Buffers>) };
  };
}

/**
 * The value of a loss and its auxiliary outputs.
 * @throws UsageError unless the result is a tensor, or a tensor with tensors by name.
 */
export function valueAndAux<Buffers extends TensorTree>(
  caller: string,
  result: LossResult<Buffers>,
  { buffers: before }: LossContext<Buffers>,
): readonly [Tensor, LossOutputs<Buffers>] {
  refusePromise(caller, result);
  if (result instanceof Tensor) return [result, { info: {}, buffers: before }];
  const returned: unknown = result;
  const [loss, aux] = Array.isArray(returned) && returned.length === 2 ? (returned as unknown[]) : [];
  if (!(loss instanceof Tensor) || !isPlainObject(aux))
    throw new UsageError(
      `${caller}: a loss returns a scalar tensor, or [loss, {name: tensor}]; got ` +
        `${loss instanceof Tensor ? `[loss, ${describe(aux)}]` : describe(returned)}.`,
    );
  const { buffers = before, ...info } = aux;
  requireSameBuffers(caller, before, buffers);
  for (const [name, value] of Object.entries(info))
    if (!(value instanceof Tensor))
      throw new UsageError(
        `${caller}: the loss hands out ${describe(value)} as ${name}; hand out tensors, each under a name of its own, and ` +
          'trees of them as buffers.',
      );
  return [loss, { info: info as Info, buffers: buffers as Buffers }];
}

/** The info of a step, of its rule and of its loss. @throws UsageError for a name that both use. */
export function joinInfo(caller: string, ofRule: Info, ofLoss: Info): Info {
  for (const name of Object.keys(ofLoss))
    if (Object.hasOwn(ofRule, name))
      throw new UsageError(
        `${caller}: the loss and the rule both hand out '${name}'; give what the loss hands out another name.`,
      );
  return { ...ofRule, ...ofLoss };
}
