/** What a comparison says of rules whose worth is known. */
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { type CompareOptions, compareStudy, configOf, runStudy } from '../../experiments/index.js';
import type { FinishedRun, StudyConfig } from '../../experiments/index.js';
import { adam, sgd } from '../../optimizers/index.js';
import type { Rule } from '../../optimizers/index.js';
import { interruptAt } from '../runner/toyStudy.js';
import { folder } from './ruleModules.js';

type Run = (changes: Partial<StudyConfig>) => Promise<FinishedRun>;

/** Small comparisons of a rule with Adam, on data sets of 150 points. */
function comparing(rule: Rule, options: CompareOptions = {}): Run {
  const study = compareStudy(rule, { task: 'spirals', baselines: ['adam'], name: 'mine', ...options });
  // Compiled once for all runs, which differ by their seeds.
  let made: ReturnType<typeof study.programs> | undefined;
  const shared: typeof study = { ...study, programs: (...args) => (made ??= study.programs(...args)) };
  const small = { task: { samples: 150 }, epochs: { tune: 1, final: 3 }, trials: 2, seeds: 4 };
  const place = { root: join(folder, 'verdicts') };
  return (changes) =>
    runStudy(shared, configOf(study.name, study.presets.full, [small, changes]), {
      ...{ place, interrupt: interruptAt(), quiet: true },
    });
}

test('Adam under another name, on streams of its own, is told apart in at most 3 of 20 runs', async () => {
  const run = comparing(adam());
  const verdicts: string[] = [];
  for (let seed = 0; seed < 20; seed++) {
    const { data, results } = await run({ seed, streams: 'apart' });
    const trialsOf = (arm: string) =>
      data.searches
        .filter((search) => search.arm === arm)
        .map(({ study }) => study.trials.map(({ params }) => params));
    expect(trialsOf('mine')).not.toEqual(trialsOf('adam'));
    const [{ verdict, comparisons }] = results.claims;
    expect(comparisons[0].differences).toHaveLength(4);
    expect(comparisons[0].differences).not.toContain(0);
    verdicts.push(verdict);
  }
  expect(verdicts.filter((verdict) => verdict !== 'inconclusive').length).toBeLessThanOrEqual(3);
}, 120_000);

test('a rule that hardly moves is worse', async () => {
  const space = { lr: { low: 1e-7, high: 1e-6, log: true } };
  const { results } = await comparing(sgd(), { space })({ seeds: 6 });
  expect(results.claims[0].verdict).toBe('refuted: worse');
});
