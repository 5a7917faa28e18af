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
  zipTrees,
} from '../../../engine/index.js';
import type { MlpParams } from '../../../engine/nn/index.js';
import {
  type Hyper,
  type LearnedOptimizer,
  type State,
  adam,
  adamOfVaryingBeta1,
  applyRule,
  flatGradient,
  gated,
  globalNorm,
  gradientStatistics,
} from '../../../optimizers/index.js';
import { hyperFor } from '../../../optimizers/hyper.js';
import type { Classifier } from '../classifier.js';
import type { TwoBatches } from './leak.js';
import { gateModel } from './programs.js';

export interface Defects {
  /** The parameters ahead are copied into the model as data, so the gate gets no gradient and stays as it is. */
  readonly copiesParametersAhead: boolean;
  /** The gradient of the validation loss is added to that of the training loss, and the update uses their sum. */
  readonly addsValidationGradient: boolean;
  /**
   * That gradient is taken at the present parameters, not at those ahead. Which it was is not on record: the program's
   * losses in PyTorch after 10 epochs, 0.22 to 0.27, agree with 0.17 to 0.24 here, and not with 0.15 to 0.20 there; over 40
   * executions they still differ a little, 0.206 against 0.227 in the median (Mann-Whitney p = 0.009).
   */
  readonly validatesPresentParameters: boolean;
  /** The first moment is divided by 1 - beta1^step with the present beta1, although earlier ones were others. */
  readonly correctsAsIfConstant: boolean;
}

/** The write-up's program. */
export const allDefects: Defects = {
  copiesParametersAhead: true,
  addsValidationGradient: true,
  validatesPresentParameters: true,
  correctsAsIfConstant: true,
};

/** What goes from update to update. */
export interface Carry {
  readonly params: MlpParams;
  readonly state: State;
  readonly gate: { readonly theta: MlpParams; readonly state: State };
}

/** What is seen of an update; scalars. */
export interface Seen {
  readonly beta1: Tensor;
  /** Of the validation loss ahead. */
  readonly gateGradientNorm: Tensor;
  /**
   * How much of the validation gradient is in the update. Let u be the gradient that the first moment took up, read off from
   * the moment before and after, t and v those of the training loss and of the validation loss: `(u - t) . v / (v . v)`.
   * 0 is none of it, 1 all.
   */
  readonly validationShare: Tensor;
  /** What else is in the update: `|u - t - share * v| / |v|`. */
  readonly unexplained: Tensor;
}

export interface ProgramAsWritten {
  readonly begin: (params: MlpParams, theta: MlpParams) => Carry;
  readonly update: (
    carry: Carry,
    hyper: Hyper<'lr' | 'gateLr'>,
    step: Tensor,
    batches: TwoBatches,
  ) => readonly [Carry, Seen];
}

/**
 * DynamicAdam step by step: an update ahead, the gate's update on the validation loss there, and the real update with what
 * the gate then says.
 */
export function programAsWritten({ loss }: Pick<Classifier, 'loss'>, defects: Defects): ProgramAsWritten {
  const { copiesParametersAhead, validatesPresentParameters } = defects;
  const { addsValidationGradient, correctsAsIfConstant } = defects;
  const gate = { model: gateModel, input: gradientStatistics };
  const learned: LearnedOptimizer<MlpParams> = correctsAsIfConstant
    ? gated(adam(), 'beta1', gate)
    : gated(adamOfVaryingBeta1(), 'beta1', gate);
  const gateRule = adam();
  const gradient = grad(loss);

  return {
    begin: (params, theta) => ({
      params,
      state: learned.at(theta).rule.init(params),
      gate: { theta, state: gateRule.init(theta) },
    }),
    update({ params, state, gate: { theta, state: gateState } }, { lr, gateLr }, step, batches) {
      const updatedBy = (trial: MlpParams, grads: MlpParams) => {
        const { rule } = learned.at(trial);
        return applyRule(rule, { params, grads, state, hyper: hyperFor(rule, params, { lr })(step), step });
      };
      const trainGrad = gradient(params, batches.train);
      const ahead = (trial: MlpParams): MlpParams => {
        const fast = updatedBy(trial, trainGrad).params;
        return copiesParametersAhead ? mapTree(fast, (p) => stopGradient(p, 'copied as data')) : fast;
      };
      const allowZero = copiesParametersAhead ? leavesOf(theta).map(({ path }) => path) : [];
      const gateGrad = grad((trial: MlpParams) => loss(ahead(trial), batches.validation), { allowZero })(
        theta,
      );
      const judged = validatesPresentParameters ? params : ahead(theta);
      const validationGrad = gradient(judged, batches.validation);

      const gateHyper = hyperFor(gateRule, theta, { lr: gateLr })(step);
      // PyTorch's optimizers pass over parameters that have no gradient.
      const gateAfter = copiesParametersAhead
        ? { params: theta, state: gateState }
        : applyRule(gateRule, { params: theta, grads: gateGrad, state: gateState, hyper: gateHyper, step });

      const used = addsValidationGradient ? zipTrees(trainGrad, validationGrad, add) : trainGrad;
      const after = updatedBy(gateAfter.params, used);
      const { beta1 } = after.info;
      const seen: Seen = {
        beta1,
        gateGradientNorm: globalNorm(gateGrad),
        ...leakIn(flatGradient(state.m), flatGradient(after.state.m), beta1, trainGrad, validationGrad),
      };
      const carry: Carry = {
        params: after.params,
        state: after.state,
        gate: { theta: gateAfter.params, state: gateAfter.state },
      };
      return [carry, seen];
    },
  };
}

/** See `Seen`. The moment is `after = beta1 * before + (1 - beta1) * u`. */
function leakIn(
  before: Tensor,
  after: Tensor,
  beta1: Tensor,
  trainGrad: MlpParams,
  validationGrad: MlpParams,
): Pick<Seen, 'validationShare' | 'unexplained'> {
  const taken = div(sub(after, mul(beta1, before)), sub(1, beta1));
  const excess = sub(taken, flatGradient(trainGrad));
  const validation = flatGradient(validationGrad);
  const validationShare = div(sum(mul(excess, validation)), sum(square(validation)));
  const rest = sub(excess, mul(validationShare, validation));
  return { validationShare, unexplained: div(sqrt(sum(square(rest))), sqrt(sum(square(validation)))) };
}
