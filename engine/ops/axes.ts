/** How operations take their axes: as options, or a bare axis or list of axes in their place. */
import { UsageError } from '../core/errors.js';
import { type Kinds, isAxes, isAxis, isBoolean, kind, readOptions } from '../core/options.js';
import { resolveAxes } from '../core/shape.js';
import { Tensor } from '../core/tensor.js';

/** One axis or several; they may be counted from the end. */
export type Axes = number | readonly number[];

/** The axes that a reduction removes. */
export interface Over {
  /** The axis or axes to reduce; all by default. */
  readonly dim?: Axes;
  /** Leave the reduced axes in place with size 1. */
  readonly keepdim?: boolean;
  /** A mask that broadcasts to x: the elements where it is 0 are left out. */
  readonly where?: Tensor;
}

const isTensor = kind('a tensor', (value) => value instanceof Tensor);

export const overKinds: Kinds<Over> = { dim: isAxes, keepdim: isBoolean, where: isTensor };

/** The axis along which a selection goes. */
export interface Along {
  /** Default: all axes, as if x were one long vector. */
  readonly dim?: number;
  readonly keepdim?: boolean;
}

const alongKinds: Kinds<Along> = { dim: isAxis, keepdim: isBoolean };

/** The axis along which an operation goes. */
export interface AlongAxis {
  readonly dim: number;
}

const axisKinds: Kinds<AlongAxis> = { dim: isAxis };

/** Checked axes of a reduction. */
export interface Reduction {
  readonly axes: readonly number[];
  readonly keepdim: boolean;
  /** The elements that count: those where it is not 0; default all. */
  readonly mask?: Tensor | undefined;
}

/** The axes over which a reduction of a tensor of this rank goes. */
export function readOver(caller: string, over: Over | Axes | undefined, rank: number): Reduction {
  return resolved(caller, readOptions<Over>(caller, over, overKinds, { positional: 'dim' }), rank);
}

export const resolved = (
  caller: string,
  { dim, keepdim = false, where: mask }: Over,
  rank: number,
): Reduction => ({ axes: resolveAxes(caller, dim, rank), keepdim, mask });

/** The axis of a selection; undefined for all axes together and for a scalar. */
export function readAlong(
  caller: string,
  along: Along | number | undefined,
  rank: number,
): { readonly axis: number | undefined; readonly keepdim: boolean } {
  const { dim, keepdim = false } = readOptions<Along>(caller, along, alongKinds, { positional: 'dim' });
  const [axis] = dim === undefined ? [] : resolveAxes(caller, dim, rank);
  return { axis, keepdim };
}

/** The axis of an operation without a default for it, not yet resolved. */
export function readDim(caller: string, along: AlongAxis | number): number {
  const { dim } = readOptions<Partial<AlongAxis>>(caller, along, axisKinds, { positional: 'dim' });
  if (dim === undefined)
    throw new UsageError(`${caller}: needs an axis, as in {dim: -1}, the last one; there is no default.`);
  return dim;
}
