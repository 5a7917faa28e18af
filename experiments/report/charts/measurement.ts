import { requireKind } from '../../../engine/core/options.js';
import type { CurveArm } from './learningCurves.js';
import { checkArms, isTexts, measurementKinds, readEach } from './parts.js';

/** What one seed of an arm gave. */
export interface SeedValue {
  readonly arm: string;
  readonly seed: number;
  /** NaN and the infinities say that the run diverged. */
  readonly value: number;
}

/** What one seed of an arm gave somewhere: at an epoch, at a step, or with a setting such as an initial learning rate. */
export interface Measurement extends SeedValue {
  readonly at: number;
}

/** Arms for `learningCurves`, in the order of their names, from measurements in any order. */
export function curveArms(arms: readonly string[], measurements: readonly Measurement[]): CurveArm[] {
  requireKind('curveArms', 'the arms', arms, isTexts);
  readEach('curveArms', 'measurements', measurements, measurementKinds);
  checkArms('curveArms', arms, measurements);
  return arms.map((name) => {
    const bySeed = new Map<number, Measurement[]>();
    for (const measurement of measurements) {
      if (measurement.arm !== name) continue;
      bySeed.set(measurement.seed, [...(bySeed.get(measurement.seed) ?? []), measurement]);
    }
    const runs = [...bySeed.values()].map((its) => {
      const sorted = its.sort((a, b) => a.at - b.at);
      return { x: sorted.map(({ at }) => at), y: sorted.map(({ value }) => value) };
    });
    return { name, runs };
  });
}
