/** Losses as drivers take them: what they are given, and what they hand out beside their value. */
import { refusePromise, requireFunction } from '../../engine/core/arguments.js';
import { describe, isPlainObject } from '../../engine/core/options.js';
import { differentiate } from '../../engine/grad/grad.js';
import { readGradOptions } from '../../engine/grad/gradOptions.js';
import { type GradOptions, Tensor, type TensorTree, UsageError, cast, stack } from '../../engine/index.js';
import { requireSameBuffers } from '../agreement.js';
import type { Info } from '../rule.js';

/** Buffers of a loss that has none. */
export type NoBuffers = Readonly<Record<string, never>>;

/** What a loss is computed for: an update, or to evaluate parameters, as a meta-loss does. */
export type LossMode = 'train' | 'eval';

/** What a loss is given besides parameters and a batch. */
export interface LossContext<Buffers extends TensorTree = NoBuffers> {
  /** Tensors that are carried from update to update without a gradient, such as running statistics. */
  readonly buffers: Buffers;
  readonly mode: LossMode;
  /**
   * The counter key of noise, int32 `[key, n]`: the `key` that the training was started with, and the number of the update
   * (of an evaluation, the number of the meta-update, negative). It differs from pass to pass, is an input of compiled
   * plans, and is the same again when a training is continued from a snapshot.
   */
  readonly key: Tensor;
}

/** What a loss hands out: the next `buffers`, with the structure they came in, and tensors by name, for `info`. */
export interface Aux<Buffers extends TensorTree = NoBuffers> {
  readonly buffers?: Buffers;
  readonly [name: string]: TensorTree | undefined;
}

/** A loss, alone or with what it hands out: `[loss, {buffers, logits}]`. */
export type LossResult<Buffers extends TensorTree = NoBuffers> =
  Tensor | readonly [loss: Tensor, aux: Aux<Buffers>];

/** A scalar function of parameters and a batch. */
export type Loss<P, Batch, Buffers extends TensorTree = NoBuffers> = (
  params: P,
  batch: Batch,
  context: LossContext<Buffers>,
) => LossResult<Buffers>;

/** What a loss handed out; `buffers` are those it was given where it handed out none. */
export interface HandedOut<Buffers> {
  readonly info: Info;
  readonly buffers: Buffers;
}

export interface LossGradient<P, Buffers> extends HandedOut<Buffers> {
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

/** Loss, gradient, and what the loss handed out, in one pass. */
export function lossAndGrad<P, Batch, Buffers extends TensorTree>(
  caller: string,
  loss: Loss<P, Batch, Buffers>,
  options?: GradOptions,
): (params: P, batch: Batch, context: LossContext<Buffers>) => LossGradient<P, Buffers> {
  requireFunction(caller, loss, 'a loss, a function of the parameters');
  const pair = (
    params: P,
    batch: Batch,
    context: LossContext<Buffers>,
  ): readonly [Tensor, HandedOut<Buffers>] => valueAndAux(caller, loss(params, batch, context), context);
  const checked = readGradOptions(caller, pair, options);
  return (params, batch, context) => {
    const { value, grad, aux } = differentiate(caller, pair, checked, params, [batch, context]);
    return { value, grad, ...(aux as HandedOut<Buffers>) };
  };
}

/**
 * The value of a loss, and what it handed out.
 * @throws UsageError for what is neither a loss nor a loss with tensors by name.
 */
export function valueAndAux<Buffers extends TensorTree>(
  caller: string,
  result: LossResult<Buffers>,
  { buffers: before }: LossContext<Buffers>,
): readonly [Tensor, HandedOut<Buffers>] {
  refusePromise(caller, result);
  if (result instanceof Tensor) return [result, { info: {}, buffers: before }];
  const given: unknown = result;
  const [loss, aux] = Array.isArray(given) && given.length === 2 ? (given as unknown[]) : [];
  if (!(loss instanceof Tensor) || !isPlainObject(aux))
    throw new UsageError(
      `${caller}: a loss returns a scalar tensor, or [loss, {name: tensor}]; got ` +
        `${loss instanceof Tensor ? `[loss, ${describe(aux)}]` : describe(given)}.`,
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

/** What a rule and a loss hand out at one step. @throws UsageError for a name that both use. */
export function joinInfo(caller: string, ofRule: Info, ofLoss: Info): Info {
  for (const name of Object.keys(ofLoss))
    if (Object.hasOwn(ofRule, name))
      throw new UsageError(
        `${caller}: the loss and the rule both hand out '${name}'; give what the loss hands out another name.`,
      );
  return { ...ofRule, ...ofLoss };
}
