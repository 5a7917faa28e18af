import { spawnSync } from 'node:child_process';

/** Runs a program and answers what it printed on stdout. Throws with all that it printed if it fails. */
export function output(cwd: string, file: string, ...args: readonly string[]): string {
  const { status, stdout, stderr, error } = spawnSync(file, args, {
    cwd,
    encoding: 'utf8',
    timeout: 300_000,
  });
  if (error !== undefined) throw error;
  if (status !== 0) throw new Error(`${[file, ...args].join(' ')} ended with ${status}:\n${stderr}${stdout}`);
  return stdout;
}
