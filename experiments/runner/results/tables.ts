/** The tables `metrics.csv` and `trials.csv`: all measurements in tidy form. */
import { writeCsv } from '../../text/csv.js';
import type { Settings } from '../../studies/config.js';
import { objectiveOf, reportedMetric } from '../../tasks/task.js';
import type { RunData } from '../record/runData.js';
import { reportedValue } from './measures/trials.js';

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
 * Writes the tables of a run. `metrics.csv` has a row for each number that was measured after an epoch of a trial (`tune`), of
 * a training on a fresh seed (`final`), or in a reproduction; `trials.csv` has a row for each trial, with its parameters in the
 * columns `params.NAME` and the objective on the reported split, which chose nothing, in `test`. Trials that others repeat are left out and have no number.
 */
export function writeTables(record: { path: (file: string) => string }, data: RunData): void {
  writeCsv(record.path('metrics.csv'), metricColumns, [
    ...tuneRows(data),
    ...finalRows(data),
    ...reproductionRows(data),
  ]);
  const objective = objectiveOf(data.metrics);
  const names = [...new Set(Object.values(data.config.arms).flatMap(({ space }) => Object.keys(space)))];
  const columns = {
    arm: 'text',
    search: 'number',
    trial: 'number',
    state: 'text',
    [objective]: 'number',
    [reportedMetric]: 'number',
    ...Object.fromEntries(names.map((name) => [`params.${name}`, typeOf(data, name)])),
  } as const satisfies Readonly<Record<string, 'text' | 'number'>>;
  const rows = data.searches.flatMap(({ arm, search, study }) =>
    study.trials.map(({ state, value, params, userAttributes }, trial) => ({
      ...{ arm, search, trial, state, [objective]: value },
      [reportedMetric]: reportedValue({ userAttributes }),
      ...Object.fromEntries(
        names.map((name) => {
          const value = params[name] as Settings[string] | undefined;
          return [`params.${name}`, typeof value === 'boolean' ? String(value) : (value ?? null)];
        }),
      ),
    })),
  );
  writeCsv(record.path('trials.csv'), columns, rows);
}

/** Whether a parameter is a number in all arms that search it. */
const typeOf = ({ config }: RunData, name: string): 'text' | 'number' =>
  Object.values(config.arms).every(({ space }) => {
    const range = Object.hasOwn(space, name) ? space[name] : undefined;
    return (
      range === undefined ||
      !('choices' in range) ||
      range.choices.every((choice) => typeof choice === 'number')
    );
  })
    ? 'number'
    : 'text';

const none = { search: null, trial: null, seed: null, sweep: null, epoch: null };

const tuneRows = ({ searches, metrics }: RunData) =>
  searches.flatMap(({ arm, search, study }) =>
    study.trials.flatMap(({ intermediateValues }, trial) =>
      [...intermediateValues].map(([epoch, value]) => ({
        ...none,
        ...{ phase: 'tune', arm, search, trial, epoch, metric: objectiveOf(metrics), value },
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
