/** Losses as drivers take them, with what they let see of a batch. */
import { refusePromise, requireFunction } from '../../engine/core/arguments.js';
import { describe, isPlainObject } from '../../engine/core/options.js';
import { differentiate } from '../../engine/grad/grad.js';
import { readGradOptions } from '../../engine/grad/gradOptions.js';
import { type GradOptions, Tensor, UsageError } from '../../engine/index.js';
import type { Info } from '../rule.js';

/** A loss, alone or with tensors by name that are handed out as the `info` of the step: `[loss, {logits}]`. */
export type LossResult = Tensor | readonly [loss: Tensor, seen: Info];

export interface LossGradient<P> {
  readonly value: Tensor;
  readonly grad: P;
  /** What the loss let see; nothing where it returns a tensor alone. */
  readonly seen: Info;
}

/** Loss, gradient, and what the loss let see, in one pass. */
export function lossAndGrad<P, Rest extends readonly unknown[]>(
  caller: string,
  loss: (params: P, ...rest: Rest) => LossResult,
  options?: GradOptions,
): (params: P, ...rest: Rest) => LossGradient<P> {
  requireFunction(caller, loss, 'a loss, a function of the parameters');
  const pair = (params: P, ...rest: Rest): readonly [Tensor, Info] =>
    lossAndSeen(caller, loss(params, ...rest));
  const checked = readGradOptions(caller, pair, options);
  return (params, ...rest) => {
    const { value, grad, aux } = differentiate(caller, pair, checked, params, rest);
    return { value, grad, seen: aux as Info };
  };
}

/** @throws UsageError for what is neither a loss nor a loss with tensors by name. */
export function lossAndSeen(caller: string, result: LossResult): readonly [Tensor, Info] {
  refusePromise(caller, result);
  if (result instanceof Tensor) return [result, {}];
  const given: unknown = result;
  const [loss, seen] = Array.isArray(given) && given.length === 2 ? (given as unknown[]) : [];
  if (!(loss instanceof Tensor) || !isPlainObject(seen))
    throw new UsageError(
      `${caller}: a loss returns a scalar tensor, or [loss, {name: tensor}]; got ` +
        `${loss instanceof Tensor ? `[loss, ${describe(seen)}]` : describe(given)}.`,
    );
  for (const [name, value] of Object.entries(seen))
    if (!(value instanceof Tensor))
      throw new UsageError(
        `${caller}: what the loss lets see as ${name} is ${describe(value)}; hand out tensors, each under a name of its own.`,
      );
  return [loss, seen as Info];
}

/** What a rule and a loss let see of one step. @throws UsageError for a name that both use. */
export function joinInfo(caller: string, ofRule: Info, ofLoss: Info): Info {
  for (const name of Object.keys(ofLoss))
    if (Object.hasOwn(ofRule, name))
      throw new UsageError(
        `${caller}: the loss and the rule both hand out '${name}'; give what the loss hands out another name.`,
      );
  return { ...ofRule, ...ofLoss };
}
