import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { checkOptuna } from '../golden/optuna.js';

type Excerpt = {
  readonly histories: Record<string, { trials: { value: number | null }[] }>;
  readonly tpe_stable_sort: Record<string, Record<string, { above: { weights: number[] } }>>;
  readonly sequences_stable_sort: Record<string, { internal: Record<string, number> }[]>;
  readonly median_pruner: { decisions: { prune: boolean }[] }[];
  readonly importance: Record<string, { exact_forest: { marginal_variances: number[][] } }>;
};

function readExcerpt(version: string): Excerpt {
  const bytes = readFileSync(new URL(`../fixtures/tuning/optuna-${version}.json.gz`, import.meta.url));
  return JSON.parse(gunzipSync(bytes).toString()) as Excerpt;
}

describe.each(['3.1', '5.0'])('what Optuna %s computed', (version) => {
  const results = checkOptuna(readExcerpt(version));

  it('covers models, runs, pruners and importances', () => {
    expect(results.length).toBeGreaterThan(14);
    expect(results.filter(({ skipped }) => skipped)).toEqual([]);
  });

  it.each(results)('$name', ({ ok, detail }) => {
    expect(ok, detail).toBe(true);
  });
});

describe('the check itself', () => {
  const failures = (change: (excerpt: Excerpt) => void): string[] => {
    const excerpt = readExcerpt('3.1');
    change(excerpt);
    return checkOptuna(excerpt).flatMap(({ name, ok }) => (ok ? [] : [name]));
  };

  it('notices a weight that is off by 1e-8', () => {
    const changed = failures(({ tpe_stable_sort: models }) => {
      models.edges.lr.above.weights[3] *= 1 + 1e-8;
    });
    expect(changed).toEqual(['model edges/lr']);
  });

  it('notices a history in which two trials changed places', () => {
    const changed = failures(({ histories }) => {
      const { trials } = histories.maximize_int_step;
      [trials[3].value, trials[11].value] = [trials[11].value, trials[3].value];
    });
    expect(changed).toEqual(
      expect.arrayContaining(['model maximize_int_step/n', 'model maximize_int_step/drop']),
    );
  });

  it('notices another pick of the sampler, another decision of a pruner and another variance of a tree', () => {
    const changed = failures((excerpt) => {
      excerpt.sequences_stable_sort['mix/seed42/independent'][17].internal.lr *= 1.001;
      excerpt.median_pruner[0].decisions[1].prune = !excerpt.median_pruner[0].decisions[1].prune;
      excerpt.importance.mix4_conditional.exact_forest.marginal_variances[2][0] *= 1 + 1e-8;
    });
    expect(changed).toHaveLength(3);
  });

  it('skips what a file does not hold', () => {
    const results = checkOptuna({ meta: { optuna: '5.0.0' } });
    expect(results.map(({ ok, skipped }) => [ok, skipped])).toEqual(Array(5).fill([false, true]));
  });
});
