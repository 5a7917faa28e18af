/** `metrics.csv` and `trials.csv`: all measurements as tidy tables. */
import { writeCsv } from '../../text/csv.js';
import type { RunData } from '../record/runData.js';

const metricColumns = {
  phase: 'text',
  arm: 'text',
  search: 'number',
  trial: 'number',
  seed: 'number',
  sweep: 'number',
  epoch: 'number',
  metric: 'text',
  value: 'number',
} as const;

/**
 * Writes the tables of a run. `metrics.csv` has one row for each number that was measured after an epoch of a trial
 * (`tune`), of a training on a fresh seed (`final`), or along a reproduction; `trials.csv` has one for each trial, with its
 * parameters in columns of their own, `params.NAME`.
 * Trials are numbered without those that others repeat.
 */
export function writeTables(record: { path: (file: string) => string }, data: RunData): void {
  writeCsv(record.path('metrics.csv'), metricColumns, [
    ...tuneRows(data),
    ...finalRows(data),
    ...reproductionRows(data),
  ]);
  const names = [...new Set(Object.values(data.config.arms).flatMap(({ space }) => Object.keys(space)))];
  const columns = {
    arm: 'text',
    search: 'number',
    trial: 'number',
    state: 'text',
    loss: 'number',
    ...(Object.fromEntries(names.map((name) => [`params.${name}`, 'number'])) as Record<string, 'number'>),
  } as const;
  const rows = data.searches.flatMap(({ arm, search, study }) =>
    study.trials.map(({ state, value, params }, trial) => ({
      ...{ arm, search, trial, state, loss: value },
      ...Object.fromEntries(
        names.map((name) => [`params.${name}`, (params[name] as number | undefined) ?? null]),
      ),
    })),
  );
  writeCsv(record.path('trials.csv'), columns, rows);
}

const none = { search: null, trial: null, seed: null, sweep: null, epoch: null };

const tuneRows = ({ searches }: RunData) =>
  searches.flatMap(({ arm, search, study }) =>
    study.trials.flatMap(({ intermediateValues }, trial) =>
      [...intermediateValues].map(([epoch, value]) => ({
        ...none,
        ...{ phase: 'tune', arm, search, trial, epoch, metric: 'loss', value },
      })),
    ),
  );

const finalRows = ({ trained }: RunData) =>
  trained.flatMap(({ arm, seed, sweepValue, epochs }) =>
    epochs.flatMap((metrics, i) =>
      Object.entries(metrics).map(([metric, value]) => ({
        ...none,
        ...{ phase: 'final', arm, seed, sweep: sweepValue, epoch: i + 1, metric, value },
      })),
    ),
  );

const reproductionRows = ({ reproductions }: RunData) =>
  reproductions.flatMap(({ program: arm, seed, figures, series }) => [
    ...Object.entries(figures).map(([metric, value]) => ({
      ...none,
      ...{ phase: 'reproduction', arm, seed, metric, value },
    })),
    ...Object.entries(series).flatMap(([metric, values]) =>
      values.map((value, i) => ({
        ...none,
        ...{ phase: 'reproduction', arm, seed, epoch: i + 1, metric, value },
      })),
    ),
  ]);
