/** The arms of warm-start begin with what they say. */
import { expect, test } from 'vitest';
import { Generator, type TensorTree, fromTypedArray, leavesOf } from '../../engine/index.js';
import { adam, trainer } from '../../optimizers/index.js';
import { configOf } from '../../experiments/runner/configuration/overrides.js';
import { openStudy, startTraining, trainingRun } from '../../experiments/runner/openStudy.js';
import type { EpochMetrics } from '../../experiments/studies/program.js';
import { kept, parts } from '../../experiments/studies/warmStart/kept.js';
import { warmStart } from '../../experiments/studies/warmStart/warmStart.js';

/** Two steps of Adam on two tensors of given gradients. */
function prior() {
  const generator = new Generator(1);
  const draw = (size: number) => fromTypedArray(Float32Array.from(generator.normal(size)), [size]);
  const begun = trainer(adam(), { a: draw(50), b: draw(30) }, { lr: 0.1 });
  for (let step = 0; step < 2; step++) begun.apply({ a: draw(50), b: draw(30) });
  return { state: begun.state, steps: begun.steps };
}

const valuesOf = (tree: unknown): number[][] =>
  leavesOf(tree as TensorTree).map(({ tensor }) => Array.from(tensor.toTypedArray() as Float32Array));

const sorted = (tensors: number[][]): number[][] => tensors.map((values) => values.toSorted((a, b) => a - b));

test('second moments are carried over without the first, as they are, permuted and averaged by tensor', () => {
  const earlier = prior();
  const [m, v] = [earlier.state.m, earlier.state.v].map(valuesOf);
  const zeros = m.map((values) => values.map(() => 0));
  expect(m).not.toEqual(zeros);
  const begun = Object.fromEntries(parts.map((part) => [part, kept[part](earlier, 3)]));
  const of = (part: string): number[][][] =>
    [begun[part].state.m, begun[part].state.v].map((moment) => valuesOf(moment));
  expect(of('all')).toEqual([m, v]);
  expect(of('moments')).toEqual([m, v]);
  expect(of('first moment')).toEqual([m, v.map((values) => values.map(() => 0))]);
  expect(of('second moment')).toEqual([zeros, v]);
  const [permutedM, permutedV] = of('second moment, permuted');
  expect(permutedM).toEqual(zeros);
  expect(permutedV).not.toEqual(v);
  expect(sorted(permutedV)).toEqual(sorted(v));
  const [meanM, meanV] = of('second moment, layer mean');
  expect(meanM).toEqual(zeros);
  meanV.forEach((values, i) => {
    const mean = v[i].reduce((sum, x) => sum + x, 0) / v[i].length;
    for (const value of values) expect(value / mean).toBeCloseTo(1, 5);
  });
  expect(parts.map((part) => [part, begun[part].steps])).toEqual(
    parts.map((part) => [part, part === 'moments' ? 0 : 2]),
  );
});

const small = {
  task: { samples: 300, sizes: [40, 8, 10] },
  batchSize: 32,
  settings: { pretrainingEpochs: 2 },
};

test('the cold arm with more epochs is the cold one, which trains on', () => {
  const train = (arm: string, epochs: number): EpochMetrics[] => {
    const config = configOf('warm-start', warmStart.presets.full, [{ ...small, epochs: { final: epochs } }]);
    const opened = openStudy(warmStart, config);
    const run = trainingRun(opened, arm, 'final', 0, 0, {});
    return [...startTraining(opened, run, { lr: 1e-3 })].filter((metrics) => metrics !== null);
  };
  const longer = train('cold, more epochs', 3);
  expect(longer).toHaveLength(3);
  expect(longer).toEqual(train('cold', 5).slice(2));
});
