import { resolve } from 'node:path';
import { type Command, Option } from '@commander-js/extra-typings';
import type { BackendOptions } from '../../engine/index.js';
import { findStudy } from '../runner/configuration/findStudy.js';
import { referenceTo } from '../runner/configuration/comparisonReference.js';
import { configOf, readOverrides } from '../runner/configuration/overrides.js';
import { openStudy } from '../runner/openStudy.js';
import { type BaselineName, baselineNames } from '../studies/comparison/baselines.js';
import type { ReadyTaskName } from '../studies/comparison/readyTasks.js';
import { integerFrom } from './arguments.js';
import { baselinesOption, tasksOption } from './compareOptions.js';
import { backendOf, backendOption, modeOption, workersOption } from './executionOptions.js';
import { type Intended, runEach } from './runEach.js';

/** `metagrad compare MODULE`: the rule of a user's module against ready baselines; Ctrl-C calls `exitWith`. */
export function addCompareCommand(program: Command, exitWith: (code: number) => void): void {
  program
    .command('compare')
    .description(
      'Compare an optimizer of your own with ready baselines: tune all of them alike, train them on fresh seeds, report.',
    )
    .argument(
      '<module>',
      'a JavaScript module whose default export is a rule, as defineRule returns; it may export its name and space too',
    )
    .addOption(baselinesOption())
    .addOption(tasksOption())
    .option('--quick', 'a small version, to see that everything works')
    .option('--config <file>', 'a YAML file with changes to the preset')
    .option(
      '--seeds <n>',
      'fresh seeds, each with a data set and a search of its own for every arm',
      integerFrom(0),
    )
    .option('--trials <n>', 'trials of each search', integerFrom(1))
    .option('--epochs <n>', 'epochs of each training, in a search or final', integerFrom(1))
    .option('--seed <n>', 'the seed from which all others derive', integerFrom(0))
    .addOption(
      new Option(
        '--streams <kind>',
        'shared: all arms start from the same random numbers; apart: each from its own',
      ).choices(['shared', 'apart'] as const),
    )
    .addOption(workersOption())
    .addOption(backendOption())
    .addOption(modeOption())
    .option('--out <folder>', 'the parent folder of new run folders', 'runs')
    .option('--quiet', 'no progress on stderr')
    .action(async (path, options, command) => {
      const backend = backendOf(options, command);
      const intended = await newComparisons(path, backend, options);
      const { quiet = false, workers } = options;
      await runEach(intended, { quiet, workers, compile: backend }, exitWith);
    });
}

interface CompareOptions {
  readonly baselines?: readonly BaselineName[];
  readonly tasks?: readonly ReadyTaskName[];
  readonly quick?: boolean;
  readonly config?: string;
  readonly seeds?: number;
  readonly trials?: number;
  readonly epochs?: number;
  readonly seed?: number;
  readonly streams?: 'shared' | 'apart';
  readonly out: string;
}

/** A run for each task, all prepared before the first begins, so that every mistake in the module is reported before. */
async function newComparisons(
  path: string,
  compile: BackendOptions,
  { baselines = baselineNames, tasks = ['mnist1d'], quick = false, out, epochs, ...options }: CompareOptions,
): Promise<readonly Intended[]> {
  const { seeds, trials, seed, streams, config: file } = options;
  const read = file === undefined ? undefined : readOverrides(file);
  const changes = {
    ...{ seeds, trials, seed, streams },
    ...(epochs !== undefined && { epochs: { tune: epochs, final: epochs } }),
  };
  const intended: Intended[] = [];
  for (const task of tasks) {
    const reference = referenceTo({ task, baselines, path: resolve(path) });
    const study = await findStudy(reference);
    const { presets } = study;
    const all = [...(quick ? [presets.quick] : []), read?.values ?? {}, changes];
    const config = configOf(study.name, presets.full, all, read);
    openStudy(study, config, compile, read?.placeOf);
    intended.push({ study, config, place: { root: out }, reference, quick });
  }
  return intended;
}
