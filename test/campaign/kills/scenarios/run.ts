/** `metagrad run` is killed and resumed until it is done: it finds what an undisturbed run does, byte for byte. */
import { existsSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { parseSafetensors } from '../../../../engine/io/safetensors.js';
import { describeMoment, live, momentIn, toyModule, type Undisturbed } from '../life.js';
import type { Round, Scenario } from '../scenario.js';
import { undisturbed } from '../undisturbed.js';
import type { Random } from '../../random.js';

const small = ['--trials', '4', '--searches', '1', '--seeds', '2', '--reproductions', '1'];
const most = 3;

/** The run's folder; none before the first of its files is there. */
export const runIn = (root: string): string | undefined => {
  const run = existsSync(root) ? readdirSync(root).at(0) : undefined;
  return run === undefined ? undefined : join(root, run);
};

/** What must be the same, by file. */
export function found(run: string): Readonly<Record<string, string>> {
  const files: Record<string, string> = {};
  const { status, results } = JSON.parse(readFileSync(join(run, 'summary.json'), 'utf8')) as {
    readonly status: string;
    readonly results: object;
  };
  files['summary.json'] = JSON.stringify({ status, results });
  for (const name of ['metrics.csv', 'trials.csv']) files[name] = readFileSync(join(run, name), 'utf8');
  const checkpoints = join(run, 'checkpoints');
  for (const name of readdirSync(checkpoints).filter((file) => file.endsWith('.safetensors')))
    files[`checkpoints/${name}`] = readFileSync(join(checkpoints, name)).toString('base64');
  return files;
}

export const differences = (
  got: Readonly<Record<string, string>>,
  expected: Readonly<Record<string, string>>,
): string[] =>
  [...new Set([...Object.keys(got), ...Object.keys(expected)])]
    .filter((name) => got[name] !== expected[name])
    .map(
      (name) =>
        `${name} is ${name in got ? 'different' : 'missing'}${name in expected ? '' : ' and should not be there'}`,
    );

/** What is wrong with the files as a kill leaves them: those that are replaced as a whole are never cut off. */
export function torn(run: string, expected: Readonly<Record<string, string>>): string[] {
  const problems: string[] = [];
  const check = (name: string, read: (bytes: Buffer) => unknown): void => {
    if (!existsSync(join(run, name))) return;
    try {
      read(readFileSync(join(run, name)));
    } catch (error) {
      problems.push(`${name} is cut off after the kill: ${String(error)}`);
    }
  };
  for (const name of ['config.json', 'summary.json'])
    check(name, (bytes) => JSON.parse(bytes.toString()) as unknown);
  for (const name of ['metrics.csv', 'trials.csv'])
    check(name, (bytes) => {
      if (bytes.toString() !== expected[name]) throw new Error(`${bytes.length} bytes`);
    });
  for (const name of Object.keys(expected).filter((file) => file.endsWith('.safetensors')))
    check(name, (bytes) => parseSafetensors(bytes));
  return problems;
}

async function round(
  part: (root: string) => Undisturbed,
  expected: Readonly<Record<string, string>>,
  workers: number,
  root: string,
  random: Random,
): Promise<Round> {
  const story: string[] = [];
  const problems: string[] = [];
  let [kills, silence] = [0, 0];
  for (let attempt = 0; ; attempt++) {
    const run = runIn(root);
    // What was killed before it said what it is to do can only be begun again.
    const begun = run !== undefined && existsSync(join(run, 'config.json'));
    if (run !== undefined && !begun) rmSync(run, { recursive: true });
    const words = begun ? ['run', '--resume', run] : ['run', toyModule, ...small, '--out', root];
    const moment = attempt < most ? momentIn(part(root), random) : undefined;
    const life = await live([...words, '--workers', String(workers)], moment);
    story.push(
      `${begun ? 'resume' : 'run'}: ${life.killed ? `killed ${describeMoment(moment!)}` : `ended with ${life.code}`}`,
    );
    silence = Math.max(silence, life.silence);
    const now = runIn(root);
    if (life.killed) {
      kills += 1;
      if (now !== undefined) problems.push(...torn(now, expected));
      continue;
    }
    if (life.code !== 0) problems.push(`it ended with ${life.code}: ${life.output.trim().slice(-500)}`);
    else problems.push(...differences(found(now!), expected));
    return { kills, problems, silence, story };
  }
}

/** `only` are the calls that kills are aimed at, by a part of their paths; by default all below the run's folder. */
const scenario = (name: string, weight: number, workers: number, only?: string): Scenario => ({
  name,
  weight,
  async prepare(folder) {
    const root = join(folder, 'runs');
    const words = ['run', toyModule, ...small, '--out', root, '--workers', '1'];
    const whole = await undisturbed(words, only ?? root, join(folder, 'calls.json'));
    const expected = found(runIn(root)!);
    const part = (path: string): Undisturbed => ({ ...whole, path: only ?? path });
    return (place, random) => round(part, expected, workers, join(place, 'runs'), random);
  },
});

export const runScenarios: readonly Scenario[] = [
  scenario('run', 7, 1),
  scenario('threads', 2, 2),
  scenario('checkpoints', 3, 1, '/checkpoints'),
];
