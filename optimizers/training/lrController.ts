/** Learning rates that react to measurements: pure state machines, and what connects one to a run. */
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
  /** Feeds a measurement; the next update of the run has the learning rate that was decided on. */
  report(metrics: Metrics): Decision;
}

/** Connects a controller to a run, whose `lr` begins at the number given. */
export function controlLr<P, State extends ControllerState>(
  training: Pick<Run<P, never, 'lr'>, 'retune'>,
  controller: LrController<State>,
  lr: number,
): ControlledLr {
  if (!isPlainObject(training) || typeof training.retune !== 'function')
    throw new UsageError(
      `controlLr: takes a run, as trainer(...) and training(...).start(...) make one; got ${describe(training)}.`,
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

/** The checked measurement of a caller; its loss may be NaN. */
export const readMetrics = (controller: string, metrics: Metrics): Metrics =>
  readOptions<Metrics>(controller, metrics, metricsKinds, { required: ['loss'] });

/** @throws UsageError unless a controller can begin at this learning rate. */
export function requireLr(controller: string, lr: number): number {
  requireKind(controller, 'lr', lr, isNumber);
  if (!(lr >= 0 && lr < Infinity))
    throw new UsageError(`${controller}: lr = ${lr} makes no sense; it must be at least 0 and finite.`);
  return lr;
}

/** Throws unless counts are integers and amounts numbers, all at least 0. */
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
