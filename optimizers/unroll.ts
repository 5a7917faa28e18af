import { UsageError } from '../engine/core/errors.js';
import { tensor } from '../engine/core/create.js';
import { type Tensor } from '../engine/core/tensor.js';
import { type TensorTree, leavesOf, mapTree } from '../engine/core/tree.js';
import { valueAndGrad } from '../engine/grad.js';
import { stopGradient } from '../engine/primitives/index.js';
import type { Progress } from './trainer.js';
import { type Hyper, type Rule, type State, applyRule } from './rule.js';

export interface UnrollInput<P, Batch, Name extends string> {
  readonly params: P;
  /** For all steps, or one for each. */
  readonly hyper: Hyper<Name> | readonly Hyper<Name>[];
  /** One batch a step. */
  readonly batches: readonly Batch[];
  readonly state?: State;
  /** How many updates came before; the first one here has the number after it. */
  readonly steps?: number;
  /** Treat the training gradients as constants: cheaper, and blind to how a step changes the next gradient. */
  readonly firstOrder?: boolean;
  /** Cut the history after every so many steps: bounded memory, and blind to what came before. */
  readonly truncate?: number;
}

export interface Unrolled<P> extends Progress<P> {
  /** The training loss before each update. */
  readonly losses: readonly Tensor[];
}

/**
 * Several updates as one differentiable function: call it inside `grad` and the result depends on the initial
 * parameters, the state and the hyper-parameters of every step. It is the trainer's `applyRule`, to the last bit.
 */
export function unroll<P extends TensorTree, Batch, Name extends string>(
  rule: Rule<Name>,
  loss: (params: P, batch: Batch) => Tensor,
  {
    params,
    hyper,
    batches,
    state = rule.init(params),
    steps = 0,
    firstOrder = false,
    truncate,
  }: UnrollInput<P, Batch, Name>,
): Unrolled<P> {
  if (isSequence(hyper) && hyper.length !== batches.length)
    throw new UsageError(
      `unroll: ${hyper.length} sets of hyper-parameters for ${batches.length} batches; give one for all or one each.`,
    );
  const { dtype } = leavesOf(params)[0].tensor;
  const losses: Tensor[] = [];
  let now: Progress<P> = { params, state, steps };
  batches.forEach((batch, k) => {
    if (truncate !== undefined && k > 0 && k % truncate === 0)
      now = cut(now, `truncated every ${truncate} steps`);
    const { value, grad } = valueAndGrad(loss)(now.params, batch);
    losses.push(value);
    const grads = firstOrder ? stop(grad, 'first-order') : grad;
    const step = tensor(now.steps + 1, { dtype });
    const settings = isSequence(hyper) ? hyper[k] : hyper;
    const after = applyRule(rule, { params: now.params, grads, state: now.state, hyper: settings, step });
    now = { ...after, steps: now.steps + 1 };
  });
  return { ...now, losses };
}

const isSequence = <Name extends string>(
  hyper: Hyper<Name> | readonly Hyper<Name>[],
): hyper is readonly Hyper<Name>[] => Array.isArray(hyper);

const stop = <T>(tree: T, why: string): T => mapTree(tree, (t) => stopGradient(t, why));

const cut = <P>({ params, state, steps }: Progress<P>, why: string): Progress<P> => ({
  params: stop(params, why),
  state: stop(state, why),
  steps,
});
