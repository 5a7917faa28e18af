/** Runs of studies, one after the other, with their reports. */
import { printable } from '../text/printable.js';
import { formatDuration } from '../text/numbers.js';
import { printResults, printVerdicts, printWarnings } from '../report/run/printResults.js';
import type { ReportedRun } from '../report/run/common/reportedRun.js';
import { writeReport } from '../report/run/runReport.js';
import { runStudy } from '../runner/run.js';
import type { RunOptions } from '../runner/runOptions.js';
import { type Interrupt, type InterruptedError, listenForInterrupt } from '../runner/terminal/interrupt.js';
import type { StudyConfig } from '../studies/config.js';
import type { StudyDefinition } from '../studies/study.js';

/** A run that is to be begun or resumed. */
export interface Intended {
  readonly study: StudyDefinition;
  readonly config: StudyConfig;
  readonly place: RunOptions['place'];
  readonly reference: string;
  readonly quick: boolean;
}

/** How runs are executed. */
export type Execution = Pick<RunOptions, 'quiet' | 'workers' | 'compile'>;

/** Ctrl-C in a command that runs studies: the first finishes the record. */
export const listenForCtrlC = (): Interrupt =>
  listenForInterrupt({
    onInterrupt: () => process.stderr.write('\nfinishing the record; once more to stop at once\n'),
  });

/** The exit code of a command that Ctrl-C or another signal ended. */
export const exitCodeOf = ({ signal }: Interrupt): number => (signal.reason as InterruptedError).exitCode;

/** A run that has ended, with its report. */
type Reported = ReportedRun & { readonly status: string };

/**
 * Runs studies one after the other, writes and prints the report of each, and at the end all verdicts if there are several.
 * Ctrl-C ends the present run, starts no other, and calls `exitWith`.
 */
export async function runEach(
  intended: readonly Intended[],
  execution: Execution,
  exitWith: (code: number) => void,
): Promise<void> {
  const interrupt = listenForCtrlC();
  try {
    const finished: Reported[] = [];
    for (const { study, config, ...others } of intended) {
      const run = await runAndReport(study, config, { ...execution, interrupt, ...others });
      finished.push(run);
      if (run.status === 'interrupted') {
        exitWith(exitCodeOf(interrupt));
        break;
      }
    }
    if (intended.length > 1) printVerdicts(finished);
  } finally {
    interrupt.dispose();
  }
}

/** Runs a study, writes and prints its report, and prints where everything is. */
async function runAndReport(
  study: StudyDefinition,
  config: StudyConfig,
  options: RunOptions,
): Promise<Reported> {
  const started = performance.now();
  const finished = await runStudy(study, config, options);
  const { folder, config: record } = finished.record;
  const run = { ...finished, folder, study, record };
  printResults(run);
  const { page, pictures, warnings } = await writeReport(run);
  printWarnings(warnings);
  console.log(`pictures ${pictures.length} in ${printable(folder)}`);
  console.log(`report   ${printable(page)}`);
  const seconds = formatDuration((performance.now() - started) / 1000);
  console.log(`record   ${printable(folder)}  (${run.status}, ${seconds})`);
  if (run.status === 'interrupted') console.log(`resume   metagrad run --resume ${printable(folder)}`);
  return run;
}
