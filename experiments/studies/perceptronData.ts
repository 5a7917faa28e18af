import { type Dataset, mnist1d } from '../../data/index.js';
import { UsageError } from '../../engine/core/errors.js';
import type { StudyConfig } from './config.js';

/** MNIST-1D for the perceptron of a configuration. Throws a UsageError if that has other inputs, or fewer classes. */
export function perceptronData({
  samples,
  sizes,
}: Pick<StudyConfig, 'samples' | 'sizes'>): Dataset<'train' | 'test'> {
  const data = mnist1d({ numSamples: samples });
  const inputs = data.train.x.shape[1];
  if (sizes[0] !== inputs || sizes[sizes.length - 1] < classes)
    throw new UsageError(
      `sizes: ${sizes.join('-')} do not fit MNIST-1D, which has ${inputs} inputs and ${classes} classes; ` +
        `the first must be ${inputs}, the last ${classes}.`,
    );
  return data;
}

const classes = 10;
