/** The studies gated-adam and blended, very small, from their declarations to their results. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import type { Interrupt } from '../../experiments/runner/terminal/interrupt.js';
import { openStudy } from '../../experiments/runner/openStudy.js';
import { runStudy } from '../../experiments/runner/run.js';
import { trainingsOf } from '../../experiments/runner/results/measures/trainings.js';
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
  task: { samples: 300, sizes: [40, 8, 10] },
  ...{ batchSize: 32, seeds: 2, seed: 0, reproductions: 0, settings: { horizon: 3 } },
};

const run = async (study: StudyDefinition, ...overrides: Overrides[]) => {
  const config = studyConfig.parse([tiny, ...overrides].reduce<unknown>(merge, study.presets.full));
  return runStudy(study, config, { place: { root }, interrupt: never, quiet: true });
};

describe.each([
  [
    'gated-adam',
    {
      study: gatedAdam,
      // Claims read the tenth epoch.
      budget: { epochs: { tune: 1, final: 10 }, trials: 1 },
      decided: 'beta1',
      fast: 'dynamic, fast gate',
      swept: 'dynamic, any gate rate',
      gates: [
        'dynamic',
        'dynamic, scaled',
        'dynamic, K steps',
        'dynamic, scaled, K steps',
        'dynamic, scaled, fast gate',
        'gate on train',
      ],
    },
  ],
  [
    'blended',
    {
      study: blended,
      // Some arms take the best of five trials.
      budget: { epochs: { tune: 1, final: 3 }, trials: 5 },
      decided: 'alpha',
      fast: 'blend, fast gate',
      swept: 'blend, any gate rate',
      gates: ['blend', 'blend, K steps'],
    },
  ],
])('%s', (_, { study, budget, decided, fast, swept, gates }) => {
  const few = { arms: { [swept]: { sweep: { values: [1e-4, 1e-2] } } } };
  const space = { gateLr: { low: 0.01, high: 0.01, log: true } };
  const tuned = gates.filter((arm) => study.presets.full.arms[arm].tunedAs === undefined);
  const moving = { arms: Object.fromEntries(tuned.map((arm) => [arm, { space }])) };

  it.each([
    ['seed', { seeds: 1 }],
    ['clean', moving],
  ])(
    'trains all arms in protocol %s; gates get gradients, and move if their rate says so',
    async (protocol, changes) => {
      const { data, results, status } = await run(study, budget, few, { protocol }, changes);
      expect(status).toBe('complete');
      for (const { arm, finals } of results.arms)
        expect(finals, arm).toHaveLength(data.config.arms[arm].sweep === undefined ? data.config.seeds : 0);
      for (const arm of [...gates, fast, 'frozen gate'])
        for (const metrics of trainingsOf(data, arm).flatMap(({ epochs }) => epochs)) {
          expect(metrics.gateGradientNorm, arm).toBeGreaterThan(0);
          expect(metrics[decided], arm).toBeGreaterThan(0);
          expect(metrics[decided], arm).toBeLessThan(1);
        }
      // Each claim is about arms and measures that there are; one of them reads thresholds off other seeds.
      for (const { id, comparisons } of data.config.seeds === 1 ? [] : results.claims)
        for (const { pairs } of comparisons) expect(pairs, id).toBe(data.config.seeds);
      const moved = (arm: string): number[] =>
        trainingsOf(data, arm).map(({ epochs }) => Math.abs(epochs[2][decided] - epochs[0][decided]));
      for (const arm of changes === moving ? [...gates, fast] : [fast])
        expect(Math.min(...moved(arm)), arm).toBeGreaterThan(2 * Math.max(...moved('frozen gate')));
    },
    60_000,
  );

  it('is declared in two sizes', () => {
    const full = studyConfig.parse(study.presets.full);
    const quick = studyConfig.parse(merge(study.presets.full, study.presets.quick));
    expect(Number(quick.task.samples)).toBeLessThan(Number(full.task.samples));
    expect(Object.keys(quick.arms)).toEqual(Object.keys(full.arms));
    const { programs } = openStudy(study, full);
    expect(Object.values(full.arms).every(({ program }) => program in programs)).toBe(true);
  });
});
