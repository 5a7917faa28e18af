/** What pictures, pages and statistics refuse, and how they say it. */
import { describe, expect, it } from 'vitest';
import * as experiments from '../../experiments/index.js';
import * as stats from '../../experiments/stats/index.js';
import { epoch, loss, run, trial } from '../report/drawn.js';

describe('what a picture is made of', () => {
  const draw = (changes: object) =>
    experiments.learningCurves({
      ...{ title: 't', x: epoch, y: loss, arms: [{ name: 'a', runs: [run(1, 2)] }] },
      ...changes,
    });
  const withRun = (x: unknown, y: unknown) => draw({ arms: [{ name: 'a', runs: [{ x, y }] }] });

  it('is named where it is wrong', () => {
    expect(() => draw({ y: undefined })).toThrow('learningCurves: y is missing; it must be an object.');
    expect(() => draw({ y: 'loss' })).toThrow("learningCurves: y must be an object; got 'loss'.");
    expect(() => draw({ y: { title: 'loss', scale: 'lgo' } })).toThrow(
      "learningCurves: y: scale must be 'linear' or 'log' or 'symlog'; got 'lgo'. Did you mean 'log'?",
    );
    expect(() => withRun([1, 2], [1])).toThrow('arms[0]: runs[0]: x has 2 numbers and y 1');
    expect(() => withRun([1, NaN], [1, 2])).toThrow('arms[0]: runs[0]: x[1] is NaN');
    expect(() => withRun([2, 1], [1, 2])).toThrow(
      'arms[0]: runs[0]: x[1] is 1; give finite places that ascend',
    );
    expect(() => withRun([1, 2], [1, '2'])).toThrow('arms[0]: runs[0]: y must be a list of numbers');
    expect(() => draw({ arms: [] })).toThrow("no finite value of 'loss' to draw");
    expect(() => draw({ arms: [{ name: 'a', runs: [] }] })).toThrow("no finite value of 'loss' to draw");
  });

  it('is there: empty pictures are refused', () => {
    const { comparison, parameterImportances, slice, studyFigures, sweep } = experiments;
    const reference = { value: 1, label: 'stated' };
    expect(() => comparison({ title: 't', x: loss, estimate: 'm', arms: [], reference })).toThrow(
      'comparison: no arm to draw',
    );
    const importances = { method: 'MDI', scale: 'log', parameters: [], leftOut: [] } as const;
    expect(() => parameterImportances({ title: 't', importances })).toThrow('no parameter to draw');
    expect(() => slice({ title: 't', direction: 'minimize', y: loss, trials: [] })).toThrow(
      'slice: no finite value',
    );
    const measurement = { arm: 'alpah', seed: 0, at: 1, value: 1 };
    expect(() =>
      sweep({ title: 't', x: epoch, y: loss, arms: ['alpha'], measurements: [measurement] }),
    ).toThrow("sweep: 'alpah' is none of the arms. Did you mean 'alpha'?");
    const broken = { ...trial(0, 1, []), distributions: {} };
    expect(() => slice({ title: 't', direction: 'minimize', y: loss, trials: [broken] })).toThrow(
      'slice: trials[0] is no trial of a study',
    );
    expect(() => studyFigures([] as never)).toThrow('studyFigures: takes an object with id, name');
  });

  it('has a cell for each header of a table', async () => {
    const page = (row: readonly unknown[]) =>
      experiments.renderPage({
        title: 't',
        sections: [{ title: 's', tables: [{ headers: ['a', 'b'], rows: [row as never] }] }],
      });
    await expect(page([1])).rejects.toThrow(
      'sections[0]: tables[0]: rows[0] is an array of 1; give a cell for each',
    );
    await expect(page([1, undefined])).rejects.toThrow('rows[0][1] is undefined; a cell is');
    await expect(page([1, { verdict: 'maybe' }])).rejects.toThrow('rows[0][1] is an object with verdict');
  });
});

describe('samples', () => {
  it('are numbers', () => {
    expect(() => stats.mean(['1'] as never)).toThrow("mean: value 0 of 1 is '1'; give numbers.");
    expect(() => stats.pairedTTest('ab' as never, [1, 2])).toThrow(
      "pairedTTest: takes an array of numbers; got 'ab'.",
    );
    expect(() => stats.pairedTTest([1, 2], [1, 2], '0.9' as never)).toThrow('pairedTTest: the level is 0.9');
    expect(() => stats.pairedDifference([1, 2], [1, 2], 95)).toThrow('pairedDifference: the level is 95');
    expect(() => stats.quantile([1, NaN], 0.5)).toThrow('quantile: value 1 of 2 is NaN');
    expect(() => stats.quantile([1, 2], 50)).toThrow('quantile: p must be a number from 0 to 1');
    expect(() => stats.normalQuantile(1.5)).toThrow('normalQuantile: p must be a number from 0 to 1');
    expect(() => stats.bootstrapInterval([1, 2], stats.mean, {} as never)).toThrow(
      'bootstrapInterval: seed is missing; it must be an integer from 0',
    );
    expect(() => stats.permutationTest([1], [2], { seed: 1, resamples: 0.5 })).toThrow(
      'permutationTest: resamples must be an integer >= 1',
    );
    expect(() => stats.verdictOf({ test: 'lower', margin: 1 }, { low: 1 } as never)).toThrow(
      'takes an interval {low, high}',
    );
    expect(() => stats.verdictOf({ test: 'lower', margin: NaN }, { low: 1, high: 2 })).toThrow(
      'the margin is NaN',
    );
  });

  it('may be typed arrays, in their own precision', () => {
    const [a, b] = [Float32Array.of(1, 2, 4), Float32Array.of(0.1, 0.2, 0.3)];
    const exact = stats.pairedDifference([...a], [...b]);
    expect(stats.pairedDifference(a as never, b as never)).toEqual(exact);
  });
});
