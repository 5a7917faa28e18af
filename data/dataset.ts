/**
 * Typed splits. The purpose of a split is part of its type and of its value, so that a function can declare
 * `train(split: Split<'train'>)`, and a runner can check that it does not train on the split it reports.
 */
import { requireTensor } from '../engine/core/arguments.js';
import { ShapeError, UsageError } from '../engine/core/errors.js';
import { describe, isPlainObject, isText, requireKind } from '../engine/core/options.js';
import { formatShape } from '../engine/core/shape.js';
import { Tensor, concrete } from '../engine/core/tensor.js';

/**
 * The splits of the protocols: `train` for the weights, `metaVal` for meta-learning, `tuneVal` for searches, `test` for what
 * is reported.
 */
export type SplitName = 'train' | 'metaVal' | 'tuneVal' | 'test';

/** n examples: inputs `x` of shape [n, ...], and classes `y`, int32 of shape [n], or targets, floats of shape [n, k]. */
export interface Split<Name extends string = string> {
  readonly name: Name;
  readonly x: Tensor;
  readonly y: Tensor;
}

/** Splits by name. */
export type Dataset<Names extends string = string> = { readonly [Name in Names]: Split<Name> };

/**
 * A split of the examples `x` and `y`.
 * @throws ShapeError unless both have the same number of rows, at least one, and y is int32 [n] or floats [n, k].
 */
export function makeSplit<Name extends string>(name: Name, x: Tensor, y: Tensor): Split<Name> {
  requireKind('makeSplit', 'the name', name, isText);
  requireTensor('makeSplit', x, 'x as a tensor');
  requireTensor('makeSplit', y, 'y as a tensor');
  if (y.dtype === 'int32' ? y.rank !== 1 : y.rank !== 2)
    throw new ShapeError(
      `makeSplit: y of split '${name}' is ${y.dtype}${formatShape(y.shape)}; it must hold one int32 class per example, [n], or float targets, [n, k].`,
    );
  if (x.rank === 0 || x.shape[0] !== y.shape[0])
    throw new ShapeError(
      `makeSplit: split '${name}' has x of shape ${formatShape(x.shape)} and y of shape ${formatShape(y.shape)}; ` +
        'both must have as many rows as there are examples.',
    );
  if (x.shape[0] === 0)
    throw new ShapeError(`makeSplit: split '${name}' has no examples; give it at least one.`);
  return { name, x, y };
}

/** @throws UsageError naming the caller, unless `split` is a split. */
export function requireSplit(caller: string, split: unknown): void {
  if (isPlainObject(split) && split.x instanceof Tensor && split.y instanceof Tensor) return;
  throw new UsageError(
    `${caller}: takes a split, as in makeSplit(name, x, y) or mnist1d().train; got ${describe(split)}.`,
  );
}

/**
 * Contiguous parts of a split, in the order of `fractions`, which must add up to 1:
 * `divide(train, { train: 0.8, metaVal: 0.1, tuneVal: 0.1 })`. With n examples, a part ends before row
 * `round(n * (sum of the fractions up to it))`, halves rounded up; so every example is in exactly one part
 * and each part is within one example of its fraction. The parts are views, not copies.
 */
export function divide<Names extends string>(
  split: Split,
  fractions: Readonly<Record<Names, number>>,
): Dataset<Names> {
  requireSplit('divide', split);
  if (!isPlainObject(fractions))
    throw new UsageError(
      `divide: takes fractions by name, as in {train: 0.8, metaVal: 0.2}; got ${describe(fractions)}.`,
    );
  const entries = Object.entries<number>(fractions);
  for (const [name, fraction] of entries)
    if (!(Number.isFinite(fraction) && fraction > 0))
      throw new UsageError(`divide: the fraction of '${name}' is ${String(fraction)}; it must be above 0.`);
  const total = entries.reduce((sum, [, fraction]) => sum + fraction, 0);
  if (Math.abs(total - 1) > 1e-9)
    throw new UsageError(
      `divide: the fractions of '${split.name}' add up to ${total}; they must add up to 1.`,
    );
  const count = split.y.shape[0];
  let upTo = 0;
  let start = 0;
  const parts: [string, Split][] = [];
  for (const [name, fraction] of entries) {
    upTo += fraction;
    // The small addend rounds halves up although sums like 0.1 + 0.2 are not exact.
    const stop = Math.floor(count * upTo + 0.5 + 1e-9);
    if (stop === start)
      throw new UsageError(
        `divide: '${name}' would get none of the ${count} examples of '${split.name}' (fraction ${fraction}); ` +
          'use more examples or a larger fraction.',
      );
    parts.push([name, makeSplit(name, rows(split.x, start, stop), rows(split.y, start, stop))]);
    start = stop;
  }
  return Object.fromEntries(parts) as Dataset<Names>;
}

/** The rows from `start` to before `stop`, without copying. */
function rows(tensor: Tensor, start: number, stop: number): Tensor {
  const { data, strides, offset } = concrete(tensor, 'divide');
  const shape = [stop - start, ...tensor.shape.slice(1)];
  return new Tensor(shape, tensor.dtype, { data, shape, strides, offset: offset + start * strides[0] });
}
