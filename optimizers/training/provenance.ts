/**
 * The origin of batches. The result of a meta-learner that learned from the data it is reported on is too good; so streams
 * of batches name their split, and a meta-training checks them when it starts.
 */
import { requireFunction } from '../../engine/core/arguments.js';
import { type Kinds, describe, kind, requireKind } from '../../engine/core/options.js';
import type { Layout } from '../../engine/ir/kernel.js';
import { type Tensor, UsageError } from '../../engine/index.js';
import { isLeaks, isSplit } from '../arguments.js';
import type { MetaBatches } from './metaStep.js';

/** The part of a split that identifies it; every `Split` of the data folder is one. */
export interface Origin {
  readonly name: string;
  readonly x: Tensor;
}

/** A stream of batches, epoch by epoch, and their split. */
export interface FromSplit<Batch> {
  readonly split: Origin;
  /** Begins an epoch. */
  readonly epoch: () => Iterable<Batch>;
}

/** A stream of batches that names its split: `fromSplit(train, () => batches(train, {batchSize: 128}))`. */
export function fromSplit<Batch>(split: Origin, epoch: () => Iterable<Batch>): FromSplit<Batch> {
  requireKind('fromSplit', 'the first argument', split, isSplit);
  requireFunction('fromSplit', epoch, 'a split and a function that begins an epoch of its batches');
  return { split, epoch };
}

/** The use of a stream; it takes the split of the same name. */
export type Use = 'train' | 'metaVal';

/** Deliberate leaks: uses that take another split, as in `{metaVal: 'test'}`. */
export type Leaks = Readonly<Partial<Record<Use, string>>>;

/** The data of a meta-training. */
export interface Provenance<Batch> {
  readonly train: FromSplit<Batch>;
  readonly metaVal: FromSplit<Batch>;
  /** The split that the result will be reported on, from which nothing may be learned. */
  readonly reported?: Origin;
  /** Splits that are learned from although they should not be: `{metaVal: 'test'}` meta-trains on the test split. */
  readonly leaks?: Leaks;
}

const isStream = kind(
  'batches that name their split, as in fromSplit(train, () => batches(train, {batchSize: 128}))',
  (value) => {
    const { split, epoch } = (value ?? {}) as Partial<FromSplit<unknown>>;
    return isSplit.accepts(split) && typeof epoch === 'function';
  },
);

export const provenanceKinds: Kinds<Provenance<unknown>> = {
  train: isStream,
  metaVal: isStream,
  reported: isSplit,
  leaks: isLeaks,
};

/** The batches of successive meta-steps. */
export interface MetaStream<Batch> {
  /** Those of the next meta-step; begins an epoch if the training stream is at the end of one. */
  next(horizon: number): MetaBatches<Batch>;
  /** Those of an epoch of the training stream from its beginning; the last meta-step has the rest. */
  epoch(horizon: number): Iterable<MetaBatches<Batch>>;
}

/**
 * The batches of a meta-training, whose streams are checked once for all. The validation stream begins again when it is
 * exhausted, and with every epoch of the training stream.
 * @throws UsageError for a stream of the wrong split.
 */
export function readStreams<Batch>(
  caller: string,
  { train, metaVal, reported, leaks = {} }: Provenance<Batch>,
): MetaStream<Batch> {
  refuseLeak(caller, 'train', train.split, reported, leaks);
  refuseLeak(caller, 'metaVal', metaVal.split, reported, leaks);
  let [training, validation]: Iterator<Batch>[] = [nothing, nothing];
  const begin = ({ epoch }: FromSplit<Batch>): Iterator<Batch> =>
    requireBatches(caller, epoch())[Symbol.iterator]();
  const beginEpoch = (): void => {
    training = begin(train);
    validation = begin(metaVal);
  };
  const some = (count: number): Batch[] => {
    const group: Batch[] = [];
    while (group.length < count) {
      const next = training.next();
      if (next.done === true) break;
      group.push(next.value);
    }
    return group;
  };
  const validationBatch = (): Batch => {
    let next = validation.next();
    if (next.done !== true) return next.value;
    validation = begin(metaVal);
    next = validation.next();
    if (next.done === true) throw empty('metaVal');
    return next.value;
  };
  const empty = (use: Use): UsageError =>
    new UsageError(
      `${caller}: an epoch of the stream '${use}' has no batches; begin a new one at each call, as in ` +
        `fromSplit(${use}, () => batches(${use}, {batchSize: 128})).`,
    );
  function* epoch(horizon: number): Iterable<MetaBatches<Batch>> {
    beginEpoch();
    let group = some(horizon);
    if (group.length === 0) throw empty('train');
    for (; group.length > 0; group = some(horizon)) yield { train: group, metaVal: validationBatch() };
  }
  return {
    epoch,
    next(horizon) {
      let group = some(horizon);
      if (group.length === 0) {
        beginEpoch();
        group = some(horizon);
      }
      if (group.length === 0) throw empty('train');
      return { train: group, metaVal: validationBatch() };
    },
  };
}

/** The batches. @throws UsageError unless they can be iterated over. */
export function requireBatches<Batch>(caller: string, batches: Iterable<Batch>): Iterable<Batch> {
  const value: unknown = batches;
  if (typeof value === 'object' && value !== null && Symbol.iterator in value) return batches;
  throw new UsageError(
    `${caller}: takes batches, as batches(split, {batchSize: 128}) gives them; got ${describe(batches)}.`,
  );
}

const nothing: Iterator<never> = { next: () => ({ done: true, value: undefined }) };

const purpose: Readonly<Record<Use, string>> = { train: 'trained on', metaVal: 'meta-trained on' };

/**
 * @throws UsageError unless a split is the one for its use and differs from the reported one in name and elements, or the
 * leak is declared.
 */
export function refuseLeak(
  caller: string,
  use: Use,
  split: Origin,
  reported: Origin | undefined,
  leaks: Leaks,
): void {
  requireKind(caller, use, split, isSplit);
  if (leaks[use] === split.name) return;
  const remedy = `If that is meant, say so with {leaks: {${use}: '${split.name}'}}`;
  if (reported !== undefined && (split.name === reported.name || overlap(split.x, reported.x)))
    throw new UsageError(
      `${caller}: split '${split.name}' is to be ${purpose[use]} and is also ${split.name === reported.name ? '' : `(as '${reported.name}') `}` +
        `what is reported; a figure from it would be too good. ${remedy}.`,
    );
  if (split.name !== use)
    throw new UsageError(
      `${caller}: split '${split.name}' is to be ${purpose[use]}, which takes split '${use}'. ${remedy}.`,
    );
}

/** Whether two tensors share elements in memory, as overlapping parts of one data set do. */
function overlap(a: Tensor, b: Tensor): boolean {
  if (!('data' in a.value && 'data' in b.value) || a.value.data !== b.value.data) return false;
  const isInA = new Uint8Array(a.value.data.length);
  someIndex(a.value, (index) => {
    isInA[index] = 1;
    return false;
  });
  return someIndex(b.value, (index) => isInA[index] === 1);
}

/** Whether a test holds for any index in memory at which a view stores an element. */
function someIndex({ shape, strides, offset }: Layout, test: (index: number) => boolean): boolean {
  const from = (axis: number, index: number): boolean => {
    if (axis === shape.length) return test(index);
    for (let i = 0; i < shape[axis]; i++) if (from(axis + 1, index + i * strides[axis])) return true;
    return false;
  };
  return from(0, offset);
}
