import { type Kinds, isNumber, readOptions } from '../../engine/core/options.js';
import { UsageError } from '../../engine/index.js';
import {
  type ControllerState,
  type LrController,
  changeBy,
  hold,
  readMetrics,
  requireLr,
  requireOptions,
} from './lrController.js';

export interface PlateauOptions {
  /** What the learning rate is multiplied with; 0.1 unless given. */
  readonly factor?: number;
  /** How many measurements in a row may pass without improvement; 10 unless given. */
  readonly patience?: number;
  /** The share of the best loss by which a loss must be lower to be an improvement; 1e-4 unless given. */
  readonly threshold?: number;
  /** For how many measurements after a cut nothing counts against the learning rate; 0 unless given. */
  readonly cooldown?: number;
  /** The learning rate below which it does not go; 0 unless given. */
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
 * PyTorch's ReduceLROnPlateau: the learning rate is multiplied with `factor` when the loss has not improved on its best for
 * more than `patience` measurements. (PyTorch leaves changes smaller than 1e-8 out.)
 */
export function reduceOnPlateau(options: PlateauOptions = {}): LrController<PlateauState> {
  const given = readOptions<PlateauOptions>('reduceOnPlateau', options, kinds);
  const { factor = 0.1, patience = 10, threshold = 1e-4, cooldown = 0, min = 0 } = given;
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
      const better =
        loss < state.best - threshold * Math.abs(state.best) || (state.best === Infinity && loss < Infinity);
      const best = better ? loss : state.best;
      if (state.cooling > 0)
        return {
          ...{ lr, best, stalls: 0, cooling: state.cooling - 1 },
          decision: hold(lr, `cooling down, measurement ${cooldown - state.cooling + 1} of ${cooldown}`),
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
