/**
 * Checks the gradients of a function, to any order, against differences. Order n is a recursion: the gradient of
 * the checked function is itself a function, and is checked by the same code.
 */
import { requireFunction, requireList } from '../core/arguments.js';
import { type Kinds, isIntegerFrom, kind, readOptions } from '../core/options.js';
import { Generator } from '../random/generator.js';
import { type Derivative, compareDerivatives } from './comparison.js';
import { type Field, fieldOf, flatten, gradientOf, rangeOf, sizeOfAll } from './field.js';
import { type Probe, elementProbe, elementProbes, randomProbe, randomProbes } from './probe.js';
import {
  type GradcheckReport,
  GradientError,
  type GradientProblem,
  excessOf,
  isWrong,
  nondeterminismProblem,
  problemsAmong,
  reportOf,
} from './report.js';

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

/** The most elements of arguments or results for which all derivatives are compared; for more, random directions are. */
const fullJacobian = 128;

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
): GradcheckReport {
  return check('gradcheck', f, args, options);
}

function check<Args extends readonly unknown[]>(
  caller: string,
  f: (...args: Args) => unknown,
  args: Args,
  options: GradcheckOptions | undefined,
): GradcheckReport {
  const {
    order = 1,
    directions = 3,
    seed = 0,
  } = readOptions<GradcheckOptions>(caller, options, gradcheckKinds);
  requireFunction(caller, f, 'the function to check');
  requireList(caller, args, 'the arguments of the function as a list');
  const random = new Generator(seed);
  let field = fieldOf(f, args);
  let [compared, worst] = [0, 0];
  for (let current = 1; ; current++) {
    const changed = nondeterminism(field, current, random);
    if (changed !== null) return reportOf([changed], compared, worst);
    const derivatives = derivativesOf(field, directions, random);
    const problems = problemsAmong(derivatives, current);
    compared += derivatives.length;
    worst = derivatives.reduce((most, derivative) => Math.max(most, excessOf(derivative)), worst);
    if (problems.length > 0 || current >= order) return reportOf(problems, compared, worst);
    field = gradientOf(field, current, random);
  }
}

/**
 * `gradcheck`, as an assertion.
 * @throws GradientError, with the report, if a gradient is wrong or cannot be checked.
 */
export function assertGradients<Args extends readonly unknown[]>(
  f: (...args: Args) => unknown,
  args: Args,
  options?: GradcheckOptions,
): void {
  const report = check('assertGradients', f, args, options);
  if (!report.ok) throw new GradientError(report);
}

function derivativesOf(field: Field, directions: number, random: Generator): Derivative[] {
  const { inputs, outputs } = field;
  if (Math.max(sizeOfAll(inputs), sizeOfAll(outputs)) <= fullJacobian)
    return compareDerivatives(field, elementProbes(outputs), elementProbes(inputs));
  const along = randomProbes(inputs, directions, random);
  return compareDerivatives(field, randomProbes(outputs, directions, random), along).map((derivative) =>
    isWrong(derivative) ? narrowed(field, derivative, random) : derivative,
  );
}

/** The derivative along one entry, found by halving a direction in which it is wrong. */
function narrowed(field: Field, derivative: Derivative, random: Generator): Derivative {
  const { result, argument } = derivative;
  const along = (probes: readonly Probe[]): Derivative[] => compareDerivatives(field, [result], probes);
  let [from, to] = rangeOf(field.inputs, argument.slot);
  while (to - from > 1) {
    const middle = (from + to) >> 1;
    const [lower, upper] = along([
      randomProbe(field.inputs, argument.slot, [from, middle], random),
      randomProbe(field.inputs, argument.slot, [middle, to], random),
    ]);
    if (excessOf(lower) > excessOf(upper)) to = middle;
    else from = middle;
  }
  const [entry] = along([elementProbe(field.inputs, argument.slot, from)]);
  return isWrong(entry) ? entry : derivative;
}

/** The first difference between two runs, one without and one with gradients: such a function has no derivative to check. */
function nondeterminism(field: Field, order: number, random: Generator): GradientProblem | null {
  const { point, evaluate, value, pullback } = flatten(field);
  const cotangent = random.normal(value.length, { dtype: 'float64' });
  const names = [...elementProbes(field.outputs), ...elementProbes(field.inputs)].map(({ name }, i) =>
    i < value.length ? name : `the gradient for ${name}`,
  );
  const first = [...evaluate(point), ...pullback(cotangent)];
  const second = [...value, ...flatten(field).pullback(cotangent)];
  const place = first.findIndex((number, i) => !Object.is(number, second[i]));
  return place < 0 ? null : nondeterminismProblem(names[place], first[place], second[place], order);
}
