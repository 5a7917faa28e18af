import { type Command, InvalidArgumentError } from '@commander-js/extra-typings';
import { deriveSeed } from '../../engine/random/seed.js';
import { UsageError } from '../../engine/core/errors.js';
import type { BackendOptions } from '../../engine/index.js';
import { studyOfRun } from '../runner/configuration/findStudy.js';
import { configOf, readOverrides } from '../runner/configuration/overrides.js';
import { openStudy } from '../runner/openStudy.js';
import { readConfig, readSummary } from '../runner/record/recordFiles.js';
import { readRun } from '../runner/record/runData.js';
import { type PlanAims, planOf } from '../runner/results/plan.js';
import { runStudy } from '../runner/run.js';
import type { StudyConfig } from '../studies/config.js';
import { printable } from '../text/printable.js';
import { integerFrom, quoted } from './arguments.js';
import { baselinesOption, taskOption } from './compareOptions.js';
import { backendOf, backendOption, modeOption, workersOption } from './executionOptions.js';
import { type Planned, plannedStudy } from './plannedStudy.js';
import { printPlan, writePlan } from './planTables.js';
import { type Execution, type Intended, exitCodeOf, listenForCtrlC } from './runEach.js';

/** `metagrad plan STUDY|MODULE`: a pilot, and from it the seeds that decide each claim; Ctrl-C calls `exitWith`. */
export function addPlanCommand(program: Command, exitWith: (code: number) => void): void {
  program
    .command('plan')
    .description(
      'Run a pilot of a study or a comparison, and say how many seeds decide each of its claims, and what they cost.',
    )
    .argument(
      '[study]',
      'the name of a study, the path of a module that exports one, or that of an optimizer',
    )
    .option('--margin <x>', 'plan for this margin instead of those of the claims', positiveNumber)
    .option('--pilot <n>', 'seeds of the pilot', integerFrom(2), 10)
    .option(
      '--power <p>',
      'the probability of deciding a claim whose difference is its margin',
      fraction,
      0.8,
    )
    .option('--most <n>', 'plan no more seeds than this', integerFrom(2), 60)
    .option('--quick', 'plan the small version')
    .option('--config <file>', 'a YAML file with changes to the preset')
    .option('--seed <n>', 'the seed of the run to plan; the pilot derives another from it', integerFrom(0))
    .option('--resume <folder>', 'continue a pilot, or plan from it again with other aims')
    .addOption(taskOption())
    .addOption(baselinesOption())
    .addOption(workersOption())
    .addOption(backendOption())
    .addOption(modeOption())
    .option('--out <folder>', 'the parent folder of new run folders', 'runs')
    .option('--quiet', 'no progress on stderr')
    .action(async (reference, options, command) => {
      const { resume, margin, power, most } = options;
      if ((reference === undefined) === (resume === undefined))
        command.error('error: plan: give a study or a module, or --resume with the folder of a pilot.');
      if (resume !== undefined) {
        const others = ofNewPilots.filter((option) => command.getOptionValueSource(option) === 'cli');
        if (others.length > 0)
          command.error(
            `error: plan: a pilot has the configuration that it began with; leave out ${others.map((option) => `--${option}`).join(', ')}.`,
          );
      }
      const backend = backendOf(options, command);
      const pilot =
        resume === undefined
          ? newPilot(await plannedStudy(reference!, options), backend, options)
          : await begunPilot(resume);
      const { quiet = false, workers } = options;
      const folder = await finished(pilot, { quiet, workers, compile: backend }, exitWith);
      if (folder === undefined) return;
      const aims: PlanAims = { power, most, ...(margin !== undefined && { margin }) };
      await tell(folder, aims);
    });
}

/** Options of new pilots only. */
const ofNewPilots = [
  'pilot',
  'quick',
  'config',
  'seed',
  'task',
  'baselines',
  'backend',
  'mode',
  'out',
] as const;

const numberWhere =
  (fits: (value: number) => boolean, expected: string) =>
  (text: string): number => {
    const value = text.trim() === '' ? NaN : Number(text);
    if (!fits(value)) throw new InvalidArgumentError(`It must be ${expected}.`);
    return value;
  };

const positiveNumber = numberWhere((value) => value > 0 && value < Infinity, 'a number above 0');

const fraction = numberWhere((value) => value > 0 && value < 1, 'a number between 0 and 1');

/** A pilot that is to be begun or finished, with the command of the run that is planned from it. */
interface Pilot extends Intended {
  readonly pilot: string;
}

interface NewPilotOptions {
  readonly pilot: number;
  readonly quick?: boolean;
  readonly config?: string;
  readonly seed?: number;
  readonly out: string;
}

function newPilot(
  { study, reference, command }: Planned,
  compile: BackendOptions,
  { pilot: seeds, quick = false, config: file, seed, out }: NewPilotOptions,
): Pilot {
  const read = file === undefined ? undefined : readOverrides(file);
  const { presets } = study;
  const changes = [...(quick ? [presets.quick] : []), read?.values ?? {}, { seed }];
  const planned = configOf(study.name, presets.full, changes, read);
  if (planned.claims.length === 0)
    throw new UsageError(`plan: ${study.name} has no claims, so there is nothing to plan for.`);
  const ofPilot = {
    ...{ seeds, searches: null, reproductions: 0 },
    // Other seeds than those of the run: what was looked at must not be used again.
    seed: deriveSeed('pilot', study.name, planned.seed),
  };
  const config = configOf(study.name, presets.full, [...changes, ofPilot], read);
  openStudy(study, config, compile, read?.placeOf);
  const words = [
    command,
    ...(quick ? ['--quick'] : []),
    ...(file === undefined ? [] : ['--config', quoted(file)]),
    ...['--seed', String(planned.seed), '--seeds', 'N'],
    ...(planned.searches === Math.max(1, planned.seeds) ? [] : ['--searches', 'N']),
  ];
  return { study, config, place: { root: out }, reference, quick, pilot: words.join(' ') };
}

async function begunPilot(folder: string): Promise<Pilot> {
  const record = readConfig(folder);
  const { reference, quick = false, pilot } = record;
  if (pilot === undefined)
    throw new UsageError(`plan: ${folder} has a run that is no pilot; metagrad run --resume continues it.`);
  const study = await studyOfRun('plan', folder, record);
  return { study, config: record.config as StudyConfig, place: { resume: folder }, reference, quick, pilot };
}

/** The folder of a pilot that is complete, after running what it lacks; undefined if Ctrl-C ended it. */
async function finished(
  { study, config, ...pilot }: Pilot,
  execution: Execution,
  exitWith: (code: number) => void,
): Promise<string | undefined> {
  const { place } = pilot;
  if ('resume' in place && readSummary(place.resume).status === 'complete') return place.resume;
  const interrupt = listenForCtrlC();
  try {
    const { record, status } = await runStudy(study, config, { ...execution, ...pilot, interrupt });
    if (status === 'complete') return record.folder;
    console.log(`resume   metagrad plan --resume ${printable(record.folder)}`);
    exitWith(exitCodeOf(interrupt));
    return undefined;
  } finally {
    interrupt.dispose();
  }
}

/** Writes and prints the plan that follows from the pilot of a folder. */
async function tell(folder: string, aims: PlanAims): Promise<void> {
  const record = readConfig(folder);
  const config = record.config as StudyConfig;
  const data = await readRun(folder, config);
  const plan = planOf(data, readSummary(folder).seconds ?? 0, aims);
  writePlan(folder, record, plan, aims);
  printPlan(folder, record, plan, aims);
}
