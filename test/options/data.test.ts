import { readFileSync } from 'node:fs';
import * as data from '../../data/index.js';
import { Generator, tensor } from '../../engine/index.js';
import { walkExports } from './walk.js';

const split = data.makeSplit('train', tensor([[1], [2]]), tensor([0, 1], { dtype: 'int32' }));
const generator = new Generator(0);
const published = readFileSync(new URL('../fixtures/mnist1d/small.pkl', import.meta.url));

walkExports('metagrad/data', data, {
  batches: [
    {
      call: (options: data.BatchOptions) => data.batches(split, options),
      options: { batchSize: 1, shuffle: { stream: 'randperm', generator } },
    },
    {
      call: (shuffle: data.Shuffle) => data.batches(split, { batchSize: 1, shuffle }),
      options: { stream: 'dataloader', generator },
    },
  ],
  divide: 'none',
  endless: 'none',
  makeSplit: 'none',
  mnist1d: [
    {
      call: (args: Partial<data.Mnist1dArgs>) => data.mnist1d(args),
      options: { ...data.mnist1dDefaults, numSamples: 20 },
    },
    {
      call: (options: { readonly dtype?: 'float64' }) => data.mnist1d({ numSamples: 20 }, options),
      options: { dtype: 'float64' },
    },
  ],
  readCsv: {
    call: (columns: data.CsvColumns) => data.readCsv('a,b\n1,x\n', columns),
    options: { label: 'b', features: ['a'], classes: ['x'], dtype: 'float64' },
  },
  readMnist1d: {
    call: (options: { readonly dtype?: 'float64' }) => data.readMnist1d(published, options),
    options: { dtype: 'float64' },
  },
  unpickle: 'none',
});
