/** A study on a task of its own, regression measured by rmse, under examples/: the same runner, claims and report. */
import { cpSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test, vi } from 'vitest';
import { readConfig } from '../../experiments/runner/record/recordFiles.js';
import { readRun } from '../../experiments/runner/record/runData.js';
import type { StudyConfig } from '../../experiments/studies/config.js';
import { resolvedToSources, root } from '../sources.js';
import { capturePrints, metagrad, printed } from './commandLine.js';
import { draws } from './drawnFigures.js';

const folder = mkdtempSync(join(tmpdir(), 'metagrad-regression-'));
const study = join(folder, 'regression.js');
writeFileSync(study, resolvedToSources(readFileSync(join(root, 'examples/regression.js'), 'utf8')));
afterAll(() => {
  const kept = process.env.METAGRAD_KEEP;
  if (kept !== undefined) cpSync(folder, kept, { recursive: true });
  rmSync(folder, { recursive: true });
});

// The words that are looked for are those of titles, which the page has beside the pictures, and of one axis.
vi.mock('../../experiments/report/draw/figure.js', async (original) =>
  (await import('./drawnFigures.js')).drawnFigures(() => original()),
);

capturePrints();

test('is run, judged and reported by rmse', { timeout: 120_000 }, async () => {
  draws.metrics = ['difference in test rmse'];
  const runs = join(folder, 'runs');
  expect(await metagrad('run', study, '--quick', '--workers', '1', '--quiet', '--out', runs)).toBe(0);
  expect(printed.err).toBe('');
  const run = join(runs, readdirSync(runs)[0]);
  const record = readConfig(run);
  expect(record.metrics).toEqual({
    rmse: { title: 'rmse', better: 'lower', range: { low: 0 } },
    mae: { title: 'mean absolute error', better: 'lower', range: { low: 0 } },
  });
  expect(printed.out).toMatch(/tuning rmse +seeds +test rmse/);
  expect(printed.out).not.toMatch(/accuracy|cross-entropy/);
  expect(printed.out).toMatch(/R1 .*adam − sgd/);

  const { searches, trained } = await readRun(run, record.config as StudyConfig);
  const states = searches.flatMap(({ study: { trials } }) => trials.map(({ state }) => state));
  expect(states).toContain('complete');
  expect(states).toContain('pruned');
  for (const { arm, study: search } of searches) {
    expect(search.direction).toBe('minimize');
    for (const { params, state, intermediateValues } of search.trials) {
      if (arm === 'adam, warm-up') expect(Number.isInteger(params.warmup)).toBe(true);
      if (arm === 'sgd') expect([0, 0.9]).toContain(params.momentum);
      // What is given up is recorded as far as it went.
      expect(intermediateValues.size === 10).toBe(state !== 'pruned');
    }
  }
  for (const { epochs } of trained) {
    expect(Object.keys(epochs[0]).sort()).toEqual(['mae', 'rmse', 'trainLoss', 'tuneVal']);
    for (const { rmse, mae } of epochs) expect(rmse).toBeGreaterThanOrEqual(mae);
  }
  const trials = readFileSync(join(run, 'trials.csv'), 'utf8');
  expect(trials).toMatch(/^arm,search,trial,state,rmse,test,params\.lr,params\.warmup,params\.momentum\n/);
  expect(trials).toContain(',pruned,');
  const page = readFileSync(join(run, 'report.html'), 'utf8');
  for (const text of [
    'test rmse',
    'mean absolute error during training',
    'difference in test rmse',
    'pruned by the median',
  ])
    expect(page.toLowerCase()).toContain(text);
  expect(page).not.toMatch(/accuracy|nats/);
});

test('its task is checked by its own schema', async () => {
  const file = join(folder, 'my.yaml');
  writeFileSync(file, 'seeds: 2\ntask: { nois: 1 }\n');
  expect(await metagrad('run', study, '--config', file)).toBe(1);
  expect(printed.err).toContain(`${file}:2:15 task.nois: Unrecognized key: "nois". Did you mean 'noise'?`);
});
