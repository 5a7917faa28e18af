/** The study that a command line names: a built-in one, that of a module, or a comparison of a module's optimizer. */
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { UsageError } from '../../engine/core/errors.js';
import { isPlainObject } from '../../engine/core/options.js';
import { loadModule } from '../files/loadModule.js';
import { referenceTo } from '../runner/configuration/comparisonReference.js';
import {
  absoluteReference,
  findStudy,
  isReference,
  moduleIn,
  unknownStudy,
} from '../runner/configuration/findStudy.js';
import { type BaselineName, baselineNames } from '../studies/comparison/baselines.js';
import type { ReadyTaskName } from '../studies/comparison/readyTasks.js';
import type { StudyDefinition } from '../studies/study.js';
import { quoted } from './arguments.js';

/** A study to plan a run of, and the command that runs it. */
export interface Planned {
  readonly study: StudyDefinition;
  readonly reference: string;
  readonly command: string;
}

interface PlannedOptions {
  readonly task?: ReadyTaskName;
  readonly baselines?: readonly BaselineName[];
}

/** The study to plan. @throws UsageError if there is none, or for options of a comparison with another study. */
export async function plannedStudy(text: string, options: PlannedOptions): Promise<Planned> {
  if (!isReference(text)) throw new UsageError(`plan: ${unknownStudy(text)}`);
  const { task = 'mnist1d', baselines = baselineNames } = options;
  if (moduleIn(text) === text && !(await exportsStudy(text))) {
    const reference = referenceTo({ task, baselines, path: resolve(text) });
    const all = baselines.length === baselineNames.length;
    const words = [
      ...['metagrad compare', quoted(text)],
      ...(task === 'mnist1d' ? [] : ['--tasks', task]),
      ...(all ? [] : ['--baselines', baselines.join(',')]),
    ];
    return { study: await findStudy(reference), reference, command: words.join(' ') };
  }
  for (const name of ['task', 'baselines'] as const)
    if (options[name] !== undefined)
      throw new UsageError(
        `plan: --${name} is for an optimizer of your own, and ${text} is a study; leave it out.`,
      );
  return {
    study: await findStudy(text),
    reference: absoluteReference(text),
    command: `metagrad run ${quoted(text)}`,
  };
}

/** Whether the default export of a module looks like a study. */
async function exportsStudy(path: string): Promise<boolean> {
  const { default: exported } = await loadModule('plan', pathToFileURL(resolve(path)));
  return isPlainObject(exported) && 'presets' in exported;
}
