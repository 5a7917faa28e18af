import { UsageError } from '../../core/errors.js';
import { composite } from '../../core/composite.js';
import { type Kinds, isNumber, kind, readOptions } from '../../core/options.js';
import { Tensor } from '../../core/tensor.js';
import { type TensorLike, lt, where } from '../../primitives/index.js';
import { ge, le } from './comparison.js';

/** The bounds of `clamp`, numbers or tensors that broadcast to x; either may be left out. */
export interface Bounds {
  readonly min?: TensorLike;
  readonly max?: TensorLike;
}

const isBound = kind('a number or a tensor', (value) => typeof value === 'number' || value instanceof Tensor);
const boundKinds: Kinds<Bounds> = { min: isBound, max: isBound };

/**
 * x limited to [min, max], as `clamp(x, {min, max})` or `clamp(x, min, max)`; either may be left out. The slope is 1 at the
 * bounds themselves and at NaN. Bounds may be tensors, which then have the gradient where they are the result; where min is
 * above max, that is max. NumPy `clip`.
 */
export const clamp = composite(
  'clamp',
  1,
  (x: Tensor, bounds?: Bounds | TensorLike, upper?: TensorLike): Tensor => {
    const isOptions = typeof bounds === 'object' && !(bounds instanceof Tensor) && upper === undefined;
    const options = isOptions ? bounds : { min: bounds, max: upper };
    const { min, max } = readOptions<Bounds>('clamp', options, boundKinds);
    if (min === undefined && max === undefined)
      throw new UsageError('clamp: needs a bound, as in {min: 0}, {max: 1} or clamp(x, 0, 1).');
    if ([min, max].some(Number.isNaN))
      throw new UsageError(
        `clamp: NaN is not a bound, got min ${String(min)} and max ${String(max)}; leave out the bound that is not wanted.`,
      );
    if (typeof min === 'number' && typeof max === 'number' && min > max)
      throw new UsageError(`clamp: min ${min} is larger than max ${max}.`);
    const above = min === undefined ? x : where(lt(x, min), min, x);
    return max === undefined ? above : where(lt(max, above), max, above);
  },
);

/** The bounds of `hardtanh`. */
export interface HardtanhOptions {
  /** Default -1. */
  readonly min?: number;
  /** Default 1. */
  readonly max?: number;
}

const hardtanhKinds: Kinds<HardtanhOptions> = { min: isNumber, max: isNumber };

/** x limited to [min, max], by default [-1, 1], with slope 0 at the bounds themselves, where clamp has 1. */
export const hardtanh = composite('hardtanh', 1, (x: Tensor, options?: HardtanhOptions): Tensor => {
  const { min = -1, max = 1 } = readOptions<HardtanhOptions>('hardtanh', options, hardtanhKinds);
  if (!(min <= max)) throw new UsageError(`hardtanh: min ${min} is larger than max ${max}.`);
  return where(le(x, min), min, where(ge(x, max), max, x));
});

/** min(max(x, 0), 6), with slope 0 at 0 and 6 */
export const relu6 = composite('relu6', 1, (x: Tensor): Tensor => hardtanh(x, { min: 0, max: 6 }));
