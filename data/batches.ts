/** Batches of a split, the same for the same seed. */
import type { TypedArray } from '../engine/ir/kernel.js';
import { UsageError } from '../engine/core/errors.js';
import { requireFunction } from '../engine/core/arguments.js';
import { type Kinds, isAny, isNumber, isOneOf, kind, readOptions } from '../engine/core/options.js';
import { Generator } from '../engine/random/generator.js';
import { isContiguous } from '../engine/ir/layout.js';
import { toTypedArray } from '../engine/ir/array.js';
import { ownTypedArray } from '../engine/core/create.js';
import { type Tensor, concrete } from '../engine/core/tensor.js';
import { type Split, requireSplit } from './dataset.js';

/** Some examples of a split: `x` of shape [b, ...], and `y`, int32 of shape [b] or floats of shape [b, k]. */
export interface Batch {
  readonly x: Tensor;
  readonly y: Tensor;
}

/**
 * How an epoch is shuffled. `randperm`: by a permutation drawn from the generator. `dataloader`: as PyTorch's
 * `DataLoader(shuffle=True)` with its global generator, from which it draws a base seed (unused without worker processes)
 * and then the seed of a fresh generator for the permutation.
 */
export interface Shuffle {
  readonly stream: 'randperm' | 'dataloader';
  readonly generator: Generator;
}

export interface BatchOptions {
  readonly batchSize: number;
  readonly shuffle?: Shuffle;
}

const kinds: Kinds<BatchOptions> = { batchSize: isNumber, shuffle: isAny };
const shuffleKinds: Kinds<Shuffle> = {
  stream: isOneOf('randperm', 'dataloader'),
  generator: kind('a Generator', (value) => value instanceof Generator),
};

/**
 * One epoch of a split in batches of `batchSize`; the last batch holds the rest. In order, or shuffled as `shuffle` says;
 * the permutation is drawn when `batches` is called, once per call.
 */
export function batches(split: Split, options: BatchOptions): IterableIterator<Batch> {
  requireSplit('batches', split);
  const { batchSize, shuffle } = readOptions<BatchOptions>('batches', options, kinds, {
    required: ['batchSize'],
  });
  if (!Number.isInteger(batchSize) || batchSize < 1)
    throw new UsageError(`batches: batchSize is ${batchSize}; it must be an integer, 1 or more.`);
  if (shuffle !== undefined)
    readOptions<Shuffle>('batches: shuffle', shuffle, shuffleKinds, { required: ['stream', 'generator'] });
  return take(split, batchSize, shuffle && permutation(shuffle, split.y.shape[0]));
}

/** Batches without end: `epoch` is called for the next ones whenever an epoch is exhausted. */
export function endless(epoch: () => Iterable<Batch>): IterableIterator<Batch> {
  requireFunction('endless', epoch, 'a function that returns the batches of an epoch');
  return repeated(epoch);
}

function* repeated(epoch: () => Iterable<Batch>): IterableIterator<Batch> {
  for (;;) {
    let isEmpty = true;
    for (const batch of epoch()) {
      isEmpty = false;
      yield batch;
    }
    // Otherwise an exhausted iterator would be asked for batches forever.
    if (isEmpty)
      throw new UsageError(
        'endless: an epoch has no batches; make new ones each time, as in endless(() => batches(train, {batchSize: 128})).',
      );
  }
}

function permutation({ stream, generator }: Shuffle, count: number): Int32Array {
  if (stream === 'randperm') return generator.permutation(count);
  generator.int63();
  return generator.spawn().permutation(count);
}

function* take(split: Split, batchSize: number, order: Int32Array | undefined): IterableIterator<Batch> {
  const [x, y] = [split.x, split.y].map(rowsOf);
  const count = split.x.shape[0];
  for (let start = 0; start < count; start += batchSize) {
    const stop = Math.min(start + batchSize, count);
    yield { x: x(start, stop, order), y: y(start, stop, order) };
  }
}

/** A function that copies rows of a tensor, from `start` to before `stop` of an order. */
function rowsOf(tensor: Tensor): (start: number, stop: number, order: Int32Array | undefined) => Tensor {
  const all = elements(tensor);
  const [count, ...rest] = tensor.shape;
  const width = all.length / count;
  return (start, stop, order) => {
    const rows = all.slice(start * width, stop * width);
    if (order !== undefined)
      for (let i = 0; i < stop - start; i++) {
        const row = order[start + i];
        if (width === 1) rows[i] = all[row];
        else rows.set(all.subarray(row * width, (row + 1) * width), i * width);
      }
    return ownTypedArray(rows, [stop - start, ...rest]);
  };
}

/** The elements of a tensor in row-major order, for reading only; not copied if they are stored so already. */
function elements(tensor: Tensor): TypedArray {
  const view = concrete(tensor, 'batches');
  return isContiguous(view) ? view.data.subarray(view.offset, view.offset + tensor.size) : toTypedArray(view);
}
