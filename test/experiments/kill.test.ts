/** A run that is killed without warning, however often, and resumed gives the results of an undisturbed run. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  existsSync,
  lutimesSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { RunSummary } from '../../experiments/runner/record/recordFiles.js';
import { bundle, bundleWithThreads } from '../tuning/bundle.js';

/** KILLS=10 for a longer test. */
const kills = Number(process.env.KILLS ?? 3);

let folder: string;
let program: string;

beforeAll(async () => {
  ({ folder, program } = await bundleWithThreads(new URL('killProgram.ts', import.meta.url)));
  await bundle(new URL('../../experiments/runner/workerThread.ts', import.meta.url), folder);
}, 60_000);

afterAll(() => {
  rmSync(folder, { recursive: true });
});

function start(kind: 'root' | 'resume', place: string, workers = 1): ChildProcess {
  return spawn(process.execPath, [program, kind, place, String(workers)], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
}

async function whole(kind: 'root' | 'resume', place: string, workers?: number): Promise<void> {
  const [code] = (await once(start(kind, place, workers), 'exit')) as [number | null];
  expect(code).toBe(0);
}

const rootNamed = (name: string): string => {
  const root = join(folder, name);
  mkdirSync(root);
  return root;
};

const runIn = (root: string): string => join(root, readdirSync(root)[0]);

/** Bytes that a run has written to its logs. */
function written(root: string): number {
  const run = readdirSync(root).at(0);
  if (run === undefined) return 0;
  const logs = join(root, run, 'journals');
  const names = existsSync(logs) ? readdirSync(logs).filter((name) => name.endsWith('.log')) : [];
  const files = names.map((name) => join(logs, name));
  return [...files, join(root, run, 'finished.jsonl')]
    .filter((path) => existsSync(path))
    .reduce((sum, path) => sum + statSync(path).size, 0);
}

/** Makes a minute pass for the locks that a killed process left, which count for half of one. */
function ageLocks(root: string): void {
  const past = Date.now() / 1000 - 60;
  for (const name of readdirSync(root, { recursive: true, encoding: 'utf8' }))
    if (name.endsWith('.lock')) lutimesSync(join(root, name), past, past);
}

/** What a run found, but how long it took. */
function found(run: string) {
  const { status, results } = JSON.parse(readFileSync(join(run, 'summary.json'), 'utf8')) as RunSummary;
  const table = (name: string) => readFileSync(join(run, name), 'utf8');
  return { status, results, metrics: table('metrics.csv'), trials: table('trials.csv') };
}

test('kill -9, and resume', { timeout: 30_000 + 15_000 * kills }, async () => {
  const undisturbed = rootNamed('undisturbed');
  await whole('root', undisturbed);
  const expected = found(runIn(undisturbed));
  expect(expected.status).toBe('complete');
  expect(expected.metrics.split('\n').filter((row) => row.startsWith('final,'))).toHaveLength(2 * 3 * 2 * 4);
  const total = written(undisturbed);

  const killed = rootNamed('killed');
  let done = 0;
  let cut = 0;
  for (let kill = 0; kill < kills; kill++) {
    const child = done === 0 ? start('root', killed) : start('resume', runIn(killed));
    // Somewhere on the way to what is left, and anywhere within a write.
    const until = done + Math.random() * Math.max(0, (total - done) / (kills - kill));
    while (written(killed) <= until && child.exitCode === null) await sleep(2);
    await sleep(5 * Math.random());
    if (child.exitCode === null) {
      child.kill('SIGKILL');
      await once(child, 'exit');
      cut += 1;
      ageLocks(killed);
    }
    done = written(killed);
  }
  expect(cut).toBeGreaterThan(0);
  await whole('resume', runIn(killed));
  expect(found(runIn(killed))).toEqual(expected);
});

test('two workers have the results of one', { timeout: 60_000 }, async () => {
  const root = rootNamed('threads');
  await whole('root', root, 2);
  expect(found(runIn(root))).toEqual(found(runIn(join(folder, 'undisturbed'))));
});

/** A study whose trainings end the thread that they run in, or throw. */
const moduleText = (training: string): string => `
import { z } from 'zod';
const metrics = { loss: { title: 'loss', better: 'lower', of: () => 0 } };
export default {
  name: 'dying', title: 'Dying', summary: 'ends its threads',
  presets: {
    full: {
      protocol: 'seed', batchSize: 1, epochs: { tune: 1, final: 1 }, trials: 1, searches: 1, seeds: 2, reproductions: 0,
      seed: 0, sampler: 'random', arms: { a: { role: 'control', program: 'p', description: 'a' } }, claims: [],
    },
    quick: {},
  },
  task: { settings: z.strictObject({}), make: () => ({ data: {}, model: {}, loss: () => 0, metrics }) },
  programs: () => ({ p: { settings: z.strictObject({}), *start() { ${training} } } }),
};
`;

test.each([
  [
    'process.exit(7);',
    /run: the worker thread of 'training a [01]' ended before its job did \(Error: worker exited with code: 7\); mend the cause/,
  ],
  ['throw new TypeError("no luck");', /TypeError: no luck/],
])('a worker thread whose training does %s fails the run', { timeout: 60_000 }, async (training, message) => {
  const [module, root] = [join(folder, 'dying.mjs'), rootNamed(`dying ${training.length}`)];
  writeFileSync(module, moduleText(training));
  const runner = await bundle(new URL('moduleProgram.ts', import.meta.url), folder);
  const { status, stderr } = spawnSync(process.execPath, [runner, module, root], { encoding: 'utf8' });
  expect(status).toBe(1);
  expect(stderr).toMatch(message);
  const summary = JSON.parse(readFileSync(join(runIn(root), 'summary.json'), 'utf8')) as RunSummary;
  expect(summary.status).toBe('failed');
  expect(summary.error).toMatch(message);
});
