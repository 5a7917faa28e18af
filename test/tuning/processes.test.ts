import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  createStudy,
  journalStorage,
  replayDraws,
  type TrialRecord,
  tpeSampler,
} from '../../experiments/tuning/index.js';
import { bundle } from './bundle.js';

/** How often four processes are run; `REPEAT=20` for a longer look. */
const repeats = Number(process.env.REPEAT ?? 1);
const budget = 40;

let folder: string;
let program: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'metagrad-processes-'));
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }');
  program = await bundle(new URL('journalWorker.ts', import.meta.url), folder);
});

afterAll(() => {
  rmSync(folder, { recursive: true });
});

const start = (path: string, trials: number, hangInNth = 0): ChildProcess => {
  const programArguments = [program, path, String(trials), String(hangInNth)];
  return spawn(process.execPath, programArguments, { stdio: ['ignore', 'pipe', 'inherit'] });
};

const open = (path: string) =>
  createStudy({ name: 'shared', storage: journalStorage(path), loadIfExists: true });

/** Waits until a process hangs in a trial, ends it by SIGKILL, and answers the trial's number. */
async function killWhenHanging(victim: ChildProcess): Promise<number> {
  const ended = once(victim, 'exit');
  const line = once(createInterface({ input: victim.stdout! }), 'line') as Promise<[string]>;
  const [number] = await Promise.race([line, ended.then(() => ['it ended by itself'])]);
  victim.kill('SIGKILL');
  await ended;
  return Number(number);
}

const counted = (trials: readonly TrialRecord[]): readonly TrialRecord[] => {
  const repeated = new Set(trials.map((trial) => trial.systemAttributes.failed_trial));
  return trials.filter((trial) => !repeated.has(trial.number));
};

describe('four processes on one journal', () => {
  it.each(Array.from({ length: repeats }, (_, i) => i + 1))(
    'share the budget exactly though one is killed, run %i',
    async (run) => {
      const path = join(folder, `run${run}.log`);
      const victim = start(path, budget, 1 + (run % 4));
      const others = [1, 2, 3].map(() => start(path, budget));
      const ends = others.map((process) => once(process, 'exit'));
      const killed = await killWhenHanging(victim);
      for (const [code] of await Promise.all(ends)) expect(code).toBe(0);

      const { trials } = await open(path);
      expect(trials.map(({ number }) => number)).toEqual([...trials.keys()]);
      expect(trials.every(({ state }) => state === 'complete' || state === 'fail')).toBe(true);
      expect(counted(trials)).toHaveLength(budget);
      expect(trials.filter(({ state }) => state === 'fail').map(({ number }) => number)).toEqual([killed]);

      const retry = trials.find((trial) => trial.systemAttributes.failed_trial === killed);
      expect(retry).toMatchObject({ state: 'complete', params: trials[killed].params });
      expect(trials[killed].systemAttributes.fail_reason).toContain('its worker ended before the trial did');
      const different = new Set(counted(trials).map(({ params }) => JSON.stringify(params)));
      expect(different.size).toBe(budget);

      const draws = await replayDraws(journalStorage(path), 'shared', tpeSampler());
      expect(draws).toHaveLength(3 * trials.length);
      expect(draws.filter(({ logged, replayed }) => logged !== replayed)).toEqual([]);
    },
    20_000,
  );

  it('end with an error when the disk is full, and lose nothing', async () => {
    const path = join(folder, 'full.log');
    const limited = `trap '' XFSZ; ulimit -f 8; exec "${process.execPath}" "${program}" "${path}" ${budget}`;
    const full = spawn('bash', ['-c', limited], { stdio: ['ignore', 'ignore', 'pipe'] });
    let message = '';
    full.stderr.on('data', (text: Buffer) => (message += text.toString()));
    expect(await once(full, 'exit')).not.toEqual([0, null]);
    expect(message).toContain(
      `StorageError: journal ${path}: cannot be written (Error: EFBIG: file too large, write)`,
    );
    expect(readFileSync(path, 'utf8')).toMatch(/\}\n$/);
    const { trials } = await open(path);
    expect(trials.length).toBeGreaterThan(3);
    expect(trials.slice(0, -1).every(({ state }) => state === 'complete')).toBe(true);

    const resumed = start(path, budget);
    expect(await once(resumed, 'exit')).toEqual([0, null]);
    expect(counted((await open(path)).trials)).toHaveLength(budget);
  }, 20_000);

  it('are continued where they stopped: exactly what is left', async () => {
    const path = join(folder, 'resumed.log');
    const killed = await killWhenHanging(start(path, budget, 6));
    expect((await open(path)).trials.map(({ state }) => state)).toEqual([
      ...Array<string>(5).fill('complete'),
      'running',
    ]);
    const resumed = start(path, 12);
    await once(resumed, 'exit');
    const { trials } = await open(path);
    expect(trials).toHaveLength(13);
    expect(trials[killed].state).toBe('fail');
    expect(trials[6]).toMatchObject({ state: 'complete', params: trials[5].params });
    expect(counted(trials)).toHaveLength(12);
  }, 20_000);
});
