import { IndexError, MemoryError } from '../../backends/errors.js';
import { LinAlgError, ShapeError, UsageError } from '../../core/errors.js';
import type { TypedArray } from '../../ir/kernel.js';
import { eventsOf, isControlStep } from '../../ir/control.js';
import { type LoweredPlan, stepsOf } from '../../ir/plan.js';
import type { LoweredFunction } from './build.js';

const mebibytes = (bytes: number): string => `${Math.ceil(bytes / 2 ** 20)} MiB`;

/**
 * An error of a backend, as an error of the function that the user called.
 *
 * @param view The plan's memory, for finding the argument with an index out of range.
 */
export function failureOf(
  lowered: LoweredFunction,
  error: unknown,
  view?: (buffer: number) => TypedArray,
): Error {
  const { name, memory } = lowered;
  if (!(error instanceof Error)) return new Error(`${name}: ${String(error)}`);
  const what = error.message.replace(/^compile: /, '');
  const options = { cause: error };
  if (error instanceof MemoryError)
    return new UsageError(
      `${name}: the plan needs ${mebibytes(memory.bytes)}, ${mebibytes(memory.lasting)} of them for arguments, literals and ` +
        `results, and ${what}. Use smaller batches or fewer steps in one call, or keep less for the gradient: remat(f) computes ` +
        'it a second time.',
      options,
    );
  if (error instanceof IndexError) {
    const culprit = view === undefined ? undefined : argumentAtFault(lowered, view);
    return new ShapeError(
      `${name}: ${what}${culprit === undefined ? '' : ` The indices are ${culprit}.`}`,
      options,
    );
  }
  if (error instanceof LinAlgError) return new LinAlgError(`${name}: ${what}`, options);
  const isUsage = [RangeError, TypeError, UsageError].some((kind) => error instanceof kind);
  return new (isUsage ? UsageError : Error)(`${name}: ${what}`, options);
}

/** The argument that holds an index out of range, if one does. */
function argumentAtFault(
  { steps, inputNames }: LoweredFunction,
  view: (buffer: number) => TypedArray,
): string | undefined {
  const { inputs }: LoweredPlan = steps;
  for (const { step, inputs: operands } of eventsOf(stepsOf(steps))) {
    if (isControlStep(step) || step.spec.family !== 'index') continue;
    const { spec, signature } = step;
    const [values, { buffer }] = operands;
    const size = (spec.access === 'gather' ? values : signature).shape[spec.axis];
    const argument = inputs.indexOf(buffer);
    if (argument >= 0 && view(buffer).some((index) => index < 0 || index >= size))
      return inputNames[argument];
  }
  return undefined;
}
