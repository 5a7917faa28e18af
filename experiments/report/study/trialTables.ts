import type { Json, StudyRecord, TrialRecord } from '../../tuning/log/records.js';
import { type ColumnType, csvText } from '../../text/csv.js';
import { jsonText } from '../../../engine/io/json.js';
import type { Cell } from '../tables/table.js';
import { formatTable } from '../tables/terminal.js';

/** The trials of a study as text, one a row. */
export function trialTable(study: StudyRecord): string {
  const names = parameterNames(study);
  return formatTable(
    ['trial', 'state', 'value', 'seconds', ...names],
    study.trials.map((trial) => [
      trial.number,
      trial.state,
      trial.value,
      secondsOf(trial),
      ...names.map((name): Cell => (Object.hasOwn(trial.params, name) ? trial.params[name] : null)),
    ]),
  );
}

/** The parameters of a trial, in all their digits. */
export function bestRows({ params }: TrialRecord): readonly (readonly string[])[] {
  return Object.entries(params).map(([name, value]) => [name, String(value)]);
}

/** The trials as CSV, one a row; parameters are columns of their own, `params.NAME`. */
export function trialsAsCsv(study: StudyRecord): string {
  const names = parameterNames(study);
  const isNumeric = (name: string): boolean =>
    study.trials.every(({ params }) => !Object.hasOwn(params, name) || typeof params[name] === 'number');
  const columns: Record<string, ColumnType> = {
    trial: 'number',
    state: 'text',
    value: 'number',
    seconds: 'number',
  };
  for (const name of names) columns[`params.${name}`] = isNumeric(name) ? 'number' : 'text';
  const rows = study.trials.map((trial) => {
    const { number, state, value, params } = trial;
    const row: Record<string, Cell> = { trial: number, state, value, seconds: secondsOf(trial) };
    for (const name of names) {
      const choice = Object.hasOwn(params, name) ? params[name] : null;
      row[`params.${name}`] = choice === null || isNumeric(name) ? choice : String(choice);
    }
    return row;
  });
  return csvText(columns, rows as never);
}

/**
 * A study with all details of its trials, as JSON. Non-finite numbers are the strings "NaN", "Infinity" and "-Infinity".
 */
export function trialsAsJson({ name, direction, directions, userAttributes, trials }: StudyRecord): string {
  const details = trials.map((trial): Json => ({
    number: trial.number,
    state: trial.state,
    value: trial.value,
    params: trial.params,
    intermediateValues: Object.fromEntries(trial.intermediateValues),
    userAttributes: trial.userAttributes,
    systemAttributes: trial.systemAttributes,
    started: trial.started?.toISOString() ?? null,
    completed: trial.completed?.toISOString() ?? null,
  }));
  const study = {
    name,
    ...(directions.length === 1 ? { direction } : { directions }),
    userAttributes,
    trials: details,
  };
  return `${jsonText(study)}\n`;
}

function parameterNames({ trials }: StudyRecord): readonly string[] {
  return [...new Set(trials.flatMap(({ params }) => Object.keys(params)))];
}

function secondsOf({ started, completed }: TrialRecord): number | null {
  return started && completed ? (completed.getTime() - started.getTime()) / 1000 : null;
}
