import { Command } from '@commander-js/extra-typings';
import { listCommand } from './commands/list.js';
import { runCommand } from './commands/run.js';
import { packageInfo } from './packageInfo.js';
import { surviveBrokenPipe } from './runner/brokenPipe.js';

/** Runs the command line. Usage errors end with exit code 2, other errors with 1, an interrupted run with 130. */
export async function main(argv: readonly string[]): Promise<void> {
  surviveBrokenPipe(process.stdout);
  const program = new Command('metagrad')
    .description('Optimizer research on a tensor engine with autodiff of any order.')
    .version(packageInfo().version)
    .configureOutput({
      outputError: (text, write) => {
        write(text.replace(/^error: /, 'metagrad: '));
      },
    })
    .showHelpAfterError(false)
    .exitOverride((error) => process.exit(error.exitCode === 0 ? 0 : 2));
  for (const command of [runCommand(), listCommand()]) {
    command.copyInheritedSettings(program);
    program.addCommand(command);
  }
  try {
    await program.parseAsync(argv);
  } catch (error) {
    process.stderr.write(`metagrad: ${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
  }
}
