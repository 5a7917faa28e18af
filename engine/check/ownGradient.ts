/** Functions of plain numbers with a gradient of the user's own, as gradcheck sees them. */
import { refusePromise } from '../core/arguments.js';
import { ShapeError, UsageError } from '../core/errors.js';
import { describe, isFunction, readOptions } from '../core/options.js';
import { type FlatField, double, single } from './flat.js';
import { type Listing, listNumbers, numbersLike, withNumbers } from './plainData.js';
import { subscript } from './probe.js';

/** An argument's gradient, which has its parts: arrays may be of any class, and what holds no float numbers is left out. */
export type GradientLike<T> = T extends number
  ? number
  : T extends Float32Array | Float64Array | readonly number[]
    ? Float32Array | Float64Array | readonly number[]
    : T extends string | boolean | bigint | null | undefined | ArrayBufferView
      ? unknown
      : T extends readonly unknown[]
        ? { readonly [I in keyof T]: GradientLike<T[I]> }
        : {
            readonly [Name in keyof T as unknown extends GradientLike<T[Name]> ? never : Name]: GradientLike<
              T[Name]
            >;
          };

/** The gradient of one argument, or a list of those of several. */
export type GradientsLike<Args extends readonly unknown[]> = Args extends readonly [infer Only]
  ? GradientLike<Only>
  : { readonly [I in keyof Args]: GradientLike<Args[I]> };

/** A function of numbers and arrays with its gradient, both plain JavaScript. */
export interface OwnGradient<Args extends readonly unknown[], Result> {
  /** Returns a number, an array of numbers, a Float32Array, a Float64Array or a plain object of them. */
  readonly f: (...args: Args) => Result;
  /**
   * The gradient of f if f returns a number; else the vector-Jacobian product with the cotangent `g`, an array like f's result
   * that comes behind the arguments. f is called with the same arguments just before.
   */
  readonly df: NoInfer<
    Result extends number
      ? (...args: Args) => GradientsLike<Args>
      : (...args: [...args: Args, g: Result]) => GradientsLike<Args>
  >;
}

/** The type of f and df when they are called. */
type Untyped = (...args: readonly unknown[]) => unknown;

/** What others call the parts. */
const elsewhere = Object.fromEntries([
  ...['forward', 'fn', 'func', 'value'].map((name) => [name, 'The function is f.']),
  ...['backward', 'grad', 'gradient', 'vjp'].map((name) => [name, 'The gradient is df.']),
]) as Readonly<Record<string, string>>;

/** f with its gradient at `args`; anew at each call, since two calls tell whether f and df always return the same. */
export function ownGradientOf(caller: string, pair: unknown, args: readonly unknown[]): () => FlatField {
  const { f, df } = readOptions<{ readonly f: Untyped; readonly df: Untyped }>(
    caller,
    pair,
    { f: isFunction, df: isFunction },
    { required: ['f', 'df'], elsewhere },
  );
  const inputs = joined(args.map((arg, i) => listNumbers(caller, arg, `args[${i}]`)));
  if (inputs.values.length === 0)
    throw new UsageError(`${caller}: no argument holds a number or a float array to differentiate by.`);
  requireFinite(caller, inputs);
  const run = (at: Float64Array): unknown => {
    const result = f(...(withNumbers(caller, args, at) as readonly unknown[]));
    refusePromise(caller, result);
    return result;
  };
  return () => {
    const result = run(inputs.values);
    const outputs = listNumbers(caller, result, 'result');
    if (outputs.values.length === 0)
      throw new UsageError(
        `${caller}: f returned ${describe(result)}; it returns a number, a float array or a plain object of them.`,
      );
    // A copy: f may return the same array each time, with other numbers.
    const shape = withNumbers(caller, result, outputs.values);
    return {
      inputs: inputs.slots,
      outputs: outputs.slots,
      point: inputs.values,
      value: outputs.values,
      evaluate: (at) => numbersLike(caller, 'f', shape, run(at), 'result'),
      pullback(cotangent) {
        run(inputs.values);
        const point = withNumbers(caller, args, inputs.values) as readonly unknown[];
        const isScalar = typeof shape === 'number';
        const returned = df(...point, ...(isScalar ? [] : [withNumbers(caller, shape, cotangent)]));
        refusePromise(caller, returned);
        const gradient = gradientIn(caller, args, returned);
        return isScalar ? gradient.map((value) => value * cotangent[0]) : gradient;
      },
      precision: inputs.isSingle || outputs.isSingle ? single : double,
    };
  };
}

function joined(listings: readonly Listing[]): Listing {
  return {
    slots: listings.flatMap(({ slots }) => slots),
    values: concatenated(listings.map(({ values }) => values)),
    isSingle: listings.some(({ isSingle }) => isSingle),
  };
}

const concatenated = (arrays: readonly Float64Array[]): Float64Array =>
  Float64Array.from(arrays.flatMap((values) => [...values]));

/** The numbers of what df returned: the gradient of a single argument, or a list of those of several. */
function gradientIn(caller: string, args: readonly unknown[], returned: unknown): Float64Array {
  if (args.length === 1) return numbersLike(caller, 'df', args[0], returned, 'args[0]');
  if (!Array.isArray(returned) || returned.length !== args.length)
    throw new ShapeError(
      `${caller}: df returned ${describe(returned)}; it returns a list of gradients, one for each of ${args.length} arguments.`,
    );
  return concatenated(args.map((arg, i) => numbersLike(caller, 'df', arg, returned[i], `args[${i}]`)));
}

function requireFinite(caller: string, { slots, values }: Listing): void {
  let next = 0;
  for (const { name, shape } of slots)
    for (let i = 0; i < (shape[0] ?? 1); i++) {
      const value = values[next++];
      if (!Number.isFinite(value))
        throw new UsageError(
          `${caller}: ${name}${subscript(shape, i)} is ${value}; a gradient is checked at finite numbers.`,
        );
    }
}
