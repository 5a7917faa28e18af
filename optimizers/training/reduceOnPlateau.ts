import { type Kinds, isNumber, readOptions } from '../../engine/core/options.js';
import { UsageError } from '../../engine/index.js';
import {
  type ControllerState,
  type LrController,
  changeBy,
  coolDown,
  hold,
  improvesOn,
  readMetrics,
  requireLr,
  requireOptions,
} from './lrController.js';

export interface PlateauOptions {
  /** The learning rate is multiplied by this; by default 0.1. */
  readonly factor?: number;
  /** Measurements in a row that may pass without improvement; by default 10. */
  readonly patience?: number;
  /** The least improvement that counts, as a fraction of the best loss; by default 1e-4. */
  readonly threshold?: number;
  /** Measurements after a cut that do not count; by default 0. */
  readonly cooldown?: number;
  /** The lower bound of the learning rate; by default 0. */
  readonly min?: number;
}

export interface PlateauState extends ControllerState {
  readonly best: number;
  /** Measurements without improvement, in a row. */
  readonly stalls: number;
  readonly cooling: number;
}

const kinds: Kinds<PlateauOptions> = {
  factor: isNumber,
  patience: isNumber,
  threshold: isNumber,
  cooldown: isNumber,
  min: isNumber,
};

/**
 * PyTorch's ReduceLROnPlateau: multiplies the learning rate by `factor` when the loss has not improved on its best for more
 * than `patience` measurements. (PyTorch skips changes smaller than 1e-8.)
 */
export function reduceOnPlateau(options: PlateauOptions = {}): LrController<PlateauState> {
  const checked = readOptions<PlateauOptions>('reduceOnPlateau', options, kinds);
  const { factor = 0.1, patience = 10, threshold = 1e-4, cooldown = 0, min = 0 } = checked;
  if (!(factor > 0 && factor < 1))
    throw new UsageError(`reduceOnPlateau: factor = ${factor} must be above 0 and below 1.`);
  requireOptions('reduceOnPlateau', { patience, cooldown }, { threshold, min });
  return {
    start: (lr) => ({
      lr: requireLr('reduceOnPlateau', lr),
      decision: null,
      best: Infinity,
      stalls: 0,
      cooling: 0,
    }),
    next(state, metrics) {
      const { loss } = readMetrics('reduceOnPlateau', metrics);
      const { lr } = state;
      const better = improvesOn(state.best, loss, threshold);
      const best = better ? loss : state.best;
      if (state.cooling > 0)
        return {
          ...{ lr, best, stalls: 0, cooling: state.cooling - 1 },
          decision: coolDown(lr, state.cooling, cooldown),
        };
      const stalls = better ? 0 : state.stalls + 1;
      if (stalls <= patience) {
        const reason = better
          ? `loss ${loss} is the best so far`
          : `${stalls} of ${patience} measurements without improvement`;
        return { lr, best, stalls, cooling: 0, decision: hold(lr, reason) };
      }
      const decision = changeBy(
        factor,
        lr,
        { min, max: Infinity },
        `${stalls} measurements without improvement on ${best}`,
      );
      return { lr: decision.to, best, stalls: 0, cooling: cooldown, decision };
    },
  };
}
