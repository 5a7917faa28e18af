/** The options of commands that compare an optimizer of the user's. */
import { InvalidArgumentError, Option } from '@commander-js/extra-typings';
import { UsageError } from '../../engine/core/errors.js';
import { type BaselineName, baselineNames } from '../studies/comparison/baselines.js';
import { requireBaselines, requireTask } from '../studies/comparison/compareStudy.js';
import { type ReadyTaskName, readyTaskNames } from '../studies/comparison/readyTasks.js';

/** A reader of a text, whose errors are those of an option. */
const readBy =
  <Value>(read: (text: string) => Value) =>
  (text: string): Value => {
    try {
      return read(text);
    } catch (error) {
      if (!(error instanceof UsageError)) throw error;
      const message = error.message.replace('compare: ', '');
      throw new InvalidArgumentError(`${message[0].toUpperCase()}${message.slice(1)}`);
    }
  };

/** @throws UsageError if a name is empty, as where a space after a comma ended the word. */
function namesIn(text: string): readonly string[] {
  const names = text.split(',').map((name) => name.trim());
  if (names.includes(''))
    throw new UsageError('a name is empty; names are separated by commas without spaces, as in a,b.');
  return names;
}

function requireTasks(names: readonly string[]): readonly ReadyTaskName[] {
  const tasks = names.map((name) => requireTask('compare', name));
  const twice = tasks.find((name, i) => tasks.indexOf(name) < i);
  if (twice !== undefined) throw new UsageError(`the task '${twice}' is named twice.`);
  return tasks;
}

/** `--baselines <names>`; undefined for all. */
export const baselinesOption = () =>
  new Option(
    '--baselines <names>',
    `what it is compared with, as in adam,sgd (default: all: ${baselineNames.join(', ')})`,
  ).argParser(readBy((text): readonly BaselineName[] => requireBaselines('compare', namesIn(text))));

/** `--tasks <names>`; undefined for mnist1d. */
export const tasksOption = () =>
  new Option(
    '--tasks <names>',
    `a run for each of these, as in mnist1d,spirals; there are ${readyTaskNames.join(', ')} (default: mnist1d)`,
  ).argParser(readBy((text) => requireTasks(namesIn(text))));

/** `--task <name>`; undefined for mnist1d. */
export const taskOption = () =>
  new Option(
    '--task <name>',
    `of an optimizer: what it is compared on; there are ${readyTaskNames.join(', ')} (default: mnist1d)`,
  ).argParser(readBy((text) => requireTask('compare', text)));
