/** Trials that have ended, here or by other hands, and trials with very many reports. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  createStudy,
  journalStorage,
  medianPruner,
  memoryStorage,
  patientPruner,
} from '../../experiments/tuning/index.js';

describe('a trial with an outcome', () => {
  it('accepts no further parameter, report or outcome', async () => {
    const study = await createStudy({ name: 'ended', seed: 0 });
    const trial = await study.ask();
    trial.suggestFloat('x', 0, 1);
    await study.tell(trial, 1);
    const calls = [
      () => trial.suggestFloat('x', 0, 1),
      () => trial.suggestInt('n', 0, 1),
      () => trial.suggestCategorical('c', [1]),
      () => { trial.report(0, 1); },
      () => trial.shouldPrune(),
      () => { trial.setUserAttribute('a', 1); },
    ]; // prettier-ignore
    for (const call of calls) expect(call).toThrow(/trial 0 is complete; only a running trial can be asked/);
    expect(study.trials[0].intermediateValues.size).toBe(0);
  });

  it('by another worker while it runs here is left unchanged, and the study continues', async () => {
    const storage = memoryStorage();
    const study = await createStudy({ name: 'taken', storage, seed: 0 });
    const other = await createStudy({ name: 'taken', storage, loadIfExists: true });
    const warned = new Promise((resolve) => process.once('warning', ({ message }) => { resolve(message); })); // prettier-ignore
    await study.optimize(
      async (trial) => {
        if (trial.number === 0) await other.tell(0, { state: 'fail', reason: 'taken' });
        return 1;
      },
      { trials: 3 },
    );
    expect(study.trials.map(({ state }) => state)).toEqual(['fail', 'complete', 'complete']);
    expect(await warned).toContain("trial 0 of 'taken' was ended by another worker");
  });
});

describe('a running trial of another machine', () => {
  it('is reported, and repeated with its parameters on request', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'metagrad-reclaim-'));
    const path = join(folder, 'study.log');
    try {
      const study = await createStudy({ name: 'moved', storage: journalStorage(path), seed: 0 });
      (await study.ask()).suggestFloat('x', 0, 1);
      writeFileSync(path, readFileSync(path, 'utf8').replaceAll(/metagrad@[^/]*\//g, 'metagrad@elsewhere/'));
      const warnings: string[] = [];
      const load = { name: 'moved', loadIfExists: true, onWarning: (text: string) => warnings.push(text) };
      const left = await createStudy({ ...load, storage: journalStorage(path) });
      expect(left.trials[0].state).toBe('running');
      expect(warnings).toEqual([
        expect.stringMatching(/trial 0 stands as running, by process \d+ on elsewhere; .*reclaim: true/),
      ]);
      const taken = await createStudy({ ...load, storage: journalStorage(path), reclaim: true });
      expect(warnings).toHaveLength(1);
      await taken.optimize((trial) => trial.suggestFloat('x', 0, 1), { trials: 2 });
      expect(taken.trials.map(({ state }) => state)).toEqual(['fail', 'complete', 'complete']);
      expect(taken.trials[1].params).toEqual(taken.trials[0].params);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('is what the storage says', async () => {
    const storage = { ...memoryStorage(), isAlive: () => false };
    const study = await createStudy({ name: 'dead', storage, seed: 0 });
    (await study.ask()).suggestFloat('x', 0, 1);
    const other = await createStudy({ name: 'dead', storage, loadIfExists: true });
    await other.ask();
    expect(other.trials.map(({ state }) => state)).toEqual(['fail', 'running']);
  });
});

describe('very many reports of one trial', () => {
  it('cost the same each, with a pruner that looks at every one', async () => {
    const seconds = async (reports: number): Promise<number> => {
      const study = await createStudy({ name: 'long', pruner: patientPruner(medianPruner(), 5), seed: 0 });
      const trial = await study.ask();
      const begin = performance.now();
      for (let step = 0; step < reports; step++) {
        trial.report(step, 1 / (step + 1));
        trial.shouldPrune();
      }
      await study.tell(trial, 0);
      expect(study.trials[0].intermediateValues.size).toBe(reports);
      return (performance.now() - begin) / 1000;
    };
    await seconds(3000);
    expect(await seconds(30_000)).toBeLessThan(20 * Math.max(await seconds(3000), 0.05));
  });
});
