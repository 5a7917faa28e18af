import { type Kinds, isNumber, readOptions } from '../../engine/core/options.js';
import { UsageError } from '../../engine/index.js';
import {
  type ControllerState,
  type Decision,
  type LrController,
  changeBy,
  hold,
  readMetrics,
  requireLr,
  requireOptions,
} from './lrController.js';

export interface AdaptiveLrOptions {
  /** Improvements in a row after which the learning rate is raised; 3 unless given. */
  readonly raiseAfter?: number;
  /** 1.1 unless given; 1 never raises. */
  readonly raiseFactor?: number;
  /** Measurements in a row without progress that make a plateau; 3 unless given. */
  readonly patience?: number;
  /** 0.5 unless given; 1 never cuts. */
  readonly cutFactor?: number;
  /** What counts as improvement: a share of the best loss, or so much more accuracy than the best; 1e-3 unless given. */
  readonly threshold?: number;
  /** What counts as a rise: this share of the loss before; 0.05 unless given. */
  readonly rise?: number;
  /** Measurements after a change during which nothing is decided; 1 unless given. */
  readonly cooldown?: number;
  /** Bounds of the learning rate; 1e-6 and 0.1 unless given. */
  readonly min?: number;
  readonly max?: number;
}

export interface AdaptiveLrState extends ControllerState {
  readonly bestLoss: number;
  readonly bestAccuracy: number;
  readonly lossBefore: number;
  /** Improvements of the loss, in a row. */
  readonly improvements: number;
  /** Measurements with progress in neither loss nor accuracy, in a row. */
  readonly stalls: number;
  readonly cooling: number;
}

const kinds: Kinds<AdaptiveLrOptions> = {
  raiseAfter: isNumber,
  raiseFactor: isNumber,
  patience: isNumber,
  cutFactor: isNumber,
  threshold: isNumber,
  rise: isNumber,
  cooldown: isNumber,
  min: isNumber,
  max: isNumber,
};

/**
 * A learning rate by rule, fed by loss and accuracy. At each measurement, the first of these that holds decides:
 *
 *  1. the loss is not finite: cut;
 *  2. fewer than `cooldown` measurements since the last change: hold;
 *  3. the loss is more than `rise` above the one before, and the accuracy is not the best so far: cut;
 *  4. `patience` measurements in a row improved on neither the best loss nor the best accuracy: cut;
 *  5. `raiseAfter` measurements in a row improved on the best loss: raise;
 *  6. otherwise: hold.
 *
 * To raise and to cut is to multiply with `raiseFactor` and `cutFactor`, between `min` and `max`; either begins all
 * counts anew. Improvements are on the best so far and by more than `threshold`.
 */
export function adaptiveLr(options: AdaptiveLrOptions = {}): LrController<AdaptiveLrState> {
  const given = readOptions<AdaptiveLrOptions>('adaptiveLr', options, kinds);
  const { raiseAfter = 3, raiseFactor = 1.1, patience = 3, cutFactor = 0.5, cooldown = 1 } = given;
  const { threshold = 1e-3, rise = 0.05, min = 1e-6, max = 0.1 } = given;
  if (!(raiseFactor >= 1 && cutFactor > 0 && cutFactor <= 1 && min <= max))
    throw new UsageError(
      `adaptiveLr: raiseFactor = ${raiseFactor} must be at least 1, cutFactor = ${cutFactor} above 0 and at most 1, ` +
        `and min = ${min} at most max = ${max}.`,
    );
  requireOptions('adaptiveLr', { raiseAfter, patience, cooldown }, { threshold, rise, min });
  return {
    start: (lr) => ({
      lr: requireLr('adaptiveLr', lr),
      decision: null,
      bestLoss: Infinity,
      bestAccuracy: -Infinity,
      lossBefore: Infinity,
      improvements: 0,
      stalls: 0,
      cooling: 0,
    }),
    next(state, metrics) {
      const { loss, accuracy = -Infinity } = readMetrics('adaptiveLr', metrics);
      const { lr, bestLoss, bestAccuracy, lossBefore } = state;
      const first = bestLoss === Infinity;
      const lossImproved = first ? loss < Infinity : loss < bestLoss - threshold * Math.abs(bestLoss);
      const accuracyImproved = accuracy > bestAccuracy + threshold;
      const improvements = lossImproved ? state.improvements + 1 : 0;
      const stalls = lossImproved || accuracyImproved ? 0 : state.stalls + 1;

      const decide = (): Decision => {
        if (!Number.isFinite(loss)) return changeBy(cutFactor, lr, { min, max }, `the loss is ${loss}`);
        if (state.cooling > 0)
          return hold(lr, `cooling down, measurement ${cooldown - state.cooling + 1} of ${cooldown}`);
        if (loss > lossBefore + rise * Math.abs(lossBefore) && !accuracyImproved)
          return changeBy(cutFactor, lr, { min, max }, `the loss rose from ${lossBefore} to ${loss}`);
        if (stalls >= patience)
          return changeBy(
            cutFactor,
            lr,
            { min, max },
            `${stalls} measurements improved on neither loss nor accuracy`,
          );
        if (improvements >= raiseAfter)
          return changeBy(raiseFactor, lr, { min, max }, `the loss fell ${improvements} times in a row`);
        if (stalls > 0) return hold(lr, `no progress, measurement ${stalls} of ${patience}`);
        return hold(lr, `the loss fell ${improvements} times in a row, of ${raiseAfter}`);
      };
      const decision = decide();
      const changed = decision.to !== lr;
      const undecided = state.cooling > 0;
      return {
        lr: decision.to,
        decision,
        bestLoss: lossImproved ? loss : bestLoss,
        bestAccuracy: accuracy > bestAccuracy ? accuracy : bestAccuracy,
        lossBefore: loss,
        improvements: changed || undecided ? 0 : improvements,
        stalls: changed || undecided ? 0 : stalls,
        cooling: changed ? cooldown : Math.max(0, state.cooling - 1),
      };
    },
  };
}
