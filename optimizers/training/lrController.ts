/** Controllers of learning rates, pure state machines fed by measurements, and their connection to a run. */
import {
  type Kinds,
  describe,
  isNumber,
  isPlainObject,
  readOptions,
  requireKind,
} from '../../engine/core/options.js';
import { UsageError } from '../../engine/index.js';
import type { Run } from './training.js';

/** A measurement of the training, after each epoch or after a number of steps. */
export interface Metrics {
  readonly loss: number;
  /** The fraction of examples classified correctly. */
  readonly accuracy?: number;
}

/** The decision on a measurement, and the reason. */
export interface Decision {
  readonly action: 'raise' | 'cut' | 'hold';
  readonly from: number;
  readonly to: number;
  readonly reason: string;
}

export interface ControllerState {
  readonly lr: number;
  /** The last decision; null before the first measurement. */
  readonly decision: Decision | null;
}

export interface LrController<State extends ControllerState = ControllerState> {
  start(lr: number): State;
  next(state: State, metrics: Metrics): State;
}

export interface ControlledLr {
  readonly lr: number;
  /** One for each measurement. */
  readonly decisions: readonly Decision[];
  /** Decides on a measurement; the next update of the run has the resulting learning rate. */
  report(metrics: Metrics): Decision;
}

/** Connects a controller to a run, whose learning rate becomes `lr`. */
export function controlLr<P, State extends ControllerState>(
  training: Pick<Run<P, never, 'lr'>, 'retune'>,
  controller: LrController<State>,
  lr: number,
): ControlledLr {
  if (!isPlainObject(training) || typeof training.retune !== 'function')
    throw new UsageError(
      `controlLr: takes a run, as trainer(...) and training(...).start(...) return; got ${describe(training)}.`,
    );
  if (!isPlainObject(controller) || typeof controller.start !== 'function')
    throw new UsageError(
      `controlLr: takes a controller, as in reduceOnPlateau(); got ${describe(controller)}.`,
    );
  let state = controller.start(requireLr('controlLr', lr));
  const decisions: Decision[] = [];
  training.retune({ lr });
  return {
    get lr() {
      return state.lr;
    },
    decisions,
    report(metrics) {
      state = controller.next(state, metrics);
      const decision = state.decision!;
      decisions.push(decision);
      training.retune({ lr: state.lr });
      return decision;
    },
  };
}

const metricsKinds: Kinds<Metrics> = { loss: isNumber, accuracy: isNumber };

/** The measurement, checked; its loss may be NaN. */
export const readMetrics = (controller: string, metrics: Metrics): Metrics =>
  readOptions<Metrics>(controller, metrics, metricsKinds, { required: ['loss'] });

/** The learning rate. @throws UsageError unless a controller can begin at it. */
export function requireLr(controller: string, lr: number): number {
  requireKind(controller, 'lr', lr, isNumber);
  if (!(lr >= 0 && lr < Infinity))
    throw new UsageError(`${controller}: lr = ${lr} makes no sense; it must be at least 0 and finite.`);
  return lr;
}

/** @throws UsageError unless counts are integers and amounts numbers, all at least 0. */
export function requireOptions(
  controller: string,
  counts: Readonly<Record<string, number>>,
  amounts: Readonly<Record<string, number>>,
): void {
  for (const [name, value] of Object.entries(counts))
    if (!(Number.isInteger(value) && value >= 0))
      throw new UsageError(`${controller}: ${name} = ${value} must be an integer, 0 or more.`);
  for (const [name, value] of Object.entries(amounts))
    if (!(value >= 0)) throw new UsageError(`${controller}: ${name} = ${value} must be a number, 0 or more.`);
}

/** The decision to multiply by a factor within bounds; to hold if that changes nothing. */
export function changeBy(
  factor: number,
  lr: number,
  { min, max }: { readonly min: number; readonly max: number },
  reason: string,
): Decision {
  const to = Math.min(Math.max(lr * factor, Math.min(min, lr)), Math.max(max, lr));
  if (to !== lr) return { action: to > lr ? 'raise' : 'cut', from: lr, to, reason };
  const bound = factor > 1 ? `the maximum ${max}` : `the minimum ${min}`;
  return hold(lr, factor === 1 ? `${reason}; the factor is 1` : `${reason}; ${bound} is reached`);
}

export const hold = (lr: number, reason: string): Decision => ({ action: 'hold', from: lr, to: lr, reason });

/** The decision to hold with `left` of the `cooldown` measurements after a change to go. */
export const coolDown = (lr: number, left: number, cooldown: number): Decision =>
  hold(lr, `cooling down, measurement ${cooldown - left + 1} of ${cooldown}`);

/** Whether a loss is lower than the best by more than a fraction of it; any loss below infinity is, for the first. */
export const improvesOn = (best: number, loss: number, threshold: number): boolean =>
  best === Infinity ? loss < Infinity : loss < best - threshold * Math.abs(best);
