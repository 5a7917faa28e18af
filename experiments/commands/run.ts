import { type Command, InvalidArgumentError, Option } from '@commander-js/extra-typings';
import { type Interrupt, type InterruptedError, listenForInterrupt } from '../runner/interrupt.js';
import { drawPictures } from '../report/pictures.js';
import { armTable, claimTable } from '../report/resultTables.js';
import { usesColor } from '../report/table.js';
import { formatDuration } from '../report/numbers.js';
import { type FinishedRun, runStudy } from '../runner/run.js';
import { studies } from '../studies/index.js';
import type { StudyDefinition, StudyConfig } from '../studies/study.js';
import { atLeast } from './atLeast.js';

/** `metagrad run STUDY`; a run that Ctrl-C ended calls `exitWith`. */
export function addRunCommand(program: Command, exitWith: (code: number) => void): void {
  program
    .command('run')
    .description('Run a study: tune its arms, train them on fresh seeds, record and draw the results.')
    .argument('<study>', `one of: ${studies.map(({ name }) => name).join(', ')}`, studyNamed)
    .option('--quick', 'a small version that takes under a minute, to see that all works')
    .addOption(new Option('--protocol <name>', 'how data is used').choices(['clean', 'seed'] as const))
    .option('--samples <n>', 'examples of the data set', atLeast(100))
    .option('--epochs <n>', 'epochs of each training run', atLeast(1))
    .option('--trials <n>', 'trials of the search, for each arm', atLeast(1))
    .option('--seeds <n>', 'fresh seeds on which the tuned arms are compared', atLeast(1))
    .option('--seed <n>', 'the seed from which all others derive', atLeast(0))
    .option('--out <folder>', 'where run folders go', 'runs')
    .option('--quiet', 'no progress on stderr')
    .action(async (study, options) => {
      const { quick, out, quiet, ...overrides } = options;
      const config: StudyConfig = { ...study.presets[quick === true ? 'quick' : 'full'], ...overrides };
      const interrupt = listenForInterrupt({
        onInterrupt: () => process.stderr.write('\nfinishing the record; once more to stop at once\n'),
      });
      try {
        const { status } = await runAndReport(study, config, { root: out, interrupt, quiet: quiet ?? false });
        if (status === 'interrupted') exitWith((interrupt.signal.reason as InterruptedError).exitCode);
      } finally {
        interrupt.dispose();
      }
    });
}

async function runAndReport(
  study: StudyDefinition,
  config: StudyConfig,
  options: { root: string; interrupt: Interrupt; quiet: boolean },
): Promise<FinishedRun> {
  const started = performance.now();
  const run = await runStudy(study, config, options);
  const pictures = await drawPictures(study, config, run);
  printResults(study, run);
  for (const picture of pictures) console.log(`picture  ${picture}`);
  console.log(
    `record   ${run.record.folder}  (${run.status}, ${formatDuration((performance.now() - started) / 1000)})`,
  );
  return run;
}

function printResults(study: StudyDefinition, { results }: FinishedRun): void {
  const color = usesColor(process.stdout);
  console.log(`\n${study.title}\n`);
  console.log(armTable(results.arms, color));
  console.log(`\n${claimTable(results.claims, color)}\n`);
}

function studyNamed(name: string): StudyDefinition {
  const study = studies.find((candidate) => candidate.name === name);
  if (study === undefined)
    throw new InvalidArgumentError(`There is no study '${name}'; see 'metagrad list'.`);
  return study;
}
