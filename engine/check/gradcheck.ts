/**
 * Checks the gradients of a function, to any order, against differences. Order n is a recursion: the gradient of
 * the checked function is itself a function, and is checked by the same code. A gradient of the user's own is checked by it too.
 */
import { requireFunction, requireList } from '../core/arguments.js';
import { UsageError } from '../core/errors.js';
import { type Kinds, isIntegerFrom, isPlainObject, kind, readOptions } from '../core/options.js';
import { Generator } from '../random/generator.js';
import { fieldOf, flatten, gradientOf } from './field.js';
import type { FlatField } from './flat.js';
import { type OwnGradient, ownGradientOf } from './ownGradient.js';
import { type GradcheckReport, GradientError, excessOf, problemsAmong, reportOf } from './report.js';
import { derivativesOf, nondeterminism } from './search.js';
import { suggestionsFor } from './suggestions.js';

export { type GradcheckReport, GradientError, type GradientProblem } from './report.js';

export interface GradcheckOptions {
  /** The highest order of differentiation to check, from 1 (default) to 6; every lower order is checked first. */
  readonly order?: number;
  /** The number of random directions to check in each tensor where the full Jacobian is too large; default 3. */
  readonly directions?: number;
  /** The seed of random directions and cotangents; default 0. */
  readonly seed?: number;
}

/** Each order has twice the arguments of the one before, and more than twice the operations. */
const highestOrder = 6;

const gradcheckKinds: Kinds<GradcheckOptions> = {
  order: kind(
    `an integer from 1 to ${highestOrder}`,
    (value) => Number.isInteger(value) && (value as number) >= 1 && (value as number) <= highestOrder,
  ),
  directions: isIntegerFrom(1),
  seed: isIntegerFrom(0),
};

/**
 * Compares the derivatives of f at `args` by reverse mode with central differences (see differences.ts).
 *
 * `args` are trees of float64 tensors, which are varied, and int32 tensors, which are not; f returns a tensor or a
 * tree of them. Where result and arguments are small the full Jacobian is compared, else random directions in each
 * tensor, and a direction that is wrong is narrowed down to one entry. From the second order on the cotangents are
 * arguments too.
 *
 * The tolerance is 1e-9 of the derivative, or of the root mean square of its block (one tensor of the result by one
 * of the arguments) where that is larger, plus the rounding of f over the step: a derivative below about 1e-11 of
 * f's own size cannot be told from 0.
 * @throws DTypeError if a float argument or result is not float64.
 */
export function gradcheck<Args extends readonly unknown[]>(
  f: (...args: Args) => unknown,
  args: Args,
  options?: GradcheckOptions,
): GradcheckReport;
/**
 * Compares a gradient of your own with central differences, both plain functions of numbers, arrays of numbers, Float32Arrays,
 * Float64Arrays and plain objects of them. If f returns a number, `df(...args)` is its gradient; else `df(...args, g)` is the
 * vector-Jacobian product with a cotangent g like f's result. For one argument it returns an array like it, for several a list
 * of them. Anything without float numbers is held fixed.
 *
 * The tolerance is as for tensors; with Float32Arrays among arguments or results it is 1e-4 of the derivative, plus the
 * rounding of float32. Only the first order is checked; for the second, check df as an f with a df of its own.
 * @throws ShapeError, UsageError naming the part of a gradient or result that is missing or has another shape.
 */
export function gradcheck<Args extends readonly unknown[], Result>(
  pair: OwnGradient<Args, Result>,
  args: readonly [...Args],
  options?: GradcheckOptions,
): GradcheckReport;
export function gradcheck(f: unknown, args: readonly unknown[], options?: GradcheckOptions): GradcheckReport {
  return check('gradcheck', f, args, options);
}

function check(
  caller: string,
  f: unknown,
  args: readonly unknown[],
  options: GradcheckOptions | undefined,
): GradcheckReport {
  const {
    order = 1,
    directions = 3,
    seed = 0,
  } = readOptions<GradcheckOptions>(caller, options, gradcheckKinds);
  const isOwn = isPlainObject(f);
  if (!isOwn) requireFunction(caller, f, 'the function to check, or {f, df} with a gradient of its own');
  requireList(caller, args, 'the arguments of the function as a list');
  if (isOwn && order > 1)
    throw new UsageError(
      `${caller}: {f, df} has one gradient, of order 1, so order ${order} cannot be checked. Give df as an f with a df of its own.`,
    );
  const random = new Generator(seed);
  if (isOwn) return checkOrder(ownGradientOf(caller, f, args), 1, directions, random);
  let field = fieldOf(f as (...args: never) => unknown, args);
  let [compared, worst] = [0, 0];
  for (let current = 1; ; current++) {
    const report = checkOrder(() => flatten(field), current, directions, random);
    compared += report.compared;
    worst = Math.max(worst, report.worst);
    if (!report.ok || current >= order) return reportOf({ ...report, compared, worst });
    field = gradientOf(field, current, random);
  }
}

/** Compares one gradient. `linearize` gives the function with its gradient, anew at each call. */
function checkOrder(
  linearize: () => FlatField,
  order: number,
  directions: number,
  random: Generator,
): GradcheckReport {
  const field = linearize();
  const changed = nondeterminism(field, linearize, order, random);
  if (changed !== null) return reportOf({ problems: [changed], compared: 0, worst: 0, suggestions: [] });
  const derivatives = derivativesOf(field, directions, random);
  return reportOf({
    problems: problemsAmong(derivatives, order),
    compared: derivatives.length,
    worst: derivatives.reduce((most, derivative) => Math.max(most, excessOf(derivative)), 0),
    suggestions: suggestionsFor(derivatives),
  });
}

/**
 * `gradcheck`, as an assertion.
 * @throws GradientError, with the report, if a gradient is wrong or cannot be checked.
 */
export function assertGradients<Args extends readonly unknown[]>(
  f: (...args: Args) => unknown,
  args: Args,
  options?: GradcheckOptions,
): void;
/** The same for a gradient of your own. */
export function assertGradients<Args extends readonly unknown[], Result>(
  pair: OwnGradient<Args, Result>,
  args: readonly [...Args],
  options?: GradcheckOptions,
): void;
export function assertGradients(f: unknown, args: readonly unknown[], options?: GradcheckOptions): void {
  const report = check('assertGradients', f, args, options);
  if (!report.ok) throw new GradientError(report);
}
