/** Runs cases in a child process, and ends it when one hangs or takes too much memory. */
import { spawn } from 'node:child_process';
import type { Readable } from 'node:stream';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { usageOf } from '../processUsage.js';
import type { Verdict } from './examine.js';
import type { Reader } from './reader.js';

const mostMegabytes = 1500;

/** Runs the cases from `from` on until `to`, or until one ends the process; answers the number after the last one. */
export function runCases(
  reader: Reader,
  seed: number,
  from: number,
  to: number,
  folder: string,
  onVerdict: (number: number, verdict: Verdict) => void,
): Promise<number> {
  const program = fileURLToPath(new URL('./child.js', import.meta.url));
  const words = [program, reader.name, String(seed), String(from), String(to), folder];
  const child = spawn(process.execPath, ['--no-warnings', '--max-old-space-size=1000', ...words], {
    stdio: ['ignore', 'ignore', 'pipe', 'pipe'],
  });
  let stderr = '';
  child.stderr!.on('data', (text: Buffer) => (stderr = (stderr + text.toString()).slice(-4000)));
  let current = from - 1;
  let running = false;
  let next = from;
  let begun = { seconds: 0, at: performance.now() };
  let killed: string | undefined;
  const lines = createInterface({ input: child.stdio[3] as Readable });
  lines.on('line', (line) => {
    const [, what, number, verdict] = /^(\w+) (\d+) ?(.*)$/.exec(line)!;
    if (what === 'begin') {
      current = Number(number);
      running = true;
      begun = { seconds: usageOf(child.pid!).seconds, at: performance.now() };
    } else {
      running = false;
      next = Number(number) + 1;
      onVerdict(Number(number), JSON.parse(verdict) as Verdict);
    }
  });
  const timer = setInterval(() => {
    const { seconds, megabytes } = usageOf(child.pid!);
    const used = seconds - begun.seconds;
    const waited = (performance.now() - begun.at) / 1000;
    if (!running || killed !== undefined) return;
    if (megabytes > mostMegabytes) killed = `took ${megabytes.toFixed(0)} MiB of memory`;
    else if (used > reader.patience) killed = `hangs: ${used.toFixed(0)} s of processor time`;
    else if (waited > 12 * reader.patience) killed = `hangs: it waited ${waited.toFixed(0)} s`;
    if (killed !== undefined) child.kill('SIGKILL');
  }, 50);
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code, signal) => {
      clearInterval(timer);
      if (!running && code === 0) resolve(to);
      else if (!running)
        reject(
          new Error(
            `fuzz: the process of ${reader.name} ended with ${code ?? signal} between cases: ${stderr}`,
          ),
        );
      else {
        next = current + 1;
        const what =
          killed ?? `the process ended with ${code ?? signal}: ${stderr.trim().split('\n')[0] ?? ''}`;
        onVerdict(current, { kind: 'failed', what, stack: stderr });
        resolve(next);
      }
    });
  });
}
