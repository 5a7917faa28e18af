import { ownTypedArray } from '../core/create.js';
import { type DType, allocateTensor, isFloat } from '../core/dtype.js';
import { UsageError } from '../core/errors.js';
import { operation } from '../core/operation.js';
import { type Kinds, describe, isDType, isFinite, readOptions } from '../core/options.js';
import { type Shape, checkShape } from '../core/shape.js';
import type { Tensor } from '../core/tensor.js';
import { add, broadcastTo, constant, eq, iota, mul } from '../primitives/index.js';

/** What a new tensor holds. */
export interface CreateOptions {
  /** float32 unless given. */
  readonly dtype?: DType;
}

const createKinds: Kinds<CreateOptions> = { dtype: isDType };

function filled(caller: string, shape: Shape, value: number, options?: CreateOptions): Tensor {
  checkShape(caller, shape);
  const dtype = dtypeIn(caller, options);
  requireNumber(caller, 'the value', value);
  const scalar = constant(value, dtype);
  return shape.length === 0 ? scalar : broadcastTo(scalar, [...shape]);
}

const dtypeIn = (caller: string, options: CreateOptions | undefined): DType =>
  readOptions<CreateOptions>(caller, options, createKinds).dtype ?? 'float32';

/** A tensor with `value` everywhere. It takes the memory of one number. */
export const full = operation('full', 0, (shape: Shape, value: number, options?: CreateOptions): Tensor =>
  filled('full', shape, value, options),
);

/** A tensor of zeros. */
export const zeros = operation('zeros', 0, (shape: Shape, options?: CreateOptions): Tensor =>
  filled('zeros', shape, 0, options),
);

/** A tensor of ones. */
export const ones = operation('ones', 0, (shape: Shape, options?: CreateOptions): Tensor =>
  filled('ones', shape, 1, options),
);

/** Zeros with the shape and dtype of x. */
export const zerosLike = operation('zerosLike', 1, (x: Tensor): Tensor =>
  filled('zerosLike', x.shape, 0, { dtype: x.dtype }),
);

/** Ones with the shape and dtype of x. */
export const onesLike = operation('onesLike', 1, (x: Tensor): Tensor =>
  filled('onesLike', x.shape, 1, { dtype: x.dtype }),
);

export interface ArangeOptions {
  /** 1 unless given. */
  readonly step?: number;
  /** int32 unless given, or float32 where start, stop or step is no integer. */
  readonly dtype?: DType;
}

const arangeKinds: Kinds<ArangeOptions> = { step: isFinite, dtype: isDType };

/** `start, start+step, ...` below (for a negative step: above) `stop`; `arange(n)` counts from 0. */
export const arange = operation(
  'arange',
  0,
  (start: number, stop?: number, options?: ArangeOptions | number): Tensor => {
    const { step = 1, dtype } = readOptions<ArangeOptions>('arange', options, arangeKinds, {
      positional: 'step',
    });
    const [from, to] = stop === undefined ? [0, start] : [start, stop];
    for (const bound of [from, to]) requireNumber('arange', 'a bound', bound);
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

/** Computed in double precision, as NumPy and PyTorch do: a step in float32 would be off more the longer it goes. */
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
export const eye = operation('eye', 0, (n: number, options?: CreateOptions): Tensor => {
  const dtype = dtypeIn('eye', options);
  if (!Number.isInteger(n) || n < 0)
    throw new UsageError(`eye: the size is an integer >= 0; got ${describe(n)}.`);
  return eq(iota([n, n], 0, dtype), iota([n, n], 1, dtype));
});

function requireNumber(caller: string, what: string, value: number): void {
  if (typeof value !== 'number')
    throw new UsageError(`${caller}: ${what} must be a number; got ${describe(value)}.`);
}
