/** Runs of numbers that are made up, so that what they say is known. */
import type { RunData } from '../../experiments/runner/record/runData.js';
import type { TrainingEntry } from '../../experiments/runner/record/runLog.js';
import type { ClaimConfig, Overrides } from '../../experiments/studies/config.js';
import { classificationMetrics } from '../../experiments/tasks/classification.js';
import type { TrialRecord } from '../../experiments/tuning/index.js';
import type { SearchRecord } from '../../experiments/runner/record/runData.js';
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

/** Trainings of arms by seed; `claims` against one another; `changes` of the configuration. */
export function runOf(
  arms: Readonly<Record<string, readonly Losses[]>>,
  claims: readonly Partial<ClaimConfig>[],
  changes: Overrides = {},
): RunData {
  const declared = Object.keys(arms).map((arm) => [
    arm,
    { description: arm, role: 'control', program: 'parabola', ...(arm === 'swept' && { sweep }) },
  ]);
  const config = toyConfig({ arms: null }, { arms: Object.fromEntries(declared), claims }, changes);
  const trained = Object.entries(arms).flatMap(([arm, seeds]) =>
    seeds.map((losses, seed) => training(arm, seed, losses)),
  );
  return {
    config,
    metrics: classificationMetrics,
    searches: [],
    trained,
    reproductions: [],
    status: 'complete',
    seedsAddedFrom: null,
    registrationProblems: [],
  };
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

/** Arms that are tuned by a learning rate, for the changes of a configuration. */
export const tunedArms = (...names: string[]): Overrides => ({
  arms: Object.fromEntries(names.map((name) => [name, { space: { lr: { low: 1e-4, high: 1, log: true } } }])),
});

/** A trial that is complete: what it reached on tuneVal and, if recorded, on the reported split. */
export interface MadeUpTrial {
  /** Null or NaN of a trial that diverged. */
  readonly value: number | null;
  readonly test?: number;
  readonly lr?: number;
}

/** The search of an arm with the trials. */
export const searchOf = (arm: string, search: number, trials: readonly MadeUpTrial[]): SearchRecord => ({
  ...{ kind: 'search', arm, search },
  study: {
    ...{ id: 0, name: arm, direction: 'minimize', directions: ['minimize'] },
    ...{ userAttributes: {}, systemAttributes: {} },
    trials: trials.map(({ value, test, lr = 0.01 }, number): TrialRecord => ({
      ...{ number, id: number, state: 'complete', value, params: { lr }, distributions: {} },
      ...{ intermediateValues: new Map(), systemAttributes: {}, started: null, completed: null, worker: '' },
      userAttributes: test === undefined ? {} : { test },
    })),
  },
});
