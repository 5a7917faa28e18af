import { Command, CommanderError } from '@commander-js/extra-typings';
import { addCompareCommand } from './commands/compare.js';
import { addDevicesCommand } from './commands/devices.js';
import { addGradcheckCommand } from './commands/gradcheck.js';
import { addGraphCommand } from './commands/graph.js';
import { addListCommand } from './commands/list.js';
import { addPlanCommand } from './commands/plan.js';
import { addReportCommand } from './commands/report.js';
import { addRunCommand } from './commands/run.js';
import { addStudiesCommand } from './commands/studies.js';
import { addTuneCommand } from './commands/tune.js';
import { packageInfo } from './files/packageInfo.js';
import { printable } from './text/printable.js';
import { surviveBrokenPipe } from './runner/terminal/brokenPipe.js';

/**
 * Runs the command line (`argv` as in `process.argv`) and returns the exit code: 0, 1 for an error, 2 for a
 * command line that makes no sense, 130 or 143 for a run that a signal ended. Errors are one clear line on stderr.
 */
export async function main(argv: readonly string[]): Promise<number> {
  surviveBrokenPipe(process.stdout, ({ message }) => {
    process.stderr.write(
      `metagrad: the output cannot be written (${message}); make room, or write it elsewhere.\n`,
    );
    process.exit(1);
  });
  let exitCode = 0;
  const program = new Command('metagrad')
    .description('Optimizer research on a tensor engine with autodiff of any order.')
    .version(packageInfo().version)
    .configureOutput({
      outputError: (text, write) => {
        write(printable(text.replace(/^error: /, 'metagrad: '), { lines: true }));
      },
    })
    .exitOverride();
  addRunCommand(program, (code) => (exitCode = code));
  addCompareCommand(program, (code) => (exitCode = code));
  addPlanCommand(program, (code) => (exitCode = code));
  addReportCommand(program);
  addListCommand(program);
  addGradcheckCommand(program, (code) => (exitCode = code));
  addTuneCommand(program, (code) => (exitCode = code));
  addStudiesCommand(program);
  addGraphCommand(program);
  addDevicesCommand(program);
  try {
    await program.parseAsync(argv);
    return exitCode;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    const message = error instanceof Error ? error.message : String(error);
    process.stderr.write(`metagrad: ${printable(message, { lines: true })}\n`);
    return 1;
  }
}
