import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { makeSplit, mnist1d } from '../../data/index.js';
import { drawPictures } from '../../experiments/report/pictures.js';
import { type Interrupt, InterruptedError } from '../../experiments/runner/interrupt.js';
import { type FinishedRun, runStudy } from '../../experiments/runner/run.js';
import { refuseLeaks, splitsFor } from '../../experiments/runner/splits.js';
import { studies } from '../../experiments/studies/index.js';
import type { StudyConfig } from '../../experiments/studies/study.js';
import { warmStart } from '../../experiments/studies/warmStart/warmStart.js';

const root = mkdtempSync(join(tmpdir(), 'metagrad-'));
afterAll(() => {
  rmSync(root, { recursive: true });
});

const tiny: StudyConfig = {
  protocol: 'clean',
  samples: 300,
  batchSize: 64,
  epochs: 2,
  preparationEpochs: 1,
  trials: 2,
  seeds: 2,
  seed: 7,
};

/** Ctrl-C at the given pause, or never. */
function interruptAt(pauses: number): Interrupt {
  let count = 0;
  return {
    signal: new AbortController().signal,
    pause: () => (++count === pauses ? Promise.reject(new InterruptedError('SIGINT')) : Promise.resolve()),
    dispose: () => undefined,
  };
}

const run = (config: StudyConfig, interrupt = interruptAt(Infinity)): Promise<FinishedRun> =>
  runStudy(warmStart, config, { root, interrupt, quiet: true });

const file = (finished: FinishedRun, name: string): string =>
  readFileSync(finished.record.path(name), 'utf8');

interface Summary {
  readonly status: string;
  readonly results: {
    readonly arms: readonly { readonly arm: string; readonly trials: number; readonly finals: unknown[] }[];
  };
}

describe('a run of a study', () => {
  test('tunes every arm with equal budgets, trains on fresh seeds and records it all', async () => {
    const finished = await run(tiny);
    const summary = JSON.parse(file(finished, 'summary.json')) as Summary;
    expect(summary.status).toBe('complete');
    expect(summary.results.arms.map(({ arm, trials, finals }) => [arm, trials, finals.length])).toEqual(
      ['cold', 'warm', 'step reset', 'second moment'].map((arm) => [arm, 2, 2]),
    );
    // 4 arms x (2 trials + 2 seeds) x 2 epochs x 3 metrics, and the header.
    expect(file(finished, 'metrics.csv').trimEnd().split('\n')).toHaveLength(4 * 4 * 2 * 3 + 1);
    expect(file(finished, 'trials.csv').trimEnd().split('\n')).toHaveLength(4 * 2 + 1);
    const pictures = await drawPictures(warmStart, tiny, finished);
    expect(pictures.map((path) => path.split('/').at(-1))).toEqual([
      'curves.png',
      'comparison.png',
      'search.png',
    ]);
    expect(file(finished, 'curves.svg')).toContain('second moment (n = 2)');
  });

  test('is repeated exactly by its config', async () => {
    const [first, second] = [await run(tiny), await run(tiny)];
    expect(file(second, 'metrics.csv')).toBe(file(first, 'metrics.csv'));
    expect(file(second, 'trials.csv')).toBe(file(first, 'trials.csv'));
    const other = await run({ ...tiny, seed: 8 });
    expect(file(other, 'metrics.csv')).not.toBe(file(first, 'metrics.csv'));
  });

  test.each([1, 7, 30])('interrupted at step %d leaves a valid record', async (pauses) => {
    const finished = await run(tiny, interruptAt(pauses));
    expect(finished.status).toBe('interrupted');
    const summary = JSON.parse(file(finished, 'summary.json')) as Summary;
    expect(summary.status).toBe('interrupted');
    expect(file(finished, 'metrics.csv').endsWith('\n')).toBe(true);
    await drawPictures(warmStart, tiny, finished);
  });

  test('compares arms on the same initial parameters and batches', async () => {
    const { measurements } = await run({ ...tiny, trials: 1, seeds: 1, preparationEpochs: 0 });
    // With nothing to bring along, keeping and resetting the state are the same training.
    const losses = warmStart
      .arms()
      .map(({ name }) =>
        measurements.epochs
          .filter((row) => row.phase === 'final' && row.arm === name)
          .map((row) => row.metrics.loss),
      );
    expect(new Set(losses.map(String)).size).toBe(1);
  });
});

describe('protocols', () => {
  const data = mnist1d({ numSamples: 200 });

  test('clean: trained, tuned and reported on three different parts', () => {
    const { train, tune, report } = splitsFor('clean', data);
    expect([train.name, tune.name, report.name]).toEqual(['train', 'tuneVal', 'test']);
    expect([train.y.size, tune.y.size, report.y.size]).toEqual([128, 16, 40]);
  });

  test('seed: tuned on what is reported, as its name says', () => {
    const { train, tune, report } = splitsFor('seed', data);
    expect([train.y.size, tune.name, report.name]).toEqual([160, 'test', 'test']);
  });

  test('a split that is reported can be neither trained nor tuned on', () => {
    const { train, test: report } = data;
    expect(() => {
      refuseLeaks({ train, tune: report, report });
    }).toThrow("splits: 'test' is tuned on and also reported");
    const disguised = { ...makeSplit('train', report.x, report.y) };
    expect(() => {
      refuseLeaks({ train: disguised, tune: train, report });
    }).toThrow("splits: 'train' is trained on and also reported");
  });
});

test('every study has a preset of each kind, its own name, and claims about its own arms', () => {
  expect(new Set(studies.map(({ name }) => name)).size).toBe(studies.length);
  for (const study of studies) {
    const arms = study.arms().map(({ name }) => name);
    for (const { arm, against } of study.claims) expect(arms).toEqual(expect.arrayContaining([arm, against]));
    expect(study.presets.quick.trials).toBeLessThan(study.presets.full.trials);
  }
});
