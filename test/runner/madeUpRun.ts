/** Runs of numbers that are made up, so that what they say is known. */
import type { RunData } from '../../experiments/runner/record/runData.js';
import type { TrainingEntry } from '../../experiments/runner/record/runLog.js';
import type { ClaimConfig } from '../../experiments/studies/config.js';
import { classificationMetrics } from '../../experiments/tasks/classification.js';
import { toyConfig } from './toyStudy.js';

export type Losses = readonly number[];

/** A training whose loss after each epoch is given, a second each. */
export const training = (
  arm: string,
  seed: number,
  losses: Losses,
  sweepValue: number | null = null,
): TrainingEntry => ({
  kind: 'training',
  ...{ arm, seed, sweepValue },
  parameters: {},
  epochs: losses.map((loss) => ({ trainLoss: loss, loss, accuracy: 1 - loss })),
  seconds: losses.map((_, i) => i + 1),
});

/** Trainings of arms by seed; `claims` against one another. */
export function runOf(
  arms: Readonly<Record<string, readonly Losses[]>>,
  claims: readonly Partial<ClaimConfig>[],
): RunData {
  const declared = Object.keys(arms).map((arm) => [
    arm,
    { description: arm, role: 'control', program: 'parabola', ...(arm === 'swept' && { sweep }) },
  ]);
  const config = toyConfig({ arms: null }, { arms: Object.fromEntries(declared), claims });
  const trained = Object.entries(arms).flatMap(([arm, seeds]) =>
    seeds.map((losses, seed) => training(arm, seed, losses)),
  );
  return { config, metrics: classificationMetrics, searches: [], trained, reproductions: [] };
}

export const sweep = { parameter: 'lr', values: [1e-3, 1e-2, 1e-1] };

export const claim = (rest: Partial<ClaimConfig> = {}): Partial<ClaimConfig> => ({
  id: 'X',
  statement: 'a is below b',
  arm: 'a',
  against: ['b'],
  measure: { kind: 'metric', metric: 'loss' },
  test: 'lower',
  margin: 0.02,
  ...rest,
});

export const final = (...losses: number[]): Losses[] => losses.map((loss) => [9, loss]);
