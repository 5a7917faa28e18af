/**
 * A study of your own on a task of your own, run by `metagrad run examples/regression.js`: does Adam fit a noisy curve better
 * than gradient descent, and does a warm-up help it? Measured by the root mean square error (rmse) and the mean absolute error.
 */
import { Generator, abs, fromTypedArray, mean, square, sub, sum, tanh } from 'metagrad';
import { makeSplit } from 'metagrad/data';
import { defineTask, program, train, z } from 'metagrad/experiments';
import { mlp } from 'metagrad/nn';
import { adam, linearWarmup, sgd, training } from 'metagrad/optimizers';

/** y = sin(3x) + x/2 + noise, x between -2 and 2. */
function points(name, count, noise, seed) {
  const generator = new Generator(seed);
  const x = generator.uniform(count).map((u) => 4 * u - 2);
  const y = generator.normal(count).map((z, i) => Math.sin(3 * x[i]) + x[i] / 2 + noise * z);
  const column = (values) => fromTypedArray(Float32Array.from(values), [count, 1]);
  return makeSplit(name, column(x), column(y));
}

/** The metrics, as functions of each example. The first is the objective: arms are tuned by it. */
const metrics = {
  rmse: {
    title: 'rmse',
    better: 'lower',
    range: { low: 0 },
    of: (output, { y }) => sum(square(sub(output, y)), { dim: 1 }),
    from: Math.sqrt,
  },
  mae: {
    title: 'mean absolute error',
    better: 'lower',
    range: { low: 0 },
    of: (output, { y }) => sum(abs(sub(output, y)), { dim: 1 }),
  },
};

const count = z.int().positive();

/** The schema of `task` in the configuration, and the task that it sets up. */
const task = defineTask(
  z.strictObject({ samples: count, noise: z.number().min(0), hidden: z.array(count) }),
  ({ samples, noise, hidden }) => {
    const model = mlp({ sizes: [1, ...hidden, 1], activation: tanh });
    return {
      data: { train: points('train', samples, noise, 1), test: points('test', samples, noise, 2) },
      model,
      loss: (params, { x, y }) => mean(square(sub(model.apply(params, x), y))),
      metrics,
    };
  },
);

const lr = { low: 1e-4, high: 1, log: true };

export default {
  name: 'regression',
  title: 'Fitting a noisy curve',
  summary: 'Adam with and without a warm-up against gradient descent',
  task,
  presets: {
    full: {
      protocol: 'clean',
      task: { samples: 400, noise: 0.1, hidden: [32, 32] },
      batchSize: 32,
      epochs: { tune: 30, final: 30 },
      trials: 20,
      seeds: 10,
      reproductions: 0,
      seed: 0,
      sampler: 'tpe',
      pruner: 'median',
      arms: {
        adam: { role: 'control', program: 'adam', description: 'Adam', space: { lr } },
        'adam, warm-up': {
          role: 'corrected',
          program: 'adam',
          description: 'Adam, the learning rate rising linearly over the first updates',
          space: { lr, warmup: { low: 1, high: 50, int: true } },
        },
        sgd: {
          role: 'control',
          program: 'sgd',
          description: 'gradient descent with or without momentum',
          space: { lr, momentum: { choices: [0, 0.9] } },
        },
      },
      claims: [
        {
          id: 'R1',
          statement: 'Adam reaches a lower error than gradient descent',
          arm: 'adam',
          against: ['sgd'],
          measure: { kind: 'metric', metric: 'rmse' },
          test: 'lower',
          margin: 0.01,
        },
        {
          id: 'R2',
          statement: 'a warm-up makes it reach an rmse of 0.3 in fewer epochs',
          arm: 'adam, warm-up',
          against: ['adam'],
          measure: { kind: 'epochsTo', values: [0.3] },
          test: 'lower',
          margin: 1,
        },
      ],
    },
    quick: { task: { samples: 200 }, epochs: { tune: 10, final: 10 }, trials: 6, seeds: 3 },
  },
  programs(config, { task: regression, compile }) {
    const [byAdam, bySgd] = [adam(), sgd()].map((rule) => training(rule, regression.loss, { compile }));
    const rate = z.number().positive();
    return {
      adam: program(z.strictObject({ lr: rate, warmup: count.optional() }), (run, { lr, warmup: steps }) =>
        train(run, regression, byAdam, {
          hyper: { lr: steps === undefined ? lr : linearWarmup({ lr, steps, factor: 0.01 }) },
        }),
      ),
      sgd: program(z.strictObject({ lr: rate, momentum: z.number().min(0) }), (run, hyper) =>
        train(run, regression, bySgd, { hyper }),
      ),
    };
  },
};
