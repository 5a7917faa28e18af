import { type CsvLog, openCsv } from '../report/csv.js';
import type { Arm, EpochMetrics, Parameters } from '../studies/study.js';
import type { RunRecord } from './record.js';

export interface EpochRow {
  /** Whether the run was a trial of the search or one on a fresh seed. */
  readonly phase: 'tune' | 'final';
  readonly arm: string;
  readonly trial: number | null;
  readonly seed: number;
  /** The split on which `loss` and `accuracy` were measured. */
  readonly split: string;
  readonly epoch: number;
  readonly metrics: EpochMetrics;
}

export interface TrialRow {
  readonly arm: string;
  readonly trial: number;
  readonly state: string;
  readonly loss: number;
  readonly parameters: Parameters;
}

/** All that a run measures, kept for its summary and written to `metrics.csv` and `trials.csv` as it comes. */
export interface Measurements {
  readonly epochs: readonly EpochRow[];
  readonly trials: readonly TrialRow[];
  epoch(row: EpochRow): void;
  trial(row: TrialRow): void;
  close(): void;
}

const metricColumns = {
  phase: 'text',
  arm: 'text',
  trial: 'number',
  seed: 'number',
  split: 'text',
  epoch: 'number',
  metric: 'text',
  value: 'number',
} as const;

export function openMeasurements(record: RunRecord, arms: readonly Arm[]): Measurements {
  const names = [...new Set(arms.flatMap(({ space }) => Object.keys(space)))];
  const trialColumns = {
    arm: 'text',
    trial: 'number',
    state: 'text',
    loss: 'number',
    ...(Object.fromEntries(names.map((name) => [name, 'number'])) as Record<string, 'number'>),
  } as const;
  const metricsFile = openCsv(record.path('metrics.csv'), metricColumns);
  const trialsFile: CsvLog<typeof trialColumns> = openCsv(record.path('trials.csv'), trialColumns);
  const epochs: EpochRow[] = [];
  const trials: TrialRow[] = [];
  return {
    epochs,
    trials,
    epoch(row) {
      epochs.push(row);
      const { metrics, ...place } = row;
      metricsFile.append(
        { ...place, split: 'train', metric: 'loss', value: metrics.trainLoss },
        { ...place, metric: 'loss', value: metrics.loss },
        { ...place, metric: 'accuracy', value: metrics.accuracy },
      );
    },
    trial(row) {
      trials.push(row);
      const { parameters, ...rest } = row;
      const values = Object.fromEntries(names.map((name) => [name, parameters[name] ?? null]));
      trialsFile.append({ ...rest, ...values });
    },
    close() {
      metricsFile.close();
      trialsFile.close();
    },
  };
}
