import { isControlStep, mayThrow } from '../../ir/control.js';
import { type LoweredPlan, type Step, stepsOf } from '../../ir/plan.js';

/** Whether a run that throws, at an index or at a matrix, may have written over an argument by then. */
export function overwritesEarly(plan: LoweredPlan): boolean {
  const steps = stepsOf(plan);
  return steps
    .slice(0, begunAtLastError(steps))
    .some(({ outputs }) => outputs.some(({ buffer }) => plan.inputs.includes(buffer)));
}

/**
 * How many steps may have written when the last of those that throw does. One at an index, unless a step before it has
 * checked the same indices, does so before it writes; one at a matrix may have written the results of those before it, and
 * what is inside of a step writes before it is done.
 */
function begunAtLastError(steps: readonly Step[]): number {
  const checked = new Set<string>();
  return steps.reduce((begun, step, i) => {
    if (isControlStep(step) || step.spec.family === 'linalg') return mayThrow([step]) ? i + 1 : begun;
    const { spec, inputs, signature } = step;
    if (spec.family !== 'index') return begun;
    const [values, indices] = inputs;
    const { shape } = spec.access === 'gather' ? values : signature;
    const written = steps
      .slice(0, i)
      .findLastIndex(({ outputs }) => outputs.some(({ buffer }) => buffer === indices.buffer));
    const key = JSON.stringify([indices, written, shape[spec.axis]]);
    const isNew = !checked.has(key);
    checked.add(key);
    return isNew ? i : begun;
  }, 0);
}
