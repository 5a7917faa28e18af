import { type Kinds, isNumber, readOptions } from '../../engine/core/options.js';
import { UsageError } from '../../engine/index.js';
import {
  type ControllerState,
  type Decision,
  type LrController,
  changeBy,
  coolDown,
  hold,
  improvesOn,
  readMetrics,
  requireLr,
  requireOptions,
} from './lrController.js';

export interface AdaptiveLrOptions {
  /** Improvements in a row after which the learning rate is raised; by default 3. */
  readonly raiseAfter?: number;
  /** By default 1.1; 1 never raises. */
  readonly raiseFactor?: number;
  /** Measurements in a row without progress that make a plateau; by default 3. */
  readonly patience?: number;
  /** By default 0.5; 1 never cuts. */
  readonly cutFactor?: number;
  /** The least improvement that counts, as a fraction of the best loss or as a difference in accuracy; by default 1e-3. */
  readonly threshold?: number;
  /** The least rise that counts, as a fraction of the previous loss; by default 0.05. */
  readonly rise?: number;
  /** Measurements after a change during which nothing is decided; by default 1. */
  readonly cooldown?: number;
  /** Bounds of the learning rate; by default 1e-6 and 0.1. */
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
 * A controller of the learning rate by loss and accuracy. At each measurement, the first of these that holds decides:
 *
 *  1. the loss is not finite: cut;
 *  2. fewer than `cooldown` measurements since the last change: hold;
 *  3. the loss is more than `rise` above the one before, and the accuracy is not the best so far: cut;
 *  4. `patience` measurements in a row improved on neither the best loss nor the best accuracy: cut;
 *  5. `raiseAfter` measurements in a row improved on the best loss: raise;
 *  6. otherwise: hold.
 *
 * Raising multiplies by `raiseFactor` and cutting by `cutFactor`, between `min` and `max`; either resets all counts.
 * Improvements are on the best so far and by more than `threshold`.
 */
export function adaptiveLr(options: AdaptiveLrOptions = {}): LrController<AdaptiveLrState> {
  const checked = readOptions<AdaptiveLrOptions>('adaptiveLr', options, kinds);
  const { raiseAfter = 3, raiseFactor = 1.1, patience = 3, cutFactor = 0.5, cooldown = 1 } = checked;
  const { threshold = 1e-3, rise = 0.05, min = 1e-6, max = 0.1 } = checked;
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
      const lossImproved = improvesOn(bestLoss, loss, threshold);
      const accuracyImproved = accuracy > bestAccuracy + threshold;
      const improvements = lossImproved ? state.improvements + 1 : 0;
      const stalls = lossImproved || accuracyImproved ? 0 : state.stalls + 1;

      const decide = (): Decision => {
        if (!Number.isFinite(loss)) return changeBy(cutFactor, lr, { min, max }, `the loss is ${loss}`);
        if (state.cooling > 0) return coolDown(lr, state.cooling, cooldown);
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
