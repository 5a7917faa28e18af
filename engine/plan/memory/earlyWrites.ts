import { type LoweredPlan, type Step, stepsOf } from '../../ir/plan.js';

/** Whether a run that throws at an index out of range may have written over an argument by then. */
export function overwritesEarly(plan: LoweredPlan): boolean {
  const steps = stepsOf(plan);
  return steps
    .slice(0, Math.max(0, lastCheck(steps)))
    .some(({ outputs }) => outputs.some(({ buffer }) => plan.inputs.includes(buffer)));
}

/** The number of the last step that may throw at an index: one whose indices no step before it has checked; -1 if none. */
function lastCheck(steps: readonly Step[]): number {
  const checked = new Set<string>();
  return steps.reduce((last, { spec, inputs: [values, indices], signature }, i) => {
    if (spec.family !== 'index') return last;
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
