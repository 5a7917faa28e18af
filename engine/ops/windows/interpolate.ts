import { allocateTensor } from '../../core/dtype.js';
import { ShapeError, UsageError } from '../../core/errors.js';
import { composite } from '../../core/composite.js';
import { ownTypedArray } from '../../core/create.js';
import { type Kinds, isBoolean, isOneOf, readOptions } from '../../core/options.js';
import { formatShape } from '../../core/shape.js';
import type { Tensor } from '../../core/tensor.js';
import { add, gatherRows, mul } from '../../primitives/index.js';
import { type PerAxis, isPerAxis, perAxis } from './windows.js';

const linearModes = ['linear', 'bilinear', 'trilinear'] as const;

export interface InterpolateOptions {
  /** The sizes of the spatial axes of the result; either these or `scaleFactor`. */
  readonly size?: PerAxis;
  /** The ratio of the new sizes to the old ones; the results are rounded down. */
  readonly scaleFactor?: PerAxis;
  /** The nearest element (default), or an average of the two nearest along one, two or three axes. */
  readonly mode?: 'nearest' | (typeof linearModes)[number];
  /** For the linear modes: whether first and last elements keep their places (and not first and last borders). Default false. */
  readonly alignCorners?: boolean;
}

const interpolateKinds: Kinds<InterpolateOptions> = {
  size: isPerAxis,
  scaleFactor: isPerAxis,
  mode: isOneOf('nearest', ...linearModes),
  alignCorners: isBoolean,
};

/**
 * Signals, images or volumes in another size: `[n, c, ...sizes] -> [n, c, ...new sizes]` with one to three spatial axes.
 * Element i of an axis is read at `i*ratio` (rounded down) for 'nearest', and at `(i + 1/2)*ratio - 1/2`, not below 0, for the linear modes,
 * with ratio = old/new size or, where it is given, 1/scaleFactor; with `alignCorners` at `i*(old-1)/(new-1)`.
 * An axis that keeps its size stays as it is. As in PyTorch.
 */
export const interpolate = composite('interpolate', 1, (x: Tensor, options: InterpolateOptions): Tensor => {
  const read = readOptions<InterpolateOptions>('interpolate', options, interpolateKinds);
  const { mode = 'nearest', alignCorners = false } = read;
  const sizes = x.shape.slice(2);
  if (sizes.length < 1 || sizes.length > 3 || sizes.includes(0))
    throw new ShapeError(
      `interpolate: takes [batch,channels,...] with one to three spatial axes that have elements, got ${formatShape(x.shape)}.`,
    );
  if (mode !== 'nearest' && mode !== linearModes[sizes.length - 1])
    throw new UsageError(
      `interpolate: mode '${mode}' is not for ${formatShape(x.shape)}; with its number of spatial axes it is '${linearModes[sizes.length - 1]}'.`,
    );
  if (alignCorners && mode === 'nearest')
    throw new UsageError(`interpolate: alignCorners is for the mode '${linearModes[sizes.length - 1]}'.`);
  return scales(sizes, read).reduce((scaled, { size, ratio }, i) => {
    if (size === sizes[i]) return scaled;
    if (mode === 'nearest') return nearest(scaled, i + 2, size, ratio);
    const ends = size > 1 ? (sizes[i] - 1) / (size - 1) : 0;
    return linear(scaled, i + 2, (at) => (alignCorners ? at * ends : (at + 0.5) * ratio - 0.5), size);
  }, x);
});

/** The new size of each axis and the distance of neighbouring elements in units of the old one. */
function scales(
  sizes: readonly number[],
  { size, scaleFactor }: InterpolateOptions,
): readonly { readonly size: number; readonly ratio: number }[] {
  if ((size === undefined) === (scaleFactor === undefined))
    throw new UsageError('interpolate: needs either a size or a scaleFactor, as in {scaleFactor: 2}.');
  if (size !== undefined)
    return perAxis('interpolate', 'size', size, sizes.length, 1).map((n, i) => ({
      size: n,
      ratio: sizes[i] / n,
    }));
  const factors = typeof scaleFactor === 'number' ? sizes.map(() => scaleFactor) : (scaleFactor ?? []);
  const scaled = sizes.map((n, i) => ({ size: Math.floor(n * factors[i]), ratio: 1 / factors[i] }));
  if (factors.length !== sizes.length || !scaled.every((axis) => axis.size >= 1 && axis.ratio > 0))
    throw new UsageError(
      `interpolate: scaleFactor [${factors.join(',')}] does not give sizes >= 1 of ${formatShape(sizes)}; it is one number > 0, or one for each spatial axis.`,
    );
  return scaled;
}

function nearest(x: Tensor, axis: number, size: number, ratio: number): Tensor {
  // A ratio of 1/3 is rounded: three steps of it must still be one.
  const place = (at: number): number => Math.floor(at * ratio * (1 + 2 * Number.EPSILON));
  return picked(x, axis, size, place);
}

function linear(x: Tensor, axis: number, position: (at: number) => number, size: number): Tensor {
  const place = (at: number): number => Math.max(0, position(at));
  const weights = (share: (fraction: number) => number): Tensor => {
    const shape = x.shape.map((_, i) => (i === axis ? size : 1)).slice(axis);
    const data = allocateTensor('interpolate', { shape, dtype: x.dtype });
    for (let at = 0; at < size; at++) data[at] = share(place(at) - Math.floor(place(at)));
    return ownTypedArray(data, shape);
  };
  const below = picked(x, axis, size, (at) => Math.floor(place(at)));
  const above = picked(x, axis, size, (at) => Math.floor(place(at)) + 1);
  return add(
    mul(
      below,
      weights((fraction) => 1 - fraction),
    ),
    mul(
      above,
      weights((fraction) => fraction),
    ),
  );
}

/** The elements at these places of an axis, of which those beyond its end are the last. */
function picked(x: Tensor, axis: number, size: number, place: (at: number) => number): Tensor {
  const last = x.shape[axis] - 1;
  const places = Int32Array.from({ length: size }, (_, at) => Math.min(last, place(at)));
  return gatherRows(x, ownTypedArray(places, [size]), axis);
}
