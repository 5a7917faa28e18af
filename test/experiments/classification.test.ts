import { expect, test } from 'vitest';
import { batches, mnist1d } from '../../data/index.js';
import { Generator, crossEntropy, softmax } from '../../engine/index.js';
import { mlp } from '../../engine/nn/index.js';
import { evaluator } from '../../experiments/tasks/classification.js';

test('a compiled evaluation is what the definitions say, for several models and splits', () => {
  const { train, test: held } = mnist1d({ numSamples: 500 });
  const models = [mlp({ sizes: [40, 12, 10] }), mlp({ sizes: [40, 10] })];
  for (const model of models) {
    const evaluate = evaluator(model.apply);
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
