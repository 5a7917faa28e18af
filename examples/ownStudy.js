/**
 * A study of your own, run by `metagrad run examples/ownStudy.js`: is momentum whose length is fixed, tensor by tensor, better
 * than Adam? Two arms, each with its own tuned learning rate, on points of three spirals in spirals.csv.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { add, div, mean, mul, neg, sqrt, square, sub, zerosLike } from 'metagrad';
import { divide, makeSplit, readCsv } from 'metagrad/data';
import { classifier, defineTask, program, train, z } from 'metagrad/experiments';
import { adam, defineRule, perParameter, positive, training, unit } from 'metagrad/optimizers';

/**
 * m = momentum * m + (1 - momentum) * grad;  delta = -lr * m / rms(m)
 *
 * Every tensor moves by lr in root mean square, however small its gradient.
 */
const normalized = () =>
  defineRule({
    name: 'normalized',
    hyper: { lr: positive(0.01), momentum: unit(0.9) },
    ...perParameter({
      slots: { m: zerosLike },
      update:
        ({ lr, momentum }) =>
        ({ grad, slots }) => {
          const m = add(mul(momentum, slots.m), mul(sub(1, momentum), grad));
          const length = add(sqrt(mean(square(m))), 1e-8);
          return { delta: neg(div(mul(lr, m), length)), slots: { m } };
        },
    }),
  });

const arm = (program, description, role) => ({
  role,
  program,
  description,
  space: { lr: { low: 1e-4, high: 1e-1, log: true } },
});

export default {
  name: 'own-study',
  title: 'Normalized momentum on three spirals',
  summary: 'momentum of fixed length against Adam',
  presets: {
    full: {
      protocol: 'clean',
      task: { sizes: [2, 32, 32, 3] },
      batchSize: 32,
      epochs: { tune: 30, final: 30 },
      trials: 15,
      seeds: 10,
      reproductions: 0,
      seed: 0,
      sampler: 'tpe',
      arms: {
        adam: arm('adam', 'Adam', 'control'),
        normalized: arm('normalized', 'momentum divided by its root mean square', 'corrected'),
      },
      claims: [
        {
          id: 'N1',
          statement: 'normalized momentum reaches a lower final loss than Adam',
          arm: 'normalized',
          against: ['adam'],
          measure: { kind: 'metric', metric: 'loss' },
          test: 'lower',
          margin: 0.02,
        },
      ],
    },
    quick: { epochs: { tune: 5, final: 5 }, trials: 4, seeds: 3 },
  },
  task: defineTask(z.strictObject({ sizes: z.array(z.int().positive()).min(2) }), ({ sizes }) => {
    const { x, y } = readCsv(readFileSync(join(import.meta.dirname, 'spirals.csv'), 'utf8'), {
      label: 'arm',
    });
    const data = divide(makeSplit('all', x, y), { train: 0.8, test: 0.2 });
    return { ...classifier({ sizes }), data };
  }),
  programs(config, { task, compile }) {
    const settings = z.strictObject({ lr: z.number().positive() });
    const trainedBy = (rule) => {
      const kind = training(rule, task.loss, { compile });
      return program(settings, (run, hyper) => train(run, task, kind, { hyper }));
    };
    return { adam: trainedBy(adam()), normalized: trainedBy(normalized()) };
  },
};
