/** One update of the write-up's program, with what is wrong in it as switches. */
import {
  type Tensor,
  add,
  div,
  grad,
  leavesOf,
  mapTree,
  mul,
  sqrt,
  square,
  stopGradient,
  sub,
  sum,
  zerosLike,
  zipTrees,
} from '../../../engine/index.js';
import type { MlpParams } from '../../../engine/nn/index.js';
import { adamDelta, adamHyper, moments } from '../../../optimizers/rules/adam.js';
import {
  type AdamHyper,
  type Hyper,
  type LearnedOptimizer,
  type Rule,
  type State,
  adam,
  adamOfVaryingBeta1,
  applyRule,
  defineRule,
  flatGradient,
  gated,
  globalNorm,
  gradientStatistics,
  perParameter,
} from '../../../optimizers/index.js';
import { hyperFor } from '../../../optimizers/hyper.js';
import type { Task } from '../../tasks/task.js';
import { hybridGradient } from './hybridGradient.js';
import type { TwoBatches } from './leak.js';
import { gateModel } from './programs.js';

export interface Defects {
  /** The parameters ahead are copied into the model as data, so the gate gets no gradient and stays as it is. */
  readonly copiesParametersAhead: boolean;
  /** The gradient of the validation loss is added to that of the training loss, and the update uses their sum. */
  readonly addsValidationGradient: boolean;
  /**
   * The present parameters are copied back between the forward and the backward pass of that gradient, so that it combines
   * activations at the parameters ahead with the present weight matrices; see hybridGradient.ts. Needs a ReLU perceptron.
   */
  readonly restoresBeforeBackward: boolean;
  /**
   * The update ahead leaves the moments uncorrected: its first step is (1 - beta1) / sqrt(1 - beta2), about 15, times
   * lr.
   */
  readonly uncorrectedAhead: boolean;
  /** The first moment is divided by 1 - beta1^step with the present beta1, although earlier ones were others. */
  readonly correctsAsIfConstant: boolean;
}

/** The write-up's program. */
export const allDefects: Defects = {
  copiesParametersAhead: true,
  addsValidationGradient: true,
  restoresBeforeBackward: true,
  uncorrectedAhead: true,
  correctsAsIfConstant: true,
};

/** The state that updates pass on. */
export interface Carry {
  readonly params: MlpParams;
  readonly state: State;
  readonly gate: { readonly theta: MlpParams; readonly state: State };
}

/** The observations of an update, scalars. */
export interface Observations {
  readonly beta1: Tensor;
  /** Of the validation loss ahead. */
  readonly gateGradientNorm: Tensor;
  /**
   * The share of the validation gradient in the update: `(u - t) . v / (v . v)`, where u is the gradient in the first moment,
   * computed from the moment before and after, and t and v are those of the training loss and of the validation loss.
   * 0 is none of it, 1 all.
   */
  readonly validationShare: Tensor;
  /** The rest of the update: `|u - t - share * v| / |v|`. */
  readonly unexplained: Tensor;
}

export interface ReproducedProgram {
  readonly begin: (params: MlpParams, theta: MlpParams) => Carry;
  readonly update: (
    carry: Carry,
    hyper: Hyper<'lr' | 'gateLr'>,
    step: Tensor,
    batches: TwoBatches,
  ) => readonly [Carry, Observations];
}

/**
 * DynamicAdam step by step: an update ahead, the gate's update on the validation loss there, and the real update with the
 * gate's new beta1.
 */
export function reproducedProgram(
  { loss }: Pick<Task<MlpParams>, 'loss'>,
  defects: Defects,
): ReproducedProgram {
  const { copiesParametersAhead, addsValidationGradient, restoresBeforeBackward } = defects;
  const { uncorrectedAhead, correctsAsIfConstant } = defects;
  const gate = { model: gateModel, input: gradientStatistics };
  const learned: LearnedOptimizer<MlpParams> = correctsAsIfConstant
    ? gated(adam(), 'beta1', gate)
    : gated(adamOfVaryingBeta1(), 'beta1', gate);
  const learnedAhead = uncorrectedAhead ? gated(uncorrectedAdam(), 'beta1', gate) : learned;
  const gateRule = adam();
  const gradient = grad(loss);

  return {
    begin: (params, theta) => ({
      params,
      state: learned.at(theta).rule.init(params),
      gate: { theta, state: gateRule.init(theta) },
    }),
    update({ params, state, gate: { theta, state: gateState } }, { lr, gateLr }, step, batches) {
      const updatedBy = (
        optimizer: LearnedOptimizer<MlpParams>,
        { trial, grads, state: before }: { trial: MlpParams; grads: MlpParams; state: State },
      ) => {
        const { rule } = optimizer.at(trial);
        return applyRule(rule, {
          ...{ params, grads, state: before, step },
          hyper: hyperFor(rule, params, { lr })(step),
        });
      };
      const trainGrad = gradient(params, batches.train);
      const stateAhead = uncorrectedAhead ? { m: state.m, v: state.v } : state;
      const ahead = (trial: MlpParams): MlpParams => {
        const fast = updatedBy(learnedAhead, { trial, grads: trainGrad, state: stateAhead }).params;
        return copiesParametersAhead ? mapTree(fast, (p) => stopGradient(p, 'copied as data')) : fast;
      };
      const allowZero = copiesParametersAhead ? leavesOf(theta).map(({ path }) => path) : [];
      const gateGrad = grad((trial: MlpParams) => loss(ahead(trial), batches.validation), { allowZero })(
        theta,
      );
      const fast = ahead(theta);
      const validationGrad = restoresBeforeBackward
        ? hybridGradient(fast, params, batches.validation)
        : gradient(fast, batches.validation);

      const gateHyper = hyperFor(gateRule, theta, { lr: gateLr })(step);
      // PyTorch's optimizers skip parameters without a gradient.
      const gateAfter = copiesParametersAhead
        ? { params: theta, state: gateState }
        : applyRule(gateRule, { params: theta, grads: gateGrad, state: gateState, hyper: gateHyper, step });

      const used = addsValidationGradient ? zipTrees(trainGrad, validationGrad, add) : trainGrad;
      const after = updatedBy(learned, { trial: gateAfter.params, grads: used, state });
      const { beta1 } = after.info;
      const observations: Observations = {
        beta1,
        gateGradientNorm: globalNorm(gateGrad),
        ...leakIn(flatGradient(state.m), flatGradient(after.state.m), beta1, trainGrad, validationGrad),
      };
      const carry: Carry = {
        params: after.params,
        state: after.state,
        gate: { theta: gateAfter.params, state: gateAfter.state },
      };
      return [carry, observations];
    },
  };
}

/** Adam without bias correction. */
const uncorrectedAdam = (): Rule<AdamHyper> =>
  defineRule({
    name: 'uncorrectedAdam',
    hyper: adamHyper,
    ...perParameter({
      slots: { m: zerosLike, v: zerosLike },
      update:
        (hyper: Hyper<AdamHyper>) =>
        ({ grad, slots }) => {
          const { m, v } = moments(hyper, grad, slots);
          return { delta: adamDelta(hyper, m, v), slots: { m, v } };
        },
    }),
  });

/** See `Observations`. The moment is `after = beta1 * before + (1 - beta1) * u`. */
function leakIn(
  before: Tensor,
  after: Tensor,
  beta1: Tensor,
  trainGrad: MlpParams,
  validationGrad: MlpParams,
): Pick<Observations, 'validationShare' | 'unexplained'> {
  const moved = div(sub(after, mul(beta1, before)), sub(1, beta1));
  const excess = sub(moved, flatGradient(trainGrad));
  const validation = flatGradient(validationGrad);
  const validationShare = div(sum(mul(excess, validation)), sum(square(validation)));
  const rest = sub(excess, mul(validationShare, validation));
  return { validationShare, unexplained: div(sqrt(sum(square(rest))), sqrt(sum(square(validation)))) };
}
