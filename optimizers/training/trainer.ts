import { type Kinds, isNumber } from '../../engine/core/options.js';
import type { GradOptions, Tensor, TensorTree } from '../../engine/index.js';
import { firstState } from '../agreement.js';
import {
  isPaths,
  isRecord,
  readBeginning,
  requireHyper,
  requireParameters,
  requireRule,
} from '../arguments.js';
import { type HyperInput, hyperFor, overlaid } from '../hyper.js';
import { type LossResult, joinInfo, lossAndGrad } from './loss.js';
import { type Info, type Rule, type State, applyRule } from '../rule.js';
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
  /** What the rule and the loss let see of the last update: a loss may return `[loss, {name: tensor}]`. */
  readonly info: Info;
  /** One update on the gradient of `loss` at the present parameters; returns the loss there. */
  step(loss: (params: P) => LossResult): Tensor;
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

/** Of what a training may continue from. */
export const beginningKinds: Kinds<Pick<TrainerOptions, 'state' | 'steps'>> = {
  state: isRecord,
  steps: isNumber,
};

/**
 * Ordinary training: each step replaces parameters and state by new values and records nothing. A trainer that
 * continues from earlier `state` and `steps` uses the `hyper` given here: a state never brings its own.
 */
export function trainer<P extends TensorTree, Name extends string>(
  rule: Rule<Name>,
  params: P,
  hyper: HyperInput<Name> = {} as HyperInput<Name>,
  options: TrainerOptions = {},
): Trainer<P, Name> {
  requireRule('trainer', rule);
  const like = requireParameters('trainer', params);
  const kinds = { ...beginningKinds, allowZero: isPaths };
  const {
    state: earlier,
    steps = 0,
    ...gradOptions
  } = readBeginning<TrainerOptions>('trainer', options, kinds);
  let given = hyper;
  let hyperAt = hyperFor(rule, params, given);
  let now: Progress<P> = { params, state: firstState(rule, params, earlier), steps };
  let info: Info = {};
  const update = (grads: P, seen: Info): void => {
    const step = numberAfter(now.steps, like);
    const after = applyRule(rule, { ...now, grads, hyper: hyperAt(step), step });
    info = joinInfo('trainer', after.info, seen);
    now = { params: after.params, state: after.state, steps: oneMore(now.steps) };
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
    apply(grads) {
      update(grads, {});
    },
    step(loss) {
      const { value, grad, seen } = lossAndGrad('trainer', loss, gradOptions)(now.params);
      update(grad, seen);
      return value;
    },
    retune(changes) {
      requireHyper('retune', rule, changes);
      const changed = overlaid(given, changes);
      hyperAt = hyperFor(rule, params, changed);
      given = changed;
    },
  };
}
