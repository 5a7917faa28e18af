/**
 * Where batches come from. A meta-learner that is trained, or judged while it learns, on the data that its result is
 * reported on gives a figure that is too good; so batches say what split they are from, and drivers look.
 */
import type { Layout } from '../../engine/ir/kernel.js';
import { describe, isPlainObject, requireKind } from '../../engine/core/options.js';
import { type Tensor, UsageError } from '../../engine/index.js';
import { isSplit } from '../arguments.js';

/** A split of a data set, as far as its batches need to know it; a `Split` of the data folder is one. */
export interface Origin<Name extends string = string> {
  readonly name: Name;
  readonly x: Tensor;
}

/** What knows the split that it was drawn from. */
export interface Drawn<Name extends string = string> {
  readonly split: Origin<Name>;
}

/** Batches with the split that they are from: `drawnFrom(train, batches(train, {batchSize: 128}))`. */
export function drawnFrom<Name extends string, Batch>(
  split: Origin<Name>,
  batches: Iterable<Batch>,
): IterableIterator<Batch & Drawn<Name>> {
  requireKind('drawnFrom', 'the first argument', split, isSplit);
  if (typeof (batches as Partial<Iterable<Batch>> | null | undefined)?.[Symbol.iterator] !== 'function')
    throw new UsageError(
      `drawnFrom: takes batches, as batches(split, {batchSize: 128}) gives them; got ${describe(batches)}.`,
    );
  return withSplit(split, batches);
}

function* withSplit<Name extends string, Batch>(
  split: Origin<Name>,
  batches: Iterable<Batch>,
): IterableIterator<Batch & Drawn<Name>> {
  for (const batch of batches) yield { ...batch, split };
}

/** What a batch is used for; each use has a split of its name. */
export type Use = 'train' | 'metaVal';

/** Uses that take another split than their own, as in `{metaVal: 'test'}`: data that should not be seen, by name. */
export type Leaks<Name extends string = string> = Readonly<Partial<Record<Use, Name>>>;

/** The batch by itself, which is all that a loss is computed from. */
export const undrawn = <Batch>(batch: Batch & Drawn): Batch =>
  Object.fromEntries(Object.entries(batch).filter(([name]) => name !== 'split')) as Batch;

const purpose: Readonly<Record<Use, string>> = { train: 'trained on', metaVal: 'meta-trained on' };

/**
 * Throws unless a batch comes from the split of its use, and that is not the one that is reported, by its name or by
 * its numbers; or the leak is named.
 */
export function refuseLeak(
  driver: string,
  use: Use,
  batch: Drawn,
  reported: Origin | undefined,
  leaks: Leaks,
): void {
  const { split } = requireDrawn(driver, batch);
  if (leaks[use] === split.name) return;
  const remedy = `If that is meant, say so with {leaks: {${use}: '${split.name}'}}`;
  if (reported !== undefined && (split.name === reported.name || overlap(split.x, reported.x)))
    throw new UsageError(
      `${driver}: split '${split.name}' is to be ${purpose[use]} and is also ${split.name === reported.name ? '' : `(as '${reported.name}') `}` +
        `what is reported; a figure from it would be too good. ${remedy}.`,
    );
  if (split.name !== use)
    throw new UsageError(
      `${driver}: a batch of split '${split.name}' is to be ${purpose[use]}, which takes split '${use}'. ${remedy}.`,
    );
}

function requireDrawn(driver: string, batch: unknown): Drawn {
  if (isPlainObject(batch) && isSplit.accepts(batch.split)) return { split: batch.split as Origin };
  throw new UsageError(
    `${driver}: a batch does not say which split it is from; take batches from drawnFrom(split, batches(split, ...)).`,
  );
}

/** What is known of pairs of views: drivers ask at every step. */
const overlaps = new WeakMap<Tensor, WeakMap<Tensor, boolean>>();

/** Whether two tensors share numbers in memory, as parts of one data set do that were not cleanly divided. */
function overlap(a: Tensor, b: Tensor): boolean {
  if (!('data' in a.value && 'data' in b.value) || a.value.data !== b.value.data) return false;
  const known = overlaps.get(a) ?? new WeakMap<Tensor, boolean>();
  overlaps.set(a, known);
  let found = known.get(b);
  if (found === undefined) {
    const taken = new Uint8Array(a.value.data.length);
    somePlace(a.value, (place) => {
      taken[place] = 1;
      return false;
    });
    found = somePlace(b.value, (place) => taken[place] === 1);
    known.set(b, found);
  }
  return found;
}

/** Whether a test holds for any of the places in memory where the numbers of a view stand. */
function somePlace({ shape, strides, offset }: Layout, test: (place: number) => boolean): boolean {
  const from = (axis: number, place: number): boolean => {
    if (axis === shape.length) return test(place);
    for (let i = 0; i < shape[axis]; i++) if (from(axis + 1, place + i * strides[axis])) return true;
    return false;
  };
  return from(0, offset);
}
