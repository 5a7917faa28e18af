/** One update of the write-up's program, with what is wrong in it as a switch. */
import type { Batch } from '../../../data/index.js';
import { type Tensor, grad, leavesOf, mapTree, stopGradient } from '../../../engine/index.js';
import type { MlpParams, Model } from '../../../engine/nn/index.js';
import { hyperFor } from '../../../optimizers/hyper.js';
import {
  type Hyper,
  type State,
  adam,
  applyRule,
  gatedBlend,
  globalNorm,
} from '../../../optimizers/index.js';
import type { Task } from '../../tasks/task.js';
import { blendedRules } from './programs.js';

export interface Defects {
  /** The update is made without recording, so the gate gets no gradient and stays as it is. */
  readonly recordsNothing: boolean;
}

/** The write-up's program. */
export const allDefects: Defects = { recordsNothing: true };

/** The state that updates pass on. */
export interface Carry {
  readonly params: MlpParams;
  readonly state: State;
  readonly gate: { readonly theta: MlpParams; readonly state: State };
}

/** The observations of an update, scalars. */
export interface Observations {
  readonly alpha: Tensor;
  /** Of the validation loss after the update. */
  readonly gateGradientNorm: Tensor;
}

export interface ReproducedProgram {
  readonly begin: (params: MlpParams, theta: MlpParams) => Carry;
  readonly update: (
    carry: Carry,
    hyper: Hyper<'adam.lr' | 'sgd.lr' | 'sgd.momentum' | 'gateLr'>,
    step: Tensor,
    batches: { readonly train: Batch; readonly validation: Batch },
  ) => readonly [Carry, Observations];
}

/**
 * The blend step by step: the update with the gate's alpha for the gradient, then the gate's update on the validation
 * loss.
 */
export function reproducedProgram(
  { loss }: Pick<Task<MlpParams>, 'loss'>,
  gateModel: Model<MlpParams>,
  { recordsNothing }: Defects,
): ReproducedProgram {
  const learned = gatedBlend(blendedRules, { model: gateModel });
  const gateRule = adam();
  return {
    begin: (params, theta) => ({
      params,
      state: learned.at(theta).rule.init(params),
      // Without a gradient the gate's Adam never makes its state.
      gate: { theta, state: recordsNothing ? {} : gateRule.init(theta) },
    }),
    update({ params, state, gate }, { gateLr, ...hyper }, step, { train, validation }) {
      const grads = grad(loss)(params, train);
      const updatedBy = (theta: MlpParams) => {
        const { rule } = learned.at(theta);
        return applyRule(rule, { params, grads, state, hyper: hyperFor(rule, params, hyper)(step), step });
      };
      const ahead = (theta: MlpParams): MlpParams => {
        const after = updatedBy(theta).params;
        return recordsNothing ? mapTree(after, (p) => stopGradient(p, 'nothing is recorded')) : after;
      };
      const { theta } = gate;
      const allowZero = recordsNothing ? leavesOf(theta).map(({ path }) => path) : [];
      const gateGrad = grad((trial: MlpParams) => loss(ahead(trial), validation), { allowZero })(theta);

      const after = updatedBy(theta);
      const observations: Observations = { alpha: after.info.alpha, gateGradientNorm: globalNorm(gateGrad) };
      const carry = { params: after.params, state: after.state };
      // PyTorch's optimizers skip parameters without a gradient.
      if (recordsNothing) return [{ ...carry, gate }, observations];
      const gateHyper = hyperFor(gateRule, theta, { lr: gateLr })(step);
      const { params: learnedTheta, state: gateState } = applyRule(gateRule, {
        ...{ params: theta, grads: gateGrad, state: gate.state, hyper: gateHyper, step },
      });
      return [{ ...carry, gate: { theta: learnedTheta, state: gateState } }, observations];
    },
  };
}
