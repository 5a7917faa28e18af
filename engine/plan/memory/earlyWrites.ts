import { isControlStep, kernelsOf } from '../../ir/control.js';
import { type LoweredPlan, type Step, stepsOf } from '../../ir/plan.js';

/** Whether a run that throws at an index out of range may have written over an argument by then. */
export function overwritesEarly(plan: LoweredPlan): boolean {
  const steps = stepsOf(plan);
  const last = lastCheck(steps);
  // What is inside of a step writes before it is done.
  return steps
    .slice(0, last < 0 ? 0 : isControlStep(steps[last]) ? last + 1 : last)
    .some(({ outputs }) => outputs.some(({ buffer }) => plan.inputs.includes(buffer)));
}

/** The number of the last step that may throw at an index: one whose indices no step before it has checked; -1 if none. */
function lastCheck(steps: readonly Step[]): number {
  const checked = new Set<string>();
  return steps.reduce((last, step, i) => {
    if (isControlStep(step)) return kernelsOf([step]).some(({ spec }) => spec.family === 'index') ? i : last;
    const { spec, inputs, signature } = step;
    if (spec.family !== 'index') return last;
    const [values, indices] = inputs;
    const { shape } = spec.access === 'gather' ? values : signature;
    const written = steps
      .slice(0, i)
      .findLastIndex(({ outputs }) => outputs.some(({ buffer }) => buffer === indices.buffer));
    const key = JSON.stringify([indices, written, shape[spec.axis]]);
    const isNew = !checked.has(key);
    checked.add(key);
    return isNew ? i : last;
  }, -1);
}
