import type { ScalarExpression } from './expression.js';

/** Element types. Masks are 0 and 1 in the dtype of what they mask; there is no boolean. */
export type DType = 'float32' | 'float64' | 'int32';

/** The array behind each dtype. */
export type TypedArray = Float32Array | Float64Array | Int32Array;

/** Sizes along each axis; [] is a scalar. */
export type Shape = readonly number[];

/** Where element `[i0, i1, ...]` of a view is stored in its array: `offset + i0*strides[0] + i1*strides[1] + ...`. */
export interface Layout {
  readonly shape: Shape;
  readonly strides: readonly number[];
  readonly offset: number;
}

/** Values that a kernel reads: a typed array seen through a layout. */
export interface Strided extends Layout {
  readonly data: TypedArray;
}

/** Shape and dtype of a tensor. */
export interface Signature {
  readonly shape: Shape;
  readonly dtype: DType;
}

/** A change of layout that touches no value. */
export type ViewSpec =
  | { readonly family: 'view'; readonly view: 'identity' }
  | { readonly family: 'view'; readonly view: 'broadcast'; readonly shape: Shape }
  | { readonly family: 'view'; readonly view: 'permute'; readonly axes: readonly number[] }
  | {
      readonly family: 'view';
      readonly view: 'slice';
      readonly start: readonly number[];
      readonly stop: readonly number[];
      readonly step: readonly number[];
    };

/** `output[i] = expression(inputs[0][i], inputs[1][i], ...)`; all inputs have the output's shape. */
export interface MapSpec {
  readonly family: 'map';
  readonly expression: ScalarExpression;
}

/** Several maps of the same inputs in one pass; the results have one shape and dtype. Only plans have such steps. */
export interface MapsSpec {
  readonly family: 'maps';
  /** One for each result. */
  readonly expressions: readonly ScalarExpression[];
}

/** Reduces `axes` away. `argmax` takes one axis and gives the first index of the largest element. */
export interface ReduceSpec {
  readonly family: 'reduce';
  /** The value to reduce, computed from inputs of one shape; default: the first input. */
  readonly expression?: ScalarExpression;
  readonly reduction: 'sum' | 'max' | 'argmax';
  readonly axes: readonly number[];
}

/**
 * Writes each input into a box of the output, which `fill` has filled before: input element `i` goes to
 * `start + i*step` along each axis.
 */
export interface CopySpec {
  readonly family: 'copy';
  readonly fill: number;
  readonly boxes: readonly { readonly start: readonly number[]; readonly step: readonly number[] }[];
}

/** The elements in row-major order under another shape: a view where the layout allows it, else a copy. */
export interface ReshapeSpec {
  readonly family: 'reshape';
  readonly shape: Shape;
}

/**
 * `gather`: inputs `(x, indices)` with indices of any shape; they replace `axis` of x, and pick its rows.
 * `scatterAdd`: inputs `(g, indices)`, the transpose: rows with the same index are added.
 */
export interface IndexSpec {
  readonly family: 'index';
  readonly access: 'gather' | 'scatterAdd';
  readonly axis: number;
}

/**
 * The int32 positions along `axis` of the elements in ascending order, or in descending order. Elements that are equal keep
 * their order; a NaN counts as the largest.
 */
export interface SortSpec {
  readonly family: 'sort';
  readonly axis: number;
  readonly descending: boolean;
}

/** `[...batch, n, k] x [...batch, k, m] -> [...batch, n, m]`; both inputs have the same batch shape. */
export interface MatmulSpec {
  readonly family: 'matmul';
  /** Applied to every element: input 0 is the product, input i > 0 is operand i + 1, of the output's shape. */
  readonly epilogue?: ScalarExpression;
}

/**
 * Windows that slide over the last axes of a tensor. Along each of them window `p` has taps `k`, and tap k of
 * window p reads element `p*stride + k*dilation - low`; elements outside of `inputSize` are padding.
 */
export interface Windows {
  readonly inputSize: Shape;
  readonly kernelSize: Shape;
  /** The number of windows. */
  readonly outputSize: Shape;
  readonly stride: readonly number[];
  readonly dilation: readonly number[];
  /** The number of padding elements before the first element. */
  readonly low: readonly number[];
}

/**
 * `unfold`: `[..., ...inputSize] -> [..., ...kernelSize, ...outputSize]`, what each tap of each window reads, `value`
 * in the padding. `fold`, the transpose: what each tap holds is added where the tap reads, and the padding's is lost.
 */
export interface WindowSpec {
  readonly family: 'window';
  readonly access: 'unfold' | 'fold';
  readonly windows: Windows;
  readonly value: number;
}

/**
 * One of the three tensors `x [n, c, ...inputSize]`, `weight [o, c/groups, ...kernelSize]` and `y [n, o, ...outputSize]`
 * from the other two, in this order, by the sum of products
 * `y[n,o,p] = sum over c,k of x[n, c, p*stride + k*dilation - low] * weight[o,c,k]` or one of its two transposes.
 * Output channel o sees the input channels of its group only.
 */
export interface ConvSpec {
  readonly family: 'conv';
  readonly result: 'x' | 'weight' | 'y';
  readonly windows: Windows;
  readonly groups: number;
}

/**
 * Square matrices `a [...batch, n, n]`, by the name of the operation:
 * `cholesky`: L of `L L^T = (a + a^T) / 2`, zeros above its diagonal.
 * `solve`: inputs `(a, b [...batch, n, m])`, the x of `a x = b`, by elimination with partial pivoting.
 * `solveTriangular`: the same, where only the upper or lower triangle of `a` is read; of `unit` ones not the diagonal, which is 1.
 * `det`: determinants, `[...batch]`. `slogdet`: their signs and the logarithms of their absolute values, `[...batch, 2]`.
 *
 * The first three throw at a matrix that has no such result. Elements that are not finite make all of the result NaN, but in
 * `solveTriangular` only what depends on them.
 */
export type LinalgSpec =
  | { readonly family: 'linalg'; readonly result: 'cholesky' | 'solve' | 'det' | 'slogdet' }
  | {
      readonly family: 'linalg';
      readonly result: 'solveTriangular';
      readonly upper: boolean;
      readonly unit: boolean;
    };

export type KernelSpec =
  MapSpec | ReduceSpec | CopySpec | IndexSpec | SortSpec | MatmulSpec | WindowSpec | ConvSpec | LinalgSpec;

/** What one step of a plan does. */
export type StepSpec = KernelSpec | MapsSpec;

/** How an interpreter computes a primitive. */
export type Lowering = KernelSpec | ViewSpec | ReshapeSpec;
