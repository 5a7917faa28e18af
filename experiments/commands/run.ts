import { resolve } from 'node:path';
import { type Command, InvalidArgumentError, Option } from '@commander-js/extra-typings';
import { UsageError } from '../../engine/core/errors.js';
import { formatDuration } from '../report/numbers.js';
import { printResults } from '../report/resultTables.js';
import { writeReport } from '../report/runReport.js';
import { type InterruptedError, listenForInterrupt } from '../runner/interrupt.js';
import { findStudy } from '../runner/laboratory.js';
import { configOf, readOverrides } from '../runner/overrides.js';
import { readConfig } from '../runner/record.js';
import { type RunOptions, runStudy } from '../runner/run.js';
import { type Overrides, type StudyConfig } from '../studies/config.js';
import { studies } from '../studies/index.js';
import type { StudyDefinition } from '../studies/study.js';
import { atLeast } from './atLeast.js';

/** `metagrad run STUDY`; a run that Ctrl-C ended calls `exitWith`. */
export function addRunCommand(program: Command, exitWith: (code: number) => void): void {
  program
    .command('run')
    .description(
      'Run a study: tune its arms, train them on fresh seeds, record, draw and report the results.',
    )
    .argument(
      '[study]',
      `one of: ${studies.map(({ name }) => name).join(', ')}; or a file of your own that exports one`,
    )
    .option('--all', 'all studies, one after the other')
    .option('--quick', 'a small version, to see that all works')
    .option('--config <file>', 'a YAML file with what is to differ from the preset')
    .option('--resume <folder>', 'go on with a run that was interrupted or killed')
    .addOption(new Option('--protocol <name>', 'how data is used').choices(['clean', 'seed'] as const))
    .option('--samples <n>', 'examples of the data set', atLeast(50))
    .option('--epochs <n>', 'epochs of each training run, tuned or final', atLeast(1))
    .option('--trials <n>', 'trials of each search', atLeast(1))
    .option('--searches <n>', 'searches for each arm', atLeast(1))
    .option('--seeds <n>', 'fresh seeds on which the tuned arms are compared', atLeast(0))
    .option('--replicas <n>', "how often the write-up's program is repeated as it was written", atLeast(0))
    .option('--seed <n>', 'the seed from which all others derive', atLeast(0))
    .option('--horizon <k>', 'updates that the arms which look ahead look ahead', atLeast(1))
    .option('--arms <names>', 'only these arms, as in cold,warm', (names) => names.split(','))
    .option('--workers <n>', 'threads that work at once', atLeast(1), 1)
    .option('--out <folder>', 'where run folders go', 'runs')
    .option('--quiet', 'no progress on stderr')
    .action(async (name, options) => {
      const { all = false, quick = false, config: file, resume, out, quiet = false, workers } = options;
      const chosen = [name !== undefined, all, resume !== undefined].filter(Boolean).length;
      if (chosen !== 1)
        throw new UsageError(
          'run: give the name of a study, or --all, or --resume with the folder of a run.',
        );
      const interrupt = listenForInterrupt({
        onInterrupt: () => process.stderr.write('\nfinishing the record; once more to stop at once\n'),
      });
      const settings = { interrupt, quiet, workers };
      try {
        if (resume !== undefined) {
          const { reference, config } = readConfig(resume);
          const study = await findStudy(reference);
          const place = { resume };
          exitWith(await runAndReport(study, config as StudyConfig, { ...settings, place, reference }));
          return;
        }
        const references = all ? studies.map((study) => study.name) : [name!];
        for (const reference of references) {
          const study = await findStudy(reference);
          const read = file === undefined ? undefined : readOverrides(file);
          const { full, quick: smaller } = study.presets;
          const changes = [...(quick ? [smaller] : []), read?.values ?? {}, overridesOf(options)];
          const config = onlyArms(configOf(study.name, full, changes, read), options.arms);
          const place = { root: out };
          const path = study.name === reference ? reference : resolve(reference);
          const code = await runAndReport(study, config, { ...settings, place, reference: path });
          exitWith(code);
          if (code !== 0) return;
        }
      } finally {
        interrupt.dispose();
      }
    });
}

interface ConfigOptions {
  readonly protocol?: string;
  readonly samples?: number;
  readonly epochs?: number;
  readonly trials?: number;
  readonly searches?: number;
  readonly seeds?: number;
  readonly replicas?: number;
  readonly seed?: number;
  readonly horizon?: number;
}

function overridesOf({ epochs, horizon, ...options }: ConfigOptions): Overrides {
  const { protocol, samples, trials, searches, seeds, replicas, seed } = options;
  return {
    ...{ protocol, samples, trials, searches, seeds, replicas, seed },
    ...(epochs !== undefined && { epochs: { tune: epochs, final: epochs } }),
    ...(horizon !== undefined && { settings: { horizon } }),
  };
}

/** The configuration with some arms, those that they need, and the claims that they decide. */
function onlyArms(config: StudyConfig, names: readonly string[] | undefined): StudyConfig {
  if (names === undefined) return config;
  const kept = new Set<string>();
  const keep = (name: string): void => {
    if (!(name in config.arms))
      throw new InvalidArgumentError(
        `There is no arm '${name}'; there are ${Object.keys(config.arms).join(', ')}.`,
      );
    const { tunedAs, uses } = config.arms[name];
    kept.add(name);
    for (const other of [...uses, ...(tunedAs === undefined ? [] : [tunedAs])])
      if (!kept.has(other)) keep(other);
  };
  names.forEach(keep);
  return {
    ...config,
    arms: Object.fromEntries(Object.entries(config.arms).filter(([name]) => kept.has(name))),
    claims: config.claims.filter(({ arm, against }) => [arm, ...against].every((name) => kept.has(name))),
  };
}

/** Runs, prints and draws; returns the exit code. */
async function runAndReport(
  study: StudyDefinition,
  config: StudyConfig,
  options: RunOptions,
): Promise<number> {
  const started = performance.now();
  const run = await runStudy(study, config, options);
  const { folder, config: record } = run.record;
  const { page, pictures } = await writeReport({ ...run, folder, study, record });
  printResults(study.title, run.results);
  for (const picture of pictures) console.log(`picture  ${picture}`);
  console.log(`report   ${page}`);
  const seconds = formatDuration((performance.now() - started) / 1000);
  console.log(`record   ${run.record.folder}  (${run.status}, ${seconds})`);
  if (run.status !== 'interrupted') return 0;
  console.log(`resume   metagrad run --resume ${run.record.folder}`);
  return (options.interrupt.signal.reason as InterruptedError).exitCode;
}
