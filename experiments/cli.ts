import { Command } from '@commander-js/extra-typings';
import { addListCommand } from './commands/list.js';
import { addRunCommand } from './commands/run.js';
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
    .exitOverride((error) => process.exit(error.exitCode === 0 ? 0 : 2));
  addRunCommand(program);
  addListCommand(program);
  try {
    await program.parseAsync(argv);
  } catch (error) {
    process.stderr.write(`metagrad: ${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
  }
}
