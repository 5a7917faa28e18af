/** The conditions of a run in words, for its pictures. */
import type { StudyConfig } from '../../../studies/config.js';
import type { Protocol } from '../../../tasks/splits.js';

const reported: Readonly<Record<Protocol, string>> = {
  clean: 'untouched test split',
  seed: 'test split, on which the arms were also tuned',
};

/** A setting of a task in short: lists as in `40-128-10`. */
export const settingText = (value: StudyConfig['task'][string]): string =>
  Array.isArray(value)
    ? value.map(settingText).join('-')
    : typeof value === 'object'
      ? JSON.stringify(value)
      : String(value);

/** The settings of a task, as in `5000 samples` and `40-128-10`. */
export const taskWords = (task: StudyConfig['task']): readonly string[] =>
  Object.entries(task).map(([name, value]) =>
    Number.isInteger(value)
      ? `${settingText(value)} ${name}`
      : Array.isArray(value)
        ? settingText(value)
        : `${name} ${settingText(value)}`,
  );

/** The sizes of the task, and the split that was measured, as in `5000 samples; measured on the untouched test split`. */
export function measuredOn({ protocol, task }: StudyConfig): string {
  const counts = Object.fromEntries(Object.entries(task).filter(([, value]) => Number.isInteger(value)));
  return [...taskWords(counts), `measured on the ${reported[protocol]}`].join('; ');
}

/** The same with the budget of the searches. */
export function conditions(config: StudyConfig): string {
  const { trials, searches } = config;
  const budget = searches === 1 ? `${trials} trials` : `${trials} trials in each of ${searches} searches`;
  return `${measuredOn(config)}; each arm at its best of ${budget}`;
}
