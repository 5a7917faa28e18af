import { type Command, InvalidArgumentError, Option } from '@commander-js/extra-typings';
import { UsageError } from '../../engine/core/errors.js';
import { suggestion } from '../../engine/core/nearest.js';
import type { BackendOptions } from '../../engine/index.js';
import {
  absoluteReference,
  findStudy,
  isReference,
  studyOfRun,
  unknownStudy,
} from '../runner/configuration/findStudy.js';
import { configOf, readOverrides } from '../runner/configuration/overrides.js';
import { readConfig } from '../runner/record/recordFiles.js';
import { openStudy } from '../runner/openStudy.js';
import { type Overrides, type StudyConfig } from '../studies/config.js';
import { studies } from '../studies/index.js';
import { armsOfClaim, neededArms } from '../studies/neededArms.js';
import { integerFrom } from './arguments.js';
import { backendOf, backendOption, modeOption, workersOption } from './executionOptions.js';
import { type Intended, runEach } from './runEach.js';

/** `metagrad run STUDY`; a run that Ctrl-C ended calls `exitWith`. */
export function addRunCommand(program: Command, exitWith: (code: number) => void): void {
  program
    .command('run')
    .description(
      'Run a study: tune its arms, train them on fresh seeds, record, draw and report the results.',
    )
    .argument('[study]', `one of: ${names}; or the path of a module that exports a study`, knownReference)
    .option('--all', 'all studies, one after the other')
    .option('--quick', 'a small version, to see that everything works')
    .option('--config <file>', 'a YAML file with changes to the preset')
    .option('--resume <folder>', 'continue a run that was interrupted or killed')
    .addOption(new Option('--protocol <name>', 'how data is used').choices(['clean', 'seed'] as const))
    .option('--samples <n>', 'examples of the data set, task.samples of the configuration', integerFrom(50))
    .option('--epochs <n>', 'epochs of each training, in a search or final', integerFrom(1))
    .option('--trials <n>', 'trials of each search', integerFrom(1))
    .option('--searches <n>', 'searches for each arm', integerFrom(1))
    .option(
      '--seeds <n>',
      'fresh seeds on which the tuned arms are compared; with --resume: more than the run had',
      integerFrom(0),
    )
    .option(
      '--reproductions <n>',
      "how often the write-up's program is repeated, bug for bug",
      integerFrom(0),
    )
    .addOption(new Option('--replicas <n>').hideHelp().argParser(renamed('--reproductions')))
    .option('--seed <n>', 'the seed from which all others derive', integerFrom(0))
    .option('--horizon <k>', 'updates that look-ahead arms look ahead', integerFrom(1))
    .option('--arms <names>', 'only these arms and those that they need, as in cold,warm')
    .addOption(workersOption())
    .addOption(backendOption())
    .addOption(modeOption())
    .option('--out <folder>', 'the parent folder of new run folders', 'runs')
    .option('--quiet', 'no progress on stderr')
    .action(async (name, options, command) => {
      const { all = false, quick = false, config: file, resume, out, quiet = false, workers } = options;
      const chosen = [name !== undefined, all, resume !== undefined].filter(Boolean).length;
      if (chosen !== 1)
        command.error(
          'error: run: give the name of a study, or --all, or --resume with the folder of a run.',
        );
      if (resume !== undefined) {
        const chosen = ofNewRuns.filter((option) => command.getOptionValueSource(option) === 'cli');
        if (chosen.length > 0)
          command.error(
            `error: run: a resumed run has the configuration that it began with; leave out ${chosen.map((option) => `--${option}`).join(', ')}, or begin a new run.`,
          );
      }
      const backend = backendOf(options, command);
      const settings = { quiet, workers, compile: backend };
      const intended =
        resume === undefined
          ? await newRuns(all ? studies.map((study) => study.name) : [name!], backend, {
              ...{ ...options, out, quick, file },
            })
          : [await resumed(resume, options.seeds)];
      await runEach(intended, settings, exitWith);
    });
}

const names = studies.map(({ name }) => name).join(', ');

/** Options of new runs only. */
const ofNewRuns = [
  'quick',
  'config',
  'protocol',
  'samples',
  'epochs',
  'trials',
  'searches',
  'reproductions',
  'seed',
  'horizon',
  'arms',
  'backend',
  'mode',
  'out',
] as const;

/** The name of a study, the path of a module, or a comparison. Throws an InvalidArgumentError for any other text. */
function knownReference(text: string): string {
  if (isReference(text)) return text;
  throw new InvalidArgumentError(`T${unknownStudy(text).slice(1)}`);
}

/** The reader of an option that earlier versions had under another name. */
const renamed = (name: string) => (): never => {
  throw new InvalidArgumentError(`The option is called ${name} now.`);
};

async function resumed(folder: string, seeds: number | undefined): Promise<Intended> {
  const record = readConfig(folder);
  const { reference, quick = false } = record;
  const study = await studyOfRun('run', folder, record);
  return {
    study,
    config: record.config as StudyConfig,
    place: { resume: folder, ...(seeds !== undefined && { seeds }) },
    reference,
    quick,
  };
}

/** Prepares all runs, so that an error in any configuration is reported before the first run begins. */
async function newRuns(
  references: readonly string[],
  compile: BackendOptions,
  options: ConfigOptions & {
    readonly out: string;
    readonly quick: boolean;
    readonly file: string | undefined;
  },
): Promise<readonly Intended[]> {
  const read = options.file === undefined ? undefined : readOverrides(options.file);
  return Promise.all(
    references.map(async (reference) => {
      const study = await findStudy(reference);
      const { full, quick } = study.presets;
      const changes = [...(options.quick ? [quick] : []), read?.values ?? {}, overridesOf(options)];
      const whole = configOf(study.name, full, changes, read);
      openStudy(study, whole, compile, read?.placeOf);
      const config = onlyArms(whole, options.arms);
      const place = { root: options.out };
      return { study, config, place, reference: absoluteReference(reference), quick: options.quick };
    }),
  );
}

interface ConfigOptions {
  readonly protocol?: string;
  readonly samples?: number;
  readonly epochs?: number;
  readonly trials?: number;
  readonly searches?: number;
  readonly seeds?: number;
  readonly reproductions?: number;
  readonly seed?: number;
  readonly horizon?: number;
  readonly arms?: string;
}

function overridesOf({ epochs, horizon, ...options }: ConfigOptions): Overrides {
  const { protocol, samples, trials, searches, seeds, reproductions, seed } = options;
  return {
    ...{ protocol, trials, searches, seeds, reproductions, seed },
    ...(samples !== undefined && { task: { samples } }),
    ...(epochs !== undefined && { epochs: { tune: epochs, final: epochs } }),
    ...(horizon !== undefined && { settings: { horizon } }),
  };
}

/** The configuration with some arms, the arms that they need, and the claims that they decide. */
function onlyArms(config: StudyConfig, text: string | undefined): StudyConfig {
  if (text === undefined) return config;
  const chosen = namesIn(text, config.arms);
  const names = Object.keys(config.arms);
  for (const name of chosen)
    if (!Object.hasOwn(config.arms, name))
      throw new UsageError(
        `run: there is no arm '${name}'; there are ${names.map((arm) => `'${arm}'`).join(', ')}.${suggestion(name, names)}`,
      );
  const kept = neededArms(config.arms, chosen);
  const claims = config.claims.filter((claim) => armsOfClaim(claim).every((name) => kept.has(name)));
  const ids = new Set(claims.map(({ id }) => id));
  return {
    ...config,
    arms: Object.fromEntries(Object.entries(config.arms).filter(([name]) => kept.has(name))),
    claims: claims.map((claim) => ({ ...claim, checks: claim.checks.filter((id) => ids.has(id)) })),
  };
}

/** Names separated by commas. A name may contain commas: the longest that is the name of an arm counts. */
function namesIn(text: string, arms: StudyConfig['arms']): readonly string[] {
  const parts = text.split(',');
  const names: string[] = [];
  for (let i = 0; i < parts.length;) {
    let end = parts.length;
    while (end > i + 1 && !Object.hasOwn(arms, parts.slice(i, end).join(',').trim())) end--;
    names.push(parts.slice(i, end).join(',').trim());
    i = end;
  }
  return names;
}
