import { z } from 'zod';
import { type Batch, type Dataset, divide, makeSplit } from '../../data/index.js';
import { Generator, type Tensor, fromTypedArray, mean, square, sub, sum, tanh } from '../../engine/index.js';
import { type MlpParams, mlp } from '../../engine/nn/index.js';
import { most } from './limits.js';
import { type Task, defineTask } from './task.js';

const [inputs, teacherUnits] = [20, 8];

const teacherSettings = z.strictObject({
  /** Examples; a fifth of them are the test split. */
  samples: z.int().min(50).max(most),
  /** Standard deviation of the noise of the targets, which without it have 1. */
  noise: z.number().min(0),
  /** The standard deviation of the last input; that of the first is 1, and the others lie between. */
  smallest: z.number().positive().max(1),
  /** Units of the hidden layers of the network that learns. */
  hidden: z.array(z.int().min(1).max(most)),
});

type TeacherSettings = z.output<typeof teacherSettings>;

/** Inputs of unequal scales, and as targets the noisy outputs of a random network, both of the seed. */
export function drawTeacher(
  { samples, noise, smallest }: Omit<TeacherSettings, 'hidden'>,
  seed: number,
): Dataset<'train' | 'test'> {
  const generator = new Generator(seed);
  const network = mlp({ sizes: [inputs, teacherUnits, 1], activation: tanh });
  const teacher = network.init(generator);
  const standard = generator.normal(samples * inputs);
  const outputs = network.apply(teacher, fromTypedArray(standard, [samples, inputs])).reshape([samples]);
  const y = standardised(outputs.toArray() as number[]);
  generator.normal(samples, { std: noise }).forEach((error, i) => (y[i] += error));
  // The teacher sees the inputs before they are scaled: the small ones matter as much, and are as hard to learn from.
  const x = standard.map((value, i) => value * smallest ** ((i % inputs) / (inputs - 1)));
  const all = makeSplit('all', fromTypedArray(x, [samples, inputs]), fromTypedArray(y, [samples, 1]));
  return divide(all, { train: 0.8, test: 0.2 });
}

/** The numbers moved and scaled to mean 0 and standard deviation 1. */
function standardised(values: readonly number[]): Float32Array {
  const average = values.reduce((total, value) => total + value, 0) / values.length;
  const variance = values.reduce((total, value) => total + (value - average) ** 2, 0) / values.length;
  return Float32Array.from(values, (value) => (value - average) / Math.sqrt(variance));
}

/** The mean squared error that a regression that diverged counts as in a sweep; that of the mean is 1 and the noise. */
const divergedLoss = 10;

const metrics = {
  loss: {
    title: 'mean squared error',
    better: 'lower',
    range: { low: 0 },
    worst: divergedLoss,
    of: (output: Tensor, { y }: Batch) => sum(square(sub(output, y)), { dim: 1 }),
  },
} as const;

/** Regression on the outputs of a random network, by a perceptron with ReLU: ill-conditioned and noisy. */
function teacherTask(settings: TeacherSettings): Task<MlpParams> {
  const model = mlp({ sizes: [inputs, ...settings.hidden, 1] });
  let data: Dataset<'train' | 'test'> | undefined;
  return {
    model,
    loss: (params, { x, y }) => mean(square(sub(model.apply(params, x), y))),
    metrics,
    get data() {
      return (data ??= drawTeacher(settings, 0));
    },
    draw: (seed) => drawTeacher(settings, seed),
  };
}

/** The definition of `teacherTask`, configured by `task: {samples, noise, smallest, hidden}`. */
export const teacher = defineTask(teacherSettings, teacherTask);
