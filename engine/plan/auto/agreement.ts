/** Whether two executables compute the same, as far as float32 can tell. */
import type { TypedArray } from '../../ir/kernel.js';
import type { LoweredPlan } from '../../ir/plan.js';
import type { Executable } from '../../backends/executable.js';

/** float32 sums of a thousand terms in another order differ by a tenth of it. */
const tolerance = 1e-4;
/** Two units in the last place: what arguments are shifted by to see what rounding does to a plan. */
const shift = 2 ** -22;
/** The error that is allowed, in multiples of the effect of that shift: a plan rounds more often than its arguments were. */
const rounds = 4;

/** Brings arguments into an executable's memory, where a run may have written over them. */
export function fillArguments(
  { inputs }: LoweredPlan,
  executable: Executable,
  args: readonly TypedArray[],
): void {
  inputs.forEach((buffer, i) => {
    executable.view(buffer).set(args[i]);
  });
}

/** The results of one run with these arguments. */
export function resultsOf(
  plan: LoweredPlan,
  executable: Executable,
  args: readonly TypedArray[],
): TypedArray[] {
  fillArguments(plan, executable, args);
  executable.run();
  return plan.outputs.map(({ buffer }) => executable.view(buffer).slice());
}

/**
 * The error of another executable in units of what is allowed: 1e-4 of each result's root mean square, or, where that is
 * more, four times what the result changes by if the arguments change in their last places. (A result may be nothing but
 * rounding errors, such as a gradient that cancels out, and Adam makes full steps of it.)
 *
 * @param expected The results of `executable`.
 * @param others Those of the other one.
 */
export function disagreement(
  plan: LoweredPlan,
  executable: Executable,
  args: readonly TypedArray[],
  expected: readonly TypedArray[],
  others: readonly TypedArray[],
): number {
  const off = distances(expected, others);
  const allowed = expected.map((numbers) => tolerance * rootMeanSquare(numbers));
  const inUnits = (units: readonly number[]): number =>
    Math.max(0, ...off.map((distance, i) => (distance === 0 ? 0 : distance / units[i])));
  if (inUnits(allowed) <= 1) return inUnits(allowed);
  const moved = distances(expected, resultsOf(plan, executable, args.map(shifted)));
  return inUnits(allowed.map((units, i) => Math.max(units, rounds * moved[i])));
}

const shifted = (numbers: TypedArray): TypedArray =>
  numbers instanceof Int32Array ? numbers : numbers.map((x, k) => x * (k % 2 === 0 ? 1 - shift : 1 + shift));

/** The largest difference of two elements in the same place, for each result. */
const distances = (some: readonly TypedArray[], others: readonly TypedArray[]): number[] =>
  some.map((numbers, i) => {
    let largest = 0;
    for (let k = 0; k < numbers.length; k++) largest = Math.max(largest, Math.abs(numbers[k] - others[i][k]));
    return largest;
  });

function rootMeanSquare(numbers: TypedArray): number {
  let squares = 0;
  for (let k = 0; k < numbers.length; k++) squares += numbers[k] ** 2;
  return Math.sqrt(squares / numbers.length);
}
