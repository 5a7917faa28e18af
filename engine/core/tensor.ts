/**
 * (1 of 7 in reading order) A tensor is an immutable value: a shape, an element type and numbers. What
 * makes it differentiable are two more fields that the user never touches:
 *
 * - `scopes`, a bit mask: which open gradient scopes (see grad.ts) this value depends on;
 * - `node`, how it was computed: the operation and its input tensors.
 *
 * A gradient scope is open while a function is being differentiated. Scopes nest like the calls of `grad`
 * do, so the scope at nesting depth d owns bit d, and a value inside `grad(x => ... grad(y => ...) ...)`
 * may carry both bits. Bits are reused after a scope closes; therefore every tensor has a serial number, and
 * a bit counts only if the scope that owns it now was opened before the tensor was made. A tensor that
 * leaves its scope thus becomes plain by itself.
 */
import { type NestedArray, nest } from './nestedArray.js';
import { toTypedArray } from '../ir/array.js';
import { ShapeError, TrackedReadError, UsageError } from './errors.js';
import { describe } from './options.js';
import { formatValues, jsonValues } from './print.js';
import { formatShape } from './shape.js';
import { sizeOf } from '../ir/layout.js';
import type { DType, Lowering, Shape, Signature, Strided, TypedArray } from '../ir/kernel.js';

/** How a tensor was computed. Kept only while a gradient scope depends on the result. */
export interface Node {
  readonly operation: Operation;
  readonly inputs: readonly Tensor[];
  readonly params: unknown;
  /** If an operation with several results computed it: that operation and all of them. */
  readonly siblings?: Siblings;
}

/** The results of one application of an operation that has several. */
export interface Siblings {
  readonly operation: MultiOperation;
  readonly results: readonly Tensor[];
}

/** What an operation knows of itself; primitives/definition/primitive.ts adds samples for the tests. */
export interface Operation<Params = unknown> {
  readonly name: string;
  /** Shape and dtype of the result; throws on inputs that do not fit. */
  signature(inputs: readonly Tensor[], params: Params): Signature;
  /** The kernel or view that computes it. */
  lower(inputs: readonly Tensor[], params: Params): Lowering;
  /** For each input, how a cotangent of the result becomes one of the input, or why it never does; in words: `g cos x`. */
  readonly gradient: (input: number) => GradientRule<Params>;
  inWords?(input: number, at: Application<Params>): string;
}

/**
 * An operation with several results: a loop, a choice, a function with a gradient of its own. To everything that asks how a
 * result was computed, each result is that of an operation of its own, `resultOf(operation, params, result)`.
 */
export interface MultiOperation<Params = unknown> {
  readonly name: string;
  /** Shapes and dtypes of the results; throws on inputs that do not fit. */
  signatures(inputs: readonly Tensor[], params: Params): readonly Signature[];
  /** The results as plain tensors, computed by operations. */
  compute(inputs: readonly Tensor[], params: Params): readonly Tensor[];
  /** Why no gradient flows from a result to an input, or null where it flows. */
  cut(params: Params, result: number, input: number): string | null;
  inWords?(input: number, params: Params): string;
  /**
   * The vector-Jacobian product for all results at once: from their cotangents, undefined for a result that has none, to
   * those of the inputs that are wanted.
   */
  pull(
    cotangents: readonly (Tensor | undefined)[],
    at: MultiApplication<Params>,
    wanted: readonly boolean[],
  ): readonly (Tensor | undefined)[];
}

/** One application of an operation with several results. */
export interface MultiApplication<Params> {
  readonly inputs: readonly Tensor[];
  readonly results: readonly Tensor[];
  readonly params: Params;
}

export type GradientRule<Params> = Vjp<Params> | Flat;

/** The vector-Jacobian product for one input: `g` has the result's shape, the returned tensor the input's. */
export type Vjp<Params> = (g: Tensor, at: Application<Params>) => Tensor;

/** A decision that no gradient flows to an input, with the reason that the error for a missing gradient shows. */
export interface Flat {
  readonly flat: string;
}

/** The tensor that a leaf of a gradient stands for, which may be much older; any other tensor itself. */
export function originOf(tensor: Tensor): Tensor {
  while (tensor.node?.operation === sameValue) tensor = tensor.node.inputs[0];
  return tensor;
}

/** The operation of a leaf: the same numbers, as a tensor that depends on a gradient of its own. */
export const sameValue: Operation = {
  name: 'leaf',
  signature: ([x]) => x,
  lower: () => ({ family: 'view', view: 'identity' }),
  gradient: () => (g) => g,
};

export const isFlat = <Params>(rule: GradientRule<Params>): rule is Flat => 'flat' in rule;

/** One application of an operation: its inputs, its result and its parameters. */
export interface Application<Params> {
  readonly inputs: readonly Tensor[];
  readonly output: Tensor;
  readonly params: Params;
}

/** The value of a tensor while a function is traced: a variable of the plan being written. */
export interface Traced {
  readonly variable: number;
}

let serials = 0;

/** An immutable array of numbers of one dtype; the only class that users of the engine meet. */
export class Tensor {
  readonly serial = ++serials;

  /** Internal: users call `tensor`, `zeros` and operations. */
  constructor(
    readonly shape: Shape,
    readonly dtype: DType,
    /** The numbers, in an array that is never written to again. */
    readonly value: Strided | Traced,
    readonly scopes = 0,
    readonly node: Node | null = null,
  ) {
    if (typeof value !== 'object')
      throw new UsageError('Tensor: the constructor is internal; use tensor([1, 2]) or fromTypedArray.');
  }

  get rank(): number {
    return this.shape.length;
  }

  get size(): number {
    return sizeOf(this.shape);
  }

  /** The value of a tensor with one element. Throws while a gradient is being taken through it. */
  item(): number {
    const { data, offset } = readable(this, 'item');
    if (this.size !== 1)
      throw new ShapeError(
        `item: a tensor of shape ${formatShape(this.shape)} is not one number; use toArray().`,
      );
    return data[offset];
  }

  /** The numbers as nested arrays of the tensor's shape. Throws while a gradient is being taken through it. */
  toArray(): NestedArray {
    return nest(this.shape, toTypedArray(readable(this, 'toArray')));
  }

  /** A copy of the numbers in row-major order. Throws while a gradient is being taken through it. */
  toTypedArray(): TypedArray {
    return toTypedArray(readable(this, 'toTypedArray'));
  }

  /**
   * Shape, dtype and numbers by rows, as in `Tensor(float32[3]: [1, 2, 3])`; of a large tensor only the first and last. While a
   * gradient is being taken through the tensor, `tracked` in place of the numbers.
   */
  toString(): string {
    const head = `Tensor(${this.dtype}${formatShape(this.shape)}`;
    if (!('data' in this.value)) return `${head}, traced)`;
    if (liveScopes(this) !== 0) return `${head}, tracked)`;
    const values = formatValues(this.value);
    return `${head}:${values.includes('\n') ? '\n' : ' '}${values})`;
  }

  /**
   * What JSON.stringify writes: `{shape, dtype, data}`, the data nested, non-finite values as text. For a tensor that
   * cannot be read, `data` says why.
   */
  toJSON(): { readonly shape: Shape; readonly dtype: DType; readonly data: unknown } {
    const { shape, dtype, value } = this;
    if (!('data' in value)) return { shape, dtype, data: 'traced: it has no numbers yet' };
    if (liveScopes(this) !== 0) return { shape, dtype, data: 'tracked: a gradient is being taken; use peek' };
    return { shape, dtype, data: jsonValues(nest(shape, toTypedArray(value))) };
  }

  /** What console.log shows in Node. */
  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return this.toString();
  }

  /** The value of a scalar where JavaScript wants a number; its text where it wants a string. */
  [Symbol.toPrimitive](hint: string): number | string {
    if (hint === 'string') return this.toString();
    return this.item();
  }
}

/** The owner of each bit: `openedAt[d]` is the last serial number before the scope of depth d opened. */
const openedAt: number[] = [];

/** The period in which a function is differentiated. */
export interface Scope {
  readonly bit: number;
  readonly openedAt: number;
}

export function openScope(): Scope {
  if (openedAt.length === 31) throw new UsageError('grad: more than 31 gradients are nested in one another.');
  const scope = { bit: 1 << openedAt.length, openedAt: serials };
  openedAt.push(serials);
  return scope;
}

/** Closes the innermost scope. */
export function closeScope(): void {
  openedAt.pop();
}

/**
 * Runs `body` as if no gradient were being taken around it: what it reads from outside is plain for it. So a function is
 * traced whose plan will be differentiated as a whole.
 */
export function outOfScopes<Result>(body: () => Result): Result {
  const before = [...openedAt];
  openedAt.fill(Infinity);
  try {
    return body();
  } finally {
    openedAt.splice(0, openedAt.length, ...before);
  }
}

/** The bits of the open scopes that a tensor depends on; 0 for a plain value. */
export function liveScopes(tensor: Tensor): number {
  if (tensor.scopes === 0) return 0;
  let live = 0;
  for (let depth = 0; depth < openedAt.length; depth++) {
    const bit = 1 << depth;
    if ((tensor.scopes & bit) !== 0 && openedAt[depth] < tensor.serial) live |= bit;
  }
  return live;
}

/** Whether a tensor depends on a scope, open or closed. */
export function dependsOn(tensor: Tensor, scope: Scope): boolean {
  return (tensor.scopes & scope.bit) !== 0 && tensor.serial > scope.openedAt;
}

/** The numbers of a tensor as nested arrays, for logging, also inside a gradient, which it does not affect. */
export function peek(tensor: Tensor): NestedArray {
  if (!(tensor instanceof Tensor)) throw new UsageError(`peek: takes a tensor, got ${describe(tensor)}.`);
  return nest(tensor.shape, toTypedArray(concrete(tensor, 'peek')));
}

/** The strided numbers of a tensor, for kernels. Throws during a trace, where there are none. */
export function concrete(tensor: Tensor, operation: string): Strided {
  if ('data' in tensor.value) return tensor.value;
  throw new TrackedReadError(
    `${operation}: the tensor of shape ${formatShape(tensor.shape)} is being traced and has no numbers yet; ` +
      'return it from the traced function and read it outside.',
  );
}

function readable(tensor: Tensor, operation: string): Strided {
  if (liveScopes(tensor) !== 0)
    throw new TrackedReadError(
      `${operation}: this tensor of shape ${formatShape(tensor.shape)} is inside a gradient that is still open; ` +
        'a number read here would cut the gradient without a word. Keep computing with tensors, return the value ' +
        'as aux, use peek(t) to log it, or stopGradient(t, why) first if the cut is meant.',
    );
  return concrete(tensor, operation);
}
