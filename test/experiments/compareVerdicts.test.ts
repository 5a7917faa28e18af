/** What a comparison says of rules whose worth is known. */
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { type CompareOptions, compareStudy, configOf, runStudy } from '../../experiments/index.js';
import type { FinishedRun, StudyConfig } from '../../experiments/index.js';
import { adam, sgd } from '../../optimizers/index.js';
import type { Rule } from '../../optimizers/index.js';
import { interruptAt } from '../runner/toyStudy.js';
import { folder } from './ruleModules.js';

/** A small comparison with Adam, on data sets of 150 points. */
function compared(rule: Rule, options: CompareOptions, changes: Partial<StudyConfig>): Promise<FinishedRun> {
  const study = compareStudy(rule, { task: 'spirals', baselines: ['adam'], name: 'mine', ...options });
  const small = { task: { samples: 150 }, epochs: { tune: 3, final: 3 }, trials: 3, seeds: 6 };
  const config = configOf(study.name, study.presets.full, [small, changes]);
  const place = { root: join(folder, 'verdicts') };
  return runStudy(study, config, { place, interrupt: interruptAt(), quiet: true });
}

test('Adam under another name, on streams of its own, is not told apart', async () => {
  for (const seed of [1, 2]) {
    const { data, results } = await compared(adam(), {}, { seed, streams: 'apart' });
    const trialsOf = (arm: string) =>
      data.searches
        .filter((search) => search.arm === arm)
        .map(({ study }) => study.trials.map(({ params }) => params));
    expect(trialsOf('mine')).not.toEqual(trialsOf('adam'));
    const [{ verdict, comparisons }] = results.claims;
    expect(comparisons[0].differences).toHaveLength(6);
    expect(comparisons[0].differences).not.toContain(0);
    expect(verdict).toBe('inconclusive');
  }
});

test('a rule that hardly moves is worse', async () => {
  const space = { lr: { low: 1e-7, high: 1e-6, log: true } };
  const { results } = await compared(sgd(), { space }, {});
  expect(results.claims[0].verdict).toBe('refuted: worse');
});
