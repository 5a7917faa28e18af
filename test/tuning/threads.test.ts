import { execFile } from 'node:child_process';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  createStudy,
  journalStorage,
  replayDraws,
  type TrialRecord,
  tpeSampler,
} from '../../experiments/tuning/index.js';
import { bundleWithThreads } from './bundle.js';

const objective = fileURLToPath(new URL('objectives/parabola.js', import.meta.url));
let folder: string;
let program: string;

beforeAll(async () => {
  ({ folder, program } = await bundleWithThreads(new URL('threadsProgram.ts', import.meta.url)));
}, 60_000);

afterAll(() => {
  rmSync(folder, { recursive: true });
});

let runs = 0;
type Run = { readonly path: string; readonly stderr: string; readonly trials: readonly TrialRecord[] };

/** Tunes in a process of its own, and answers what it left. */
async function tune(
  trials: number,
  workers: number,
  environment: Record<string, string> = {},
  path = join(folder, `run${++runs}.log`),
): Promise<Run> {
  const programArguments = [program, objective, path, String(trials), String(workers)];
  const env = { ...process.env, ...environment };
  let stderr = '';
  try {
    await promisify(execFile)(process.execPath, programArguments, { env });
  } catch (error) {
    ({ stderr } = error as { stderr: string });
  }
  const study = await createStudy({ name: 'threads', storage: journalStorage(path), loadIfExists: true });
  return { path, stderr, trials: study.trials };
}

const states = (trials: readonly TrialRecord[]): string => trials.map(({ state }) => state[0]).join('');

/** Every parameter of a log is the one that its seed and what stood before it give. */
async function expectReplayed({ path, trials }: Run): Promise<void> {
  const draws = await replayDraws(journalStorage(path), 'threads', tpeSampler());
  expect(draws).toHaveLength(3 * trials.length);
  expect(draws.filter(({ logged, replayed }) => logged !== replayed)).toEqual([]);
}

describe('trials in worker threads', () => {
  it('see the same trial as an objective in the main thread, two at a time', async () => {
    const run = await tune(24, 2);
    expect(run.stderr).toBe('');
    expect(states(run.trials)).toBe('c'.repeat(24));
    for (const { params, userAttributes, intermediateValues, value } of run.trials) {
      expect(userAttributes.seen).toEqual({ ...params, reports: 3 });
      expect([...intermediateValues.keys()]).toEqual([0, 1, 2]);
      expect(value).toBe(Number(params.x) ** 2 + Number(params.depth) / 8 + (params.rule === 'adam' ? 0 : 1));
    }
    const overlapping = run.trials.filter(
      ({ started }, i) => i > 0 && started! < run.trials[i - 1].completed!,
    );
    expect(overlapping.length).toBeGreaterThan(5);
    await expectReplayed(run);
  });

  it('end as failed, pruned or complete', async () => {
    const { trials } = await tune(6, 2, { THROW: '2', PRUNE: '4' });
    expect(states(trials)).toBe('ccfcpc');
    expect(trials[2].systemAttributes.fail_reason).toBe('Error: no luck');
    expect(trials[4].value).toBe(trials[4].intermediateValues.get(0));
  });

  it('whose thread is killed are failed, and repeated with the same parameters, within the budget', async () => {
    const run = await tune(12, 2, { KILL: '3,7' });
    expect(run.stderr).toBe('');
    expect(states(run.trials).replaceAll('c', '')).toBe('ff');
    expect(run.trials).toHaveLength(14);
    for (const number of [3, 7]) {
      const retry = run.trials.find((trial) => trial.systemAttributes.failed_trial === number);
      expect(retry).toMatchObject({ state: 'complete', params: run.trials[number].params });
      expect(run.trials[number].systemAttributes.fail_reason).toBe(
        'its worker ended before the trial did: Error: worker exited with code: 7',
      );
    }
    await expectReplayed(run);
  });

  it('that kill their thread every time are given up', async () => {
    const { trials } = await tune(2, 1, { KILL: '0,1,2,3' });
    expect(states(trials)).toBe('ffffc');
  });

  it('end the study for a range that cannot be searched', async () => {
    const { trials, stderr } = await tune(10, 2, {
      ...{ REFUSE: '1', REFUSED: join(folder, 'refused'), PAUSE: '300' },
    });
    expect(stderr).toContain("SearchSpaceError: suggestFloat('x', 3, 2): low is above high; swap them.");
    expect(trials[1].state).toBe('fail');
    expect(trials.length).toBeLessThan(4);
    expect(states(trials)).not.toContain('r');
  });

  it('go on where they stopped', async () => {
    const { path } = await tune(5, 2);
    expect((await tune(9, 3, {}, path)).trials).toHaveLength(9);
  });
});
