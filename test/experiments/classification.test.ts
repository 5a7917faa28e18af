import { expect, test } from 'vitest';
import { batches, mnist1d } from '../../data/index.js';
import { Generator, crossEntropy, softmax, tensor } from '../../engine/index.js';
import { compileTask } from '../../experiments/tasks/evaluation.js';
import { classifier } from '../../experiments/tasks/perceptron.js';

const data = mnist1d({ numSamples: 500 });

test('a compiled evaluation is what the definitions say, for several models and splits', () => {
  const { train, test: held } = data;
  for (const sizes of [
    [40, 12, 10],
    [40, 10],
  ]) {
    const { model, evaluate } = compileTask({ ...classifier({ sizes }), data });
    for (const [split, batchSize, seed] of [
      [held, 32, 1],
      [train, 128, 2],
      [held, 32, 3],
    ] as const) {
      const params = model.init(new Generator(seed));
      const { loss, accuracy } = evaluate(params, split, batchSize);
      let right = 0;
      const losses = [...batches(split, { batchSize })].map(({ x, y }) => {
        const logits = model.apply(params, x);
        const rows = softmax(logits, { dim: 1 }).toArray() as number[][];
        const classes = Array.from(y.toTypedArray());
        right += rows.filter((row, i) => row.indexOf(Math.max(...row)) === classes[i]).length;
        return crossEntropy(logits, y).item();
      });
      // Measured: 6e-8.
      expect(Math.abs(loss - losses.reduce((sum, x) => sum + x, 0) / losses.length)).toBeLessThan(1e-6);
      expect(losses.length).toBe(Math.ceil(split.y.size / batchSize));
      expect(accuracy).toBe(right / split.y.size);
    }
  }
});

test('a metric of another shape than it says is refused', () => {
  const task = { ...classifier({ sizes: [40, 10] }), data };
  const params = task.model.init(new Generator(1));
  const of = () => tensor(1);
  const metrics = { loss: { title: 'loss', better: 'lower' as const, of } };
  expect(() => compileTask({ ...task, metrics }).evaluate(params, data.test, 32)).toThrow(
    "evaluate: metric 'loss' gives a tensor of rank 0 for a batch; over examples it must be one value for each example, [n].",
  );
  expect(() => compileTask({ ...task, metrics: {} })).toThrow('with a metric at least');
});
