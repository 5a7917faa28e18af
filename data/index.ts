/** Data: typed splits, batches, and the data sets that the studies use. */
import '../engine/entry.js';

export { type Batch, type BatchOptions, type Shuffle, batches, endless } from './batches.js';
export { type CsvColumns, type CsvExamples, readCsv } from './csv.js';
export { type Dataset, type Split, type SplitName, divide, makeSplit } from './dataset.js';
export { type Mnist1dArgs, type Mnist1dOptions, mnist1d, mnist1dDefaults, readMnist1d } from './mnist1d.js';
export { type PickleKey, type PickleValue, unpickle } from './pickle.js';
