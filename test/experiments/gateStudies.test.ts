/** The studies gated-adam and blended, very small, from their declarations to their results. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import type { Interrupt } from '../../experiments/runner/terminal/interrupt.js';
import { openStudy } from '../../experiments/runner/openStudy.js';
import { runStudy } from '../../experiments/runner/run.js';
import { trainingsOf } from '../../experiments/runner/results/trainings.js';
import { blended } from '../../experiments/studies/blended/blended.js';
import { type Overrides, merge, studyConfig } from '../../experiments/studies/config.js';
import { gatedAdam } from '../../experiments/studies/gatedAdam/gatedAdam.js';
import type { StudyDefinition } from '../../experiments/studies/study.js';

const root = mkdtempSync(join(tmpdir(), 'metagrad-gates-'));
afterAll(() => {
  rmSync(root, { recursive: true });
});

const never: Interrupt = {
  signal: new AbortController().signal,
  pause: () => Promise.resolve(),
  dispose: () => undefined,
};

const tiny = {
  ...{ task: { samples: 300, sizes: [40, 8, 10] }, batchSize: 32, epochs: { tune: 1, final: 10 } },
  ...{ trials: 5, seeds: 2, seed: 0, reproductions: 0, settings: { horizon: 3 } },
};

const run = async (study: StudyDefinition, overrides: Overrides = {}) => {
  const config = studyConfig.parse(merge(merge(study.presets.full, tiny), overrides));
  return runStudy(study, config, { place: { root }, interrupt: never, quiet: true });
};

describe.each([
  [
    'gated-adam',
    gatedAdam,
    'beta1',
    'dynamic, fast gate',
    [
      'dynamic',
      'dynamic, scaled',
      'dynamic, K steps',
      'dynamic, scaled, K steps',
      'dynamic, scaled, fast gate',
      'gate on train',
    ],
  ],
  ['blended', blended, 'alpha', 'blend, fast gate', ['blend', 'blend, K steps']],
] as const)('%s', (_, study, decided, fast, gates) => {
  it.each(['clean', 'seed'])(
    'trains all arms in protocol %s; gates get gradients',
    async (protocol) => {
      const { data, results, status } = await run(study, { protocol });
      expect(status).toBe('complete');
      for (const { arm, finals } of results.arms)
        expect(finals, arm).toHaveLength(data.config.arms[arm].sweep === undefined ? 2 : 0);
      for (const arm of [...gates, fast, 'frozen gate'])
        for (const metrics of trainingsOf(data, arm).flatMap(({ epochs }) => epochs)) {
          expect(metrics.gateGradientNorm, arm).toBeGreaterThan(0);
          expect(metrics[decided], arm).toBeGreaterThan(0);
          expect(metrics[decided], arm).toBeLessThan(1);
        }
      // Each claim is about arms and measures that there are.
      for (const { id, comparisons } of results.claims)
        for (const { pairs } of comparisons) expect(pairs, id).toBe(2);
    },
    120_000,
  );

  it('has a gate that stays and gates that move', async () => {
    const space = { gateLr: { low: 0.01, high: 0.01, log: true } };
    const tuned = gates.filter((arm) => study.presets.full.arms[arm].tunedAs === undefined);
    const arms = Object.fromEntries(tuned.map((arm) => [arm, { space }]));
    const { data } = await run(study, { arms });
    const moved = (arm: string): number[] =>
      trainingsOf(data, arm).map(({ epochs }) => Math.abs(epochs[2][decided] - epochs[0][decided]));
    for (const arm of [...gates, fast])
      expect(Math.min(...moved(arm)), arm).toBeGreaterThan(2 * Math.max(...moved('frozen gate')));
  }, 120_000);

  it('is declared in two sizes', () => {
    const full = studyConfig.parse(study.presets.full);
    const quick = studyConfig.parse(merge(study.presets.full, study.presets.quick));
    expect(Number(quick.task.samples)).toBeLessThan(Number(full.task.samples));
    expect(Object.keys(quick.arms)).toEqual(Object.keys(full.arms));
    const { programs } = openStudy(study, full);
    expect(Object.values(full.arms).every(({ program }) => program in programs)).toBe(true);
  });
});
