import { z } from 'zod';
import { type Dataset, mnist1d } from '../../data/index.js';
import { isPlainObject, kind, requireKind } from '../../engine/core/options.js';
import { crossEntropy } from '../../engine/index.js';
import { type MlpParams, mlp } from '../../engine/nn/index.js';
import { classificationMetrics } from './classification.js';
import { most } from './limits.js';
import { type Task, defineTask } from './task.js';

const [inputs, classes] = [40, 10];

/** The settings of the task. */
export const perceptronSettings = z.strictObject({
  /** Examples of the data set, before it is split. */
  samples: z
    .int()
    .min(50)
    .max(100 * most),
  /** Units of each layer, inputs first. */
  sizes: z
    .array(z.int().min(1).max(most))
    .min(2)
    .refine((sizes) => sizes[0] === inputs && sizes[sizes.length - 1] >= classes, {
      error: ({ input }) =>
        `${(input as readonly number[]).join('-')} do not fit MNIST-1D, which has ${inputs} inputs and ${classes} classes; ` +
        `the first must be ${inputs}, the last ${classes}`,
    }),
});

export type PerceptronSettings = z.output<typeof perceptronSettings>;

/** A task without its data: a multi-layer perceptron that classifies, with its cross-entropy. */
export function classifier(
  settings: Pick<PerceptronSettings, 'sizes'>,
): Omit<Task<MlpParams>, 'data' | 'draw'> {
  requireKind(
    'classifier',
    'the argument',
    settings,
    kind(
      'the widths of the layers, as in {sizes: [40, 32, 10]}',
      (value) => isPlainObject(value) && 'sizes' in value,
    ),
  );
  const model = mlp({ sizes: settings.sizes });
  return {
    model,
    loss: (params, { x, y }) => crossEntropy(model.apply(params, x), y),
    metrics: classificationMetrics,
  };
}

/** MNIST-1D for a perceptron with ReLU and PyTorch's initialisation. The data are created when they are first read. */
export function perceptronTask({ samples, sizes }: PerceptronSettings): Task<MlpParams> {
  let data: Dataset<'train' | 'test'> | undefined;
  return {
    ...classifier({ sizes }),
    get data() {
      return (data ??= mnist1d({ numSamples: samples }));
    },
    draw: (seed) => mnist1d({ numSamples: samples, seed }),
  };
}

/** The definition of `perceptronTask`, configured by `task: {samples, sizes}`. */
export const perceptron = defineTask(perceptronSettings, perceptronTask);
