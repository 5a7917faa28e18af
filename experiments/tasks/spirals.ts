import { z } from 'zod';
import { type Dataset, divide, makeSplit } from '../../data/index.js';
import { Generator, fromTypedArray } from '../../engine/index.js';
import type { MlpParams } from '../../engine/nn/index.js';
import { most } from './limits.js';
import { classifier } from './perceptron.js';
import { type Task, defineTask } from './task.js';

const [coordinates, arms] = [2, 3];

const spiralsSettings = z.strictObject({
  /** Points in all arms together; a fifth of them are the test split. */
  samples: z.int().min(50).max(most),
  /** Standard deviation of both coordinates; the spirals have radius 1. */
  noise: z.number().min(0),
  /** Units of the hidden layers. */
  hidden: z.array(z.int().min(1).max(most)),
});

type SpiralsSettings = z.output<typeof spiralsSettings>;

/** Points on three interleaved spirals, and the spiral of each. */
export function drawSpirals(
  { samples, noise }: Pick<SpiralsSettings, 'samples' | 'noise'>,
  seed: number,
): Dataset<'train' | 'test'> {
  const generator = new Generator(seed);
  const y = generator.integers(samples, 0, arms);
  const radii = generator.uniform(samples);
  const x = generator.normal(samples * coordinates, { std: noise });
  radii.forEach((radius, i) => {
    const angle = 2 * Math.PI * (y[i] / arms + 0.75 * radius);
    x[coordinates * i] += radius * Math.cos(angle);
    x[coordinates * i + 1] += radius * Math.sin(angle);
  });
  const all = makeSplit('all', fromTypedArray(x, [samples, coordinates]), fromTypedArray(y));
  return divide(all, { train: 0.8, test: 0.2 });
}

/** Three spirals for a perceptron with ReLU: few inputs, a boundary that is far from linear. */
function spiralsTask(settings: SpiralsSettings): Task<MlpParams> {
  let data: Dataset<'train' | 'test'> | undefined;
  return {
    ...classifier({ sizes: [coordinates, ...settings.hidden, arms] }),
    get data() {
      return (data ??= drawSpirals(settings, 0));
    },
    draw: (seed) => drawSpirals(settings, seed),
  };
}

/** The definition of `spiralsTask`, configured by `task: {samples, noise, hidden}`. */
export const spirals = defineTask(spiralsSettings, spiralsTask);
