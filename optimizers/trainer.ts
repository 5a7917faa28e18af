import { type GradOptions, type Tensor, type TensorTree, leavesOf, valueAndGrad } from '../engine/index.js';
import { type HyperInput, hyperFor } from './hyper.js';
import { type Info, type Rule, type State, applyRule } from './rule.js';
import { type UpdateCount, numberAfter, oneMore } from './updateCount.js';

/** Where training stands: everything that the next update depends on but its hyper-parameters. */
export interface Progress<P, Count extends UpdateCount = number> {
  readonly params: P;
  readonly state: State;
  /** How many updates have been made. */
  readonly steps: Count;
}

export interface Trainer<P, Name extends string = string> extends Progress<P> {
  readonly rule: Rule<Name>;
  /** As given, numbers, tensors and schedules; what is missing has the rule's initial value. */
  readonly hyper: HyperInput<Name>;
  /** What the rule let see of the last update. */
  readonly info: Info;
  /** One update on the gradient of `loss` at the present parameters; returns the loss there. */
  step(loss: (params: P) => Tensor): Tensor;
  /** One update with gradients from elsewhere. */
  apply(grads: P): void;
  /** Other hyper-parameters from the next update on; those not named stay. */
  retune(hyper: HyperInput<Name>): void;
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
  hyper: HyperInput<Name> = {} as HyperInput<Name>,
  { state = rule.init(params), steps = 0, ...options }: TrainerOptions = {},
): Trainer<P, Name> {
  const [{ tensor: like }] = leavesOf(params);
  let given = hyper;
  let hyperAt = hyperFor(rule, params, given);
  let now: Progress<P> = { params, state, steps };
  let info: Info = {};
  const apply = (grads: P): void => {
    const step = numberAfter(now.steps, like);
    const after = applyRule(rule, { ...now, grads, hyper: hyperAt(step), step });
    now = { params: after.params, state: after.state, steps: oneMore(now.steps) };
    info = after.info;
  };
  return {
    rule,
    get params() {
      return now.params;
    },
    get state() {
      return now.state;
    },
    get steps() {
      return now.steps;
    },
    get hyper() {
      return given;
    },
    get info() {
      return info;
    },
    apply,
    step(loss) {
      const { value, grad } = valueAndGrad(loss, options)(now.params);
      apply(grad);
      return value;
    },
    retune(changes) {
      const changed = { ...given, ...changes };
      hyperAt = hyperFor(rule, params, changed);
      given = changed;
    },
  };
}
