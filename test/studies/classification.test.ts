import { expect, test } from 'vitest';
import { z } from 'zod';
import { batches, mnist1d } from '../../data/index.js';
import { Generator, crossEntropy, softmax, tensor } from '../../engine/index.js';
import { program } from '../../experiments/studies/program.js';
import { classificationMetrics } from '../../experiments/tasks/classification.js';
import { compileTask } from '../../experiments/tasks/evaluation.js';
import { classifier } from '../../experiments/tasks/perceptron.js';
import { defineTask } from '../../experiments/tasks/task.js';

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
  const evaluated = (of: unknown) => () =>
    compileTask({
      ...task,
      metrics: { loss: { ...metrics.loss, of: of as typeof metrics.loss.of } },
    }).evaluate(params, data.test, 32);
  expect(evaluated(of)).toThrow(
    "evaluate: metric 'loss' gives a tensor of shape [] for a batch of 32; over examples it must be one value for each example, [32].",
  );
  expect(evaluated(() => tensor([1]))).toThrow('gives a tensor of shape [1] for a batch of 32');
  expect(evaluated(() => 1)).toThrow('gives the number 1 for a batch of 32');
  expect(() => compileTask({ ...task, metrics: {} })).toThrow('with a metric at least');
});

test.each([
  [{ title: undefined }, "compileTask: metric 'rmse': title is missing; it must be a string."],
  [{ better: 'less' }, "compileTask: metric 'rmse': better must be 'lower' or 'higher'; got 'less'."],
  [{ of: 'rmse' }, "compileTask: metric 'rmse': of must be a function; got 'rmse'."],
  [{ worst: Infinity }, "metric 'rmse': worst must be a finite number; got the number Infinity."],
  [{ range: { low: 1, high: 0 } }, "metric 'rmse': range must be {low, high}"],
  [{ range: { least: 0 } }, "metric 'rmse': range must be {low, high}"],
  [{ unti: 'm' }, "there is no option 'unti'. Did you mean 'unit'?"],
])('a metric with %j is refused', (change, message) => {
  const rmse = { title: 'rmse', better: 'lower' as const, of: () => tensor(1), ...(change as object) };
  expect(() => compileTask({ ...classifier({ sizes: [40, 10] }), data, metrics: { rmse } })).toThrow(message);
});

test('a metric cannot have the name of the training loss', () => {
  const metrics = { trainLoss: classificationMetrics.loss };
  expect(() => compileTask({ ...classifier({ sizes: [40, 10] }), data, metrics })).toThrow(
    "compileTask: a metric is called 'trainLoss', as the loss of the training batches is",
  );
});

test('defineTask and program refuse what is no schema and no function', () => {
  const [noSchema, noFunction] = [{}, 3] as readonly unknown[] as [never, never];
  expect(() => defineTask(noSchema, noFunction)).toThrow(
    'defineTask: the schema of its settings must be a zod schema, as in z.strictObject({...}); got an object with nothing in it.',
  );
  expect(() => defineTask(z.strictObject({}), noFunction)).toThrow(
    'defineTask: the function that makes the task must be a function; got the number 3.',
  );
  expect(() => program(noSchema, noFunction)).toThrow(
    'program: the schema of its settings must be a zod object',
  );
  expect(() => program(z.strictObject({}), noFunction)).toThrow(
    'program: the function that trains must be a function; got the number 3.',
  );
});
