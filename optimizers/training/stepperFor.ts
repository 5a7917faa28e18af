import { type CompileOption, readCompile } from '../../engine/plan/run/backends.js';
import { type AnyFunction, callerOf } from '../../engine/plan/run/caller.js';
import { compileStepper } from '../../engine/plan/run/loop.js';
import { type Step, type Stepper, eagerStepper } from '../../engine/plan/run/stepper.js';

/**
 * The stepper of a driver, eager or compiled.
 * @param driver The function that the user called, with this loss.
 * @param argumentNames The names of the step's arguments in errors; '' for one whose parts have names of their own.
 */
export function stepperFor<Carry, Args extends readonly unknown[], Out>(
  driver: string,
  loss: AnyFunction,
  argumentNames: readonly string[],
  step: Step<Carry, Args, Out>,
  compile: CompileOption | undefined,
): Stepper<Carry, Args, Out> {
  const caller = callerOf(driver, loss, argumentNames);
  const backend = readCompile(driver, compile);
  return backend === undefined ? eagerStepper(step, caller) : compileStepper(step, backend, caller);
}
