/** Learning rates that answer to how the training goes: pure state machines, and what ties one to a trainer. */
import {
  type Kinds,
  describe,
  isNumber,
  isPlainObject,
  readOptions,
  requireKind,
} from '../../engine/core/options.js';
import { UsageError } from '../../engine/index.js';
import type { Trainer } from './trainer.js';

/** How training goes, measured now and then: after each epoch, or after a number of steps. */
export interface Metrics {
  readonly loss: number;
  /** Share of right answers, where there is one. */
  readonly accuracy?: number;
}

/** What was made of a measurement, and why. */
export interface Decision {
  readonly action: 'raise' | 'cut' | 'hold';
  readonly from: number;
  readonly to: number;
  readonly reason: string;
}

export interface ControllerState {
  readonly lr: number;
  /** The one that led here; null before the first measurement. */
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
  /** Feeds a measurement; the trainer's next update has the learning rate that was decided on. */
  report(metrics: Metrics): Decision;
}

/** Ties a controller to a trainer, whose `lr` begins at the number given. */
export function controlLr<P, State extends ControllerState>(
  training: Pick<Trainer<P, 'lr'>, 'retune'>,
  controller: LrController<State>,
  lr: number,
): ControlledLr {
  if (!isPlainObject(training) || typeof training.retune !== 'function')
    throw new UsageError(
      `controlLr: takes a training, as trainer(...) makes one; got ${describe(training)}.`,
    );
  if (!isPlainObject(controller) || typeof controller.start !== 'function')
    throw new UsageError(
      `controlLr: takes a controller, as reduceOnPlateau() makes one; got ${describe(controller)}.`,
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

/** A measurement as a caller gave it, checked: numbers, of which the loss may be NaN. */
export const readMetrics = (controller: string, metrics: Metrics): Metrics =>
  readOptions<Metrics>(controller, metrics, metricsKinds, { required: ['loss'] });

/** @throws UsageError unless a controller can begin at this learning rate. */
export function requireLr(controller: string, lr: number): number {
  requireKind(controller, 'lr', lr, isNumber);
  if (!(lr >= 0 && lr < Infinity))
    throw new UsageError(`${controller}: lr = ${lr} makes no sense; it must be at least 0 and finite.`);
  return lr;
}

/** Throws unless options are counts, whole numbers from 0 on, or other numbers from 0 on. */
export function requireOptions(
  controller: string,
  counts: Readonly<Record<string, number>>,
  amounts: Readonly<Record<string, number>>,
): void {
  for (const [name, value] of Object.entries(counts))
    if (!(Number.isInteger(value) && value >= 0))
      throw new UsageError(`${controller}: ${name} = ${value} must be a whole number, 0 or more.`);
  for (const [name, value] of Object.entries(amounts))
    if (!(value >= 0)) throw new UsageError(`${controller}: ${name} = ${value} must be a number, 0 or more.`);
}

/** The decision that a factor and the bounds lead to; a change that the bounds take back is none. */
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
