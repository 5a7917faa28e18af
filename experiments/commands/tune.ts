import { existsSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type Command, Option } from '@commander-js/extra-typings';
import { UsageError } from '../../engine/core/errors.js';
import { suggestion } from '../../engine/core/nearest.js';
import { formatNumbers } from '../text/numbers.js';
import { countStates } from '../report/study/studyFigures.js';
import { formatTable } from '../report/tables/terminal.js';
import { type Interrupt, type InterruptedError, listenForInterrupt } from '../runner/terminal/interrupt.js';
import { startProgress } from '../runner/terminal/progress.js';
import { createRunFolder } from '../runner/record/record.js';
import { isFinished } from '../tuning/log/records.js';
import { lastAttempts } from '../tuning/trial/reclaim.js';
import { gridSize } from '../tuning/samplers/grid.js';
import {
  createStudy,
  gridSampler,
  journalStorage,
  loadObjective,
  type ObjectiveModule,
  randomSampler,
  readStudies,
  type Sampler,
  StorageError,
  type Study,
  tpeSampler,
} from '../tuning/index.js';
import { integerFrom, prunerNames, quoted, readPruner } from './arguments.js';

/** `metagrad tune MODULE`: searches for the best parameters of a user's objective, in threads; Ctrl-C calls `exitWith`. */
export function addTuneCommand(program: Command, exitWith: (code: number) => void): void {
  program
    .command('tune')
    .description('Search for the best parameters of your own objective, in worker threads.')
    .argument('<module>', 'a JavaScript module whose default export is the objective, a function of a trial')
    .option(
      '--trials <n>',
      'trials that the study has in the end (default: 100, or the whole grid)',
      integerFrom(1),
    )
    .option('--workers <n>', 'threads that run trials (default: 1)', integerFrom(1))
    .option('--timeout <seconds>', 'start no further trial after that time', integerFrom(1))
    .option('--seed <n>', 'the seed from which every draw derives (default: random)', integerFrom(0))
    .addOption(
      new Option('--direction <name>', 'default: minimize').choices(['minimize', 'maximize'] as const),
    )
    .addOption(
      new Option('--sampler <name>', 'default: tpe; grid takes the values of the export `grid`').choices([
        'tpe',
        'random',
        'grid',
      ] as const),
    )
    .addOption(
      new Option('--profile <version>', 'the version of Optuna whose TPE is followed (default: 5.0)').choices(
        ['3.1', '5.0'] as const,
      ),
    )
    .option('--pruner <name>', `default: median; ${prunerNames}`, checkedPruner)
    .option('--name <name>', "the study's name (default: the module's)")
    .option('--journal <file>', 'the log, in the format of Optuna (default: journal.log in a new folder)')
    .option('--resume', 'continue the study in the journal: run only the rest of its trials')
    .option(
      '--reclaim',
      'with --resume: repeat trials that the journal has as running on other machines; only if their processes are gone',
    )
    .option('--out <folder>', 'the parent folder of that new folder', 'runs')
    .option('--quiet', 'no progress on stderr')
    .action(async (module, options, command) => {
      const { sampler: kind = 'tpe', profile } = options;
      if (profile !== undefined && kind !== 'tpe')
        command.error(`error: --profile ${profile} goes only with --sampler tpe`, { exitCode: 2 });
      if (options.resume === true && options.journal === undefined)
        command.error('error: --resume needs --journal <file>', { exitCode: 2 });
      if (options.reclaim === true && options.resume !== true)
        command.error('error: --reclaim goes only with --resume', { exitCode: 2 });
      exitWith(await tune(module, options));
    });
}

function checkedPruner(text: string): string {
  readPruner(text);
  return text;
}

interface TuneOptions {
  readonly trials?: number;
  readonly workers?: number;
  readonly timeout?: number;
  readonly seed?: number;
  readonly direction?: 'minimize' | 'maximize';
  readonly sampler?: 'tpe' | 'random' | 'grid';
  readonly profile?: '3.1' | '5.0';
  readonly pruner?: string;
  readonly name?: string;
  readonly journal?: string;
  readonly resume?: true;
  readonly reclaim?: true;
  readonly out: string;
  readonly quiet?: true;
}

/** Runs the study and returns the exit code. */
async function tune(path: string, options: TuneOptions): Promise<number> {
  const { workers = 1, timeout, name = basename(path).replace(/\.[^.]*$/, '') } = options;
  const module = pathToFileURL(resolve(path));
  const loaded = await loadObjective(module);
  const trials = options.trials ?? pointsOf(loaded, options) ?? 100;
  const interrupt = listenForInterrupt();
  try {
    const { study, journal } = await openStudy(name, loaded, options, interrupt.signal);
    return await search(study, journal, module, { path, name, trials, workers, timeout, options, interrupt });
  } catch (error) {
    const { signal } = interrupt;
    // It is no error if the user ended a wait for the journal.
    if (!(signal.aborted && error instanceof StorageError)) throw error;
    process.stderr.write(`metagrad: ${error.message}\n`);
    return (signal.reason as InterruptedError).exitCode;
  } finally {
    interrupt.dispose();
  }
}

interface Search {
  readonly path: string;
  readonly name: string;
  readonly trials: number;
  readonly workers: number;
  readonly timeout: number | undefined;
  readonly options: TuneOptions;
  readonly interrupt: Interrupt;
}

async function search(
  study: Study,
  journal: string,
  module: URL,
  { path, name, trials, workers, timeout, options, interrupt }: Search,
): Promise<number> {
  const resume = `metagrad tune ${quoted(path)} ${wordsOf({ ...options, trials, journal, resume: true })}`;
  const { signal } = interrupt;
  const ended = (): number => lastAttempts(study.trials).filter(({ state }) => isFinished(state)).length;
  let done = ended();
  const total = Math.max(trials - done, 0);
  const progress = startProgress({ total, unit: 'trials', quiet: options.quiet === true || total === 0 });
  try {
    await study.optimize(module, {
      trials,
      workers,
      ...(timeout === undefined ? {} : { timeout }),
      signal: interrupt.signal,
      onTrial() {
        progress.step(ended() - done);
        done = ended();
        progress.at({ study: name, ...bestSoFar(study) });
      },
    });
  } catch (error) {
    progress.note(error instanceof StorageError ? `go on with: ${resume}` : `journal  ${journal}`);
    throw error;
  } finally {
    progress.finish();
  }
  console.log(`journal  ${journal}`);
  if (!signal.aborted || 'best' in bestSoFar(study)) printBest(study);
  if (!signal.aborted) return 0;
  process.stderr.write(`stopped after ${ended()} of ${trials} trials; go on with: ${resume}\n`);
  return (signal.reason as InterruptedError).exitCode;
}

async function openStudy(
  name: string,
  module: ObjectiveModule,
  options: TuneOptions,
  signal: AbortSignal,
): Promise<{ readonly study: Study; readonly journal: string }> {
  const { resume = false, reclaim = false, direction, seed, pruner = 'median' } = options;
  if (resume && !existsSync(options.journal!)) {
    throw new UsageError(`tune: there is no journal ${options.journal} to go on with; leave --resume out.`);
  }
  const sampler = samplerOf(module, options);
  const folder =
    name
      .replaceAll(/[^\w.-]+/g, '-')
      .replace(/^[^A-Za-z0-9]+/, '')
      .slice(0, 100) || 'study';
  const journal = options.journal ?? join(createRunFolder(options.out, folder), 'journal.log');
  const tell = (message: string): void => void process.stderr.write(`metagrad: ${message}\n`);
  const storage = journalStorage(journal, { onRepair: tell, onWait: tell, signal });
  const present = await readStudies(storage);
  const existing = present.find((study) => study.name === name);
  if (existing && !resume) {
    throw new UsageError(
      `tune: ${journal} has the study '${name}' with ${existing.trials.length} trials; go on with it by --resume, or give another --name.`,
    );
  }
  if (!existing && resume) {
    throw new UsageError(
      `tune: ${journal} has no study '${name}' to go on with, but ${present.map((study) => `'${study.name}'`).join(', ') || 'none'}; give its --name.${suggestion(
        name,
        present.map((study) => study.name),
      )}`,
    );
  }
  const study = await createStudy({
    name,
    sampler,
    pruner: readPruner(pruner),
    storage,
    loadIfExists: resume,
    reclaim,
    onWarning: tell,
    ...(direction === undefined ? {} : { direction }),
    ...(seed === undefined ? {} : { seed }),
  });
  return { study, journal };
}

function samplerOf({ grid }: ObjectiveModule, { sampler = 'tpe', profile = '5.0' }: TuneOptions): Sampler {
  if (sampler === 'random') return randomSampler();
  if (sampler === 'tpe') return tpeSampler({ profile });
  if (grid !== undefined) return gridSampler(grid);
  throw new UsageError(
    'tune: the grid sampler needs the values to try; export them, as in `export const grid = { lr: [0.1, 0.01] }`.',
  );
}

function pointsOf({ grid }: ObjectiveModule, { sampler }: TuneOptions): number | undefined {
  return sampler === 'grid' && grid !== undefined ? gridSize('tune', grid) : undefined;
}

/** The best value so far, if there is one, as progress shows it. */
function bestSoFar({ trials, direction }: Study): { readonly best?: string } {
  const values = trials.flatMap(({ state, value }) =>
    state === 'complete' && value !== null ? [value] : [],
  );
  if (values.length === 0) return {};
  return {
    best: formatNumbers([
      direction === 'minimize'
        ? values.reduce((so, value) => Math.min(so, value))
        : values.reduce((so, value) => Math.max(so, value)),
    ])[0],
  };
}

function printBest(study: Study): void {
  const { number, value, params } = study.bestTrial;
  console.log(`study    ${study.name}  (${countStates(study.trials)}; seed ${study.seed})`);
  console.log(`best     ${value} in trial ${number}\n`);
  console.log(
    `${formatTable(
      ['parameter', 'value'],
      Object.entries(params).map(([name, choice]) => [name, String(choice)]),
    )}\n`,
  );
}

/** The words of options on a command line. */
function wordsOf(options: Partial<TuneOptions>): string {
  return (
    Object.entries(options)
      // They are about a new journal, and about trials that are repeated by now.
      .filter(([name]) => name !== 'out' && name !== 'reclaim')
      .flatMap(([name, value]) => (value === true ? [`--${name}`] : [`--${name}`, quoted(String(value))]))
      .join(' ')
  );
}
