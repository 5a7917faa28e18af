import type { Tensor } from '../engine/core/tensor.js';
import { tensor } from '../engine/core/create.js';
import { type TensorTree, leavesOf } from '../engine/core/tree.js';
import { type GradOptions, valueAndGrad } from '../engine/grad.js';
import { type Rule, type State, applyRule, hyperFor } from './rule.js';

/** Where training stands: everything that the next update depends on but its hyper-parameters. */
export interface Progress<P> {
  readonly params: P;
  readonly state: State;
  /** How many updates have been made. */
  readonly steps: number;
}

export interface Trainer<P> extends Progress<P> {
  /** One update on the gradient of `loss` at the present parameters; returns the loss there. */
  step(loss: (params: P) => Tensor): Tensor;
  /** One update with gradients from elsewhere. */
  apply(grads: P): void;
}

/** What a trainer may continue from; parts that are left out start afresh. */
export interface TrainerOptions extends GradOptions {
  readonly state?: State;
  readonly steps?: number;
}

/**
 * Ordinary training: each step replaces parameters and state by new values and records nothing. A trainer that
 * continues from earlier `state` and `steps` uses the `hyper` given here: a state never brings its own.
 */
export function trainer<P extends TensorTree, Name extends string>(
  rule: Rule<Name>,
  params: P,
  hyper: Readonly<Partial<Record<Name, number | Tensor>>>,
  { state = rule.init(params), steps = 0, ...options }: TrainerOptions = {},
): Trainer<P> {
  const settings = hyperFor(rule, params, hyper);
  const { dtype } = leavesOf(params)[0].tensor;
  let now: Progress<P> = { params, state, steps };
  const apply = (grads: P): void => {
    const step = tensor(now.steps + 1, { dtype });
    const after = applyRule(rule, { params: now.params, grads, state: now.state, hyper: settings, step });
    now = { ...after, steps: now.steps + 1 };
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
    apply,
    step(loss) {
      const { value, grad } = valueAndGrad(loss, options)(now.params);
      apply(grad);
      return value;
    },
  };
}
