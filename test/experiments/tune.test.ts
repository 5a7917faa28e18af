/** `metagrad tune` as users run it: in a process, with threads, ended by Ctrl-C, on a disk that is full. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { journalStorage, readStudies, type TrialRecord } from '../../experiments/tuning/index.js';
import { bundleWithThreads } from '../tuning/bundle.js';

const objective = fileURLToPath(new URL('../tuning/objectives/parabola.js', import.meta.url));
let folder: string;
let program: string;

beforeAll(async () => {
  ({ folder, program } = await bundleWithThreads(new URL('tuneProgram.ts', import.meta.url)));
}, 60_000);

afterAll(() => {
  rmSync(folder, { recursive: true });
});

type Ended = { readonly code: number; readonly out: string; readonly err: string };

function start(words: readonly string[], environment: Record<string, string> = {}) {
  const env = { ...process.env, ...environment };
  const child = spawn(process.execPath, [program, ...words], { cwd: folder, env });
  return { child, ended: collect(child) };
}

async function collect(child: ReturnType<typeof spawn>): Promise<Ended> {
  let out = '';
  let err = '';
  child.stdout?.on('data', (text: Buffer) => (out += text.toString()));
  child.stderr?.on('data', (text: Buffer) => (err += text.toString()));
  const [code] = (await once(child, 'close')) as [number];
  return { code, out, err };
}

const metagrad = (words: readonly string[], environment?: Record<string, string>): Promise<Ended> =>
  start(words, environment).ended;

async function trialsIn(journal: string): Promise<readonly TrialRecord[]> {
  const [study] = await readStudies(journalStorage(join(folder, journal)));
  return study.trials;
}

const counted = (trials: readonly TrialRecord[]): readonly TrialRecord[] => {
  const repeated = new Set(trials.map((trial) => trial.systemAttributes.failed_trial));
  return trials.filter((trial) => !repeated.has(trial.number));
};

describe('metagrad tune', () => {
  it('runs the trials in threads and prints the best', async () => {
    const words = ['--trials', '9', '--workers', '2', '--seed', '1', '--out', 'made'];
    const { code, out, err } = await metagrad(['tune', objective, ...words]);
    expect(err).toMatch(/^9\/9 trials {2}100 % .* best [\d.]+\n$/);
    expect(code).toBe(0);
    expect(out).toMatch(/study +parabola {2}\(9 trials: 9 complete; seed 1\)\nbest +[\d.]+ in trial \d\n/);
    const [, journal] = /journal +(made\/parabola-[\d-]+\/journal\.log)/.exec(out)!;
    expect(await trialsIn(journal)).toHaveLength(9);
  });

  it('tries a whole grid and no more', async () => {
    const words = ['--sampler', 'grid', '--journal', 'grid.log', '--quiet', '--name', 'all of it'];
    expect(await metagrad(['tune', objective, ...words])).toMatchObject({ code: 0, err: '' });
    const points = (await trialsIn('grid.log')).map(({ params }) => JSON.stringify(params));
    expect(new Set(points).size).toBe(6);
    expect(points).toHaveLength(6);
  });

  it('leaves a whole journal at Ctrl-C, says how to go on, and then runs exactly what is left', async () => {
    const words = ['--trials', '30', '--workers', '2', '--seed', '4', '--journal', 'stopped.log'];
    const { child, ended } = start(['tune', objective, ...words], { PAUSE: '150' });
    const journal = join(folder, 'stopped.log');
    while (!existsSync(journal) || !readFileSync(journal, 'utf8').includes('"state":1')) await sleep(20);
    child.kill('SIGINT');
    const { code, err, out } = await ended;
    expect(code).toBe(130);
    expect(out).toContain('stopped.log');
    const before = await trialsIn('stopped.log');
    expect(before.map(({ state }) => state)).not.toContain('running');
    const [, done, command] = /stopped after (\d+) of 30 trials; go on with: metagrad (.*)\n/.exec(err)!;
    expect(Number(done)).toBe(before.filter(({ state }) => state === 'complete').length);

    expect(await metagrad([...command.split(' '), '--quiet'])).toMatchObject({ code: 0, err: '' });
    const after = await trialsIn('stopped.log');
    expect(counted(after)).toHaveLength(30);
    expect(counted(after).every(({ state }) => state === 'complete')).toBe(true);
    const cutOff = before.filter(({ state }) => state === 'fail');
    expect(cutOff.length).toBeGreaterThan(0);
    for (const { number, params } of cutOff) {
      const retry = after.find((trial) => trial.systemAttributes.failed_trial === number);
      expect(retry).toMatchObject({ state: 'complete', params });
    }
  });

  it('goes on with a study only if it is asked to, and only with one that is there', async () => {
    const tune = (...words: string[]) =>
      metagrad(['tune', objective, '--trials', '2', '--journal', 'kept.log', '--quiet', ...words]);
    expect((await tune('--resume')).err).toBe(
      'metagrad: tune: there is no journal kept.log to go on with; leave --resume out.\n',
    );
    expect((await tune()).code).toBe(0);
    expect(await tune()).toMatchObject({
      code: 1,
      err: "metagrad: tune: kept.log has the study 'parabola' with 2 trials; go on with it by --resume, or give another --name.\n",
    });
    expect((await tune('--resume', '--name', 'other')).err).toContain(
      "has no study 'other' to go on with, but 'parabola'",
    );
    expect((await tune('--resume', '--trials', '5')).code).toBe(0);
    expect(await trialsIn('kept.log')).toHaveLength(5);
  });

  it('fails with the reason if every trial does, or if the space cannot be searched', async () => {
    const tune = (environment: Record<string, string>) =>
      metagrad(['tune', objective, '--trials', '2', '--quiet', '--out', 'bad'], environment);
    expect(await tune({ THROW: '0,1' })).toMatchObject({
      code: 1,
      out: expect.stringMatching(/^journal {2}bad\/parabola-[\d-]+\/journal\.log\n$/) as string,
      err: `metagrad: bestTrial: none of the 2 trials of 'parabola' is complete, 2 failed; trial 0 because of: "Error: no luck".\n`,
    });
    const refused = await tune({ REFUSE: '0' });
    expect(refused.code).toBe(1);
    expect(refused.err).toMatch(
      /^journal {2}bad\/parabola-[\d-]+\/journal\.log\nmetagrad: suggestFloat\('x', 3, 2\): low is above high; swap them\.\n$/,
    );
  });

  it('ends with a clear error where nothing can be written', async () => {
    const { code, err } = await metagrad(['tune', objective, '--journal', '/proc/study.log']);
    expect(code).toBe(1);
    expect(err).toMatch(
      /^metagrad: journal \/proc\/study\.log: cannot make its lock .*must exist and be writable\.\n$/,
    );
  });

  it('ends with a clear error when the disk is full, and loses nothing', async () => {
    const line = `trap '' XFSZ; ulimit -f 14; exec "$0" "$@"`;
    const words = [
      'tune',
      objective,
      '--trials',
      '40',
      '--workers',
      '2',
      '--journal',
      'full.log',
      '--name',
      "it's full",
    ];
    const child = spawn('bash', ['-c', line, process.execPath, program, ...words], { cwd: folder });
    const { code, err } = await collect(child);
    expect(code).toBe(1);
    expect(err).toMatch(/go on with: metagrad tune .* --name 'it'\\''s full' .*--resume/);
    expect(err).toMatch(/metagrad: journal full\.log: cannot be written \(Error: EFBIG/);
    expect((await trialsIn('full.log')).filter(({ state }) => state === 'complete').length).toBeGreaterThan(
      2,
    );

    const resumed = await metagrad([...words, '--resume', '--quiet']);
    expect(resumed).toMatchObject({ code: 0, err: '' });
    expect(counted(await trialsIn('full.log'))).toHaveLength(40);
  });
});
