import { isFinite, isNumber, isText, kind, requireKind } from '../../../../engine/core/options.js';
import type { CurveArm } from './learningCurves.js';
import { UsageError } from '../../../../engine/core/errors.js';
import { suggestion } from '../../../../engine/core/nearest.js';
import { isTexts, type PartKinds, readEach } from '../../draw/parts.js';

/** The result of one seed of an arm. */
export interface SeedValue {
  readonly arm: string;
  readonly seed: number;
  /** NaN and the infinities mean that the run diverged. */
  readonly value: number;
}

/** The result of one seed of an arm at an epoch, a step, or a setting such as an initial learning rate. */
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
    const runs = [...bySeed.values()].map((points) => {
      const sorted = points.sort((a, b) => a.at - b.at);
      return { x: sorted.map(({ at }) => at), y: sorted.map(({ value }) => value) };
    });
    return { name, runs };
  });
}

const seed = kind('an integer', Number.isInteger);
export const seedValueKinds: PartKinds<SeedValue & { readonly at?: number }> = {
  required: { arm: isText, seed, value: isNumber },
  optional: { at: isFinite },
};
export const measurementKinds: PartKinds<Measurement> = {
  required: { arm: isText, seed, value: isNumber, at: isFinite },
  optional: {},
};

/** @throws UsageError for a row of an arm that is not in the picture. */
export function checkArms(
  figure: string,
  arms: readonly string[],
  rows: readonly { readonly arm: string }[],
): void {
  const stranger = rows.find(({ arm }) => !arms.includes(arm))?.arm;
  if (stranger !== undefined)
    throw new UsageError(
      `${figure}: '${stranger}' is none of the arms.${suggestion(stranger, arms)} They are ${arms.join(', ')}.`,
    );
}
