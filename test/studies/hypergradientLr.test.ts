/** The rate that a learner ends with is a learning rate, or the training has diverged. */
import { expect, test } from 'vitest';
import { configOf } from '../../experiments/runner/configuration/overrides.js';
import { openStudy, startTraining, trainingRun } from '../../experiments/runner/openStudy.js';
import { hypergradientLr } from '../../experiments/studies/hypergradientLr/hypergradientLr.js';

const config = configOf('hypergradient-lr', hypergradientLr.presets.full, [
  { task: { samples: 300, sizes: [40, 8, 10] }, epochs: { tune: 2, final: 2 } },
]);
const opened = openStudy(hypergradientLr, config);

/** What SGD at the rate measures that a learner with steps of `metaLr` ended with. */
const train = (phase: 'tune' | 'final', form: string, metaLr: number) => {
  const run = trainingRun(opened, 'final lr', phase, 0, 0, {});
  return [...startTraining(opened, run, { form, metaLr })].filter((metrics) => metrics !== null);
};

test('a rate that is learned is the one that SGD has', () => {
  const epochs = train('final', 'log', 0.1);
  expect(epochs).toHaveLength(2);
  expect(epochs[0].lr).toBeGreaterThan(1e-3);
  for (const { lr, loss } of epochs) {
    expect(lr).toBe(epochs[0].lr);
    expect(loss).toBeLessThan(3);
  }
});

test.each([
  ['negative', 'final', 'raw', 10, 'tuneVal'],
  ['no number', 'final', 'log', 1000, 'tuneVal'],
  ['0 or no number', 'tune', 'log', 1000, 'test'],
] as const)('a rate that is %s diverges in every epoch (%s)', (which, phase, form, metaLr, watched) => {
  const epochs = train(phase, form, metaLr);
  expect(epochs).toHaveLength(2);
  for (const metrics of epochs) {
    expect(which === 'negative' ? metrics.lr >= 0 : Number.isFinite(metrics.lr) && metrics.lr > 0).toBe(
      false,
    );
    for (const name of ['trainLoss', 'loss', 'accuracy', watched]) expect(metrics[name], name).toBeNaN();
  }
});
