/** What the tests of pictures draw. */
import type { Curve } from '../../experiments/report/charts/training/learningCurves.js';
import type { TrialRecord } from '../../experiments/tuning/index.js';

export const loss = { title: 'loss' };
export const epoch = { title: 'epoch' };
export const run = (...y: number[]): Curve => ({ x: y.map((_, i) => i + 1), y });
export const seedsOf = (...values: number[]) => values.map((value, number) => ({ number, value }));

export const trial = (number: number, value: number | null, reports: readonly number[]): TrialRecord => ({
  number,
  state: value === null ? 'fail' : 'complete',
  value,
  params: { lr: 0.1 + number },
  distributions: { lr: { kind: 'float', low: 0.1, high: 10, log: true, step: null } },
  intermediateValues: new Map(reports.map((report, step) => [step, report])),
  ...{ userAttributes: {}, systemAttributes: {}, started: null, completed: null, worker: 'w', id: number },
});
