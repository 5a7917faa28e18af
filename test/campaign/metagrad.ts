import { Command } from '@commander-js/extra-typings';
import { addReportCommand } from '../../experiments/commands/report.js';
import { addRunCommand } from '../../experiments/commands/run.js';
import { addStudiesCommand } from '../../experiments/commands/studies.js';

/** The command line in this process; errors are thrown as they are, and nothing is printed. */
export async function metagrad(...words: readonly string[]): Promise<void> {
  const program = new Command('metagrad').exitOverride().configureOutput({ writeErr: () => undefined });
  addRunCommand(program, () => undefined);
  addReportCommand(program);
  addStudiesCommand(program);
  await silently(() => program.parseAsync(['node', 'metagrad', ...words]));
}

async function silently(action: () => Promise<unknown>): Promise<void> {
  const streams = [process.stdout, process.stderr];
  const writes = streams.map((stream) => stream.write.bind(stream));
  for (const stream of streams) stream.write = () => true;
  try {
    await action();
  } finally {
    streams.forEach((stream, i) => (stream.write = writes[i]));
  }
}
