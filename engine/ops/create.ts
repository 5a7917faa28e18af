import { ownTypedArray } from '../core/create.js';
import { allocateTensor, isFloat } from '../core/dtype.js';
import type { DType, Shape } from '../ir/kernel.js';
import { UsageError } from '../core/errors.js';
import { composite } from '../core/composite.js';
import {
  type Kinds,
  describe,
  isDType,
  isFinite,
  isIntegerFrom,
  isPlainObject,
  readOptions,
  requireKind,
} from '../core/options.js';
import { checkShape } from '../core/shape.js';
import type { Tensor } from '../core/tensor.js';
import { add, broadcastTo, constant, eq, iota, mul } from '../primitives/index.js';

/** Options of functions that create tensors. */
export interface CreateOptions {
  /** Default float32. */
  readonly dtype?: DType;
}

const createKinds: Kinds<CreateOptions> = { dtype: isDType };

function filled(caller: string, shape: Shape, value: number, options?: CreateOptions): Tensor {
  checkShape(caller, shape);
  const dtype = dtypeIn(caller, options);
  if (typeof value !== 'number')
    throw new UsageError(`${caller}: the value must be a number; got ${describe(value)}.`);
  const scalar = constant(value, dtype);
  return shape.length === 0 ? scalar : broadcastTo(scalar, [...shape]);
}

const dtypeIn = (caller: string, options: CreateOptions | undefined): DType =>
  readOptions<CreateOptions>(caller, options, createKinds).dtype ?? 'float32';

/** A tensor with `value` everywhere, in the memory of one number. */
export const full = composite('full', 0, (shape: Shape, value: number, options?: CreateOptions): Tensor =>
  filled('full', shape, value, options),
);

/** A tensor of zeros. */
export const zeros = composite('zeros', 0, (shape: Shape, options?: CreateOptions): Tensor =>
  filled('zeros', shape, 0, options),
);

/** A tensor of ones. */
export const ones = composite('ones', 0, (shape: Shape, options?: CreateOptions): Tensor =>
  filled('ones', shape, 1, options),
);

/** Zeros with the shape and dtype of x. */
export const zerosLike = composite('zerosLike', 1, (x: Tensor): Tensor =>
  filled('zerosLike', x.shape, 0, { dtype: x.dtype }),
);

/** Ones with the shape and dtype of x. */
export const onesLike = composite('onesLike', 1, (x: Tensor): Tensor =>
  filled('onesLike', x.shape, 1, { dtype: x.dtype }),
);

export interface ArangeOptions {
  /** Default 1. */
  readonly step?: number;
  /** Default int32, or float32 where start, stop or step is not an integer. */
  readonly dtype?: DType;
}

const arangeKinds: Kinds<ArangeOptions> = { step: isFinite, dtype: isDType };

/** `start, start+step, ...` below (for a negative step: above) `stop`; `arange(n)` counts from 0. */
export const arange = composite(
  'arange',
  0,
  (start: number, stop?: number, options?: ArangeOptions | number): Tensor => {
    const { step = 1, dtype } = readOptions<ArangeOptions>('arange', options, arangeKinds, {
      positional: 'step',
    });
    requireBound('start', start);
    if (stop !== undefined) requireBound('stop', stop);
    const [from, to] = stop === undefined ? [0, start] : [start, stop];
    if (step === 0 || ![from, to].every(Number.isFinite))
      throw new UsageError(
        `arange: from ${from} to ${to} in steps of ${step} never ends; the step must not be 0.`,
      );
    const count = Math.max(0, Math.ceil((to - from) / step));
    if (![from, to, step].every(Number.isInteger)) return fractions(from, step, count, dtype ?? 'float32');
    const [type, last] = [dtype ?? 'int32', from + (count - 1) * step];
    if (type === 'int32' && count > 0 && (from !== (from | 0) || last !== (last | 0)))
      throw new UsageError(
        `arange: from ${from} to ${last} leaves int32, which goes from -2^31 to 2^31 - 1; give {dtype: 'float64'}.`,
      );
    return add(mul(iota([count], 0, type), step), from);
  },
);

/**
 * `count` numbers at equal distances from `start` to `stop`, both included: `start + i*(stop - start)/(count - 1)`, computed in
 * double precision.
 */
export const linspace = composite(
  'linspace',
  0,
  (start: number, stop: number, count: number, options?: CreateOptions): Tensor => {
    const dtype = dtypeIn('linspace', options);
    requireKind('linspace', 'start', start, isFinite);
    requireKind('linspace', 'stop', stop, isFinite);
    requireKind('linspace', 'the count', count, isIntegerFrom(0));
    if (!isFloat(dtype))
      throw new UsageError(
        "linspace: there are fractions, which int32 does not hold; give {dtype: 'float32'}.",
      );
    const step = count < 2 ? 0 : (stop - start) / (count - 1);
    const data = allocateTensor('linspace', { shape: [count], dtype });
    // From both ends, so that the last number is exactly stop.
    for (let i = 0; i < count; i++)
      data[i] = 2 * i < count ? start + i * step : stop - (count - 1 - i) * step;
    return ownTypedArray(data);
  },
);

/** The numbers in double precision, as in NumPy and PyTorch: in float32 the error would grow from step to step. */
function fractions(from: number, step: number, count: number, dtype: DType): Tensor {
  if (!isFloat(dtype))
    throw new UsageError(
      `arange: from ${from} in steps of ${step} there are fractions, which int32 does not hold; give {dtype: 'float32'}.`,
    );
  const data = allocateTensor('arange', { shape: [count], dtype });
  for (let i = 0; i < count; i++) data[i] = from + i * step;
  return ownTypedArray(data);
}

/** The n x n identity matrix. */
export const eye = composite('eye', 0, (n: number, options?: CreateOptions): Tensor => {
  const dtype = dtypeIn('eye', options);
  if (!Number.isInteger(n) || n < 0)
    throw new UsageError(`eye: the size is an integer >= 0; got ${describe(n)}.`);
  return eq(iota([n, n], 0, dtype), iota([n, n], 1, dtype));
});

/** @throws UsageError unless a bound of `arange` is a number. */
function requireBound(name: string, bound: number): void {
  if (typeof bound === 'number') return;
  const hint = isPlainObject(bound) ? " Options come third, as in arange(0, 5, {dtype: 'float32'})." : '';
  throw new UsageError(`arange: ${name} must be a number; got ${describe(bound)}.${hint}`);
}
