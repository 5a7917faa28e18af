import { isControlStep } from '../../../ir/control.js';
import type { KernelStep, LoopSpec, LoweredPlan, Operand, Stages, Step } from '../../../ir/plan.js';

/** The most kernels of a plan with its loops written out. */
export const mostSteps = 2000;

/**
 * The kernels of a plan one after the other, with loops written out: gpu.js runs a fixed list of kernels.
 * @throws RangeError for more of them than it is reasonable to build, and for a choice.
 */
export function writtenOut({ stages }: LoweredPlan): readonly KernelStep[] {
  const count = kernelsIn(stages);
  if (count > mostSteps)
    throw new RangeError(
      `compile: the loops of the plan are ${count} kernels when they are written out, as gpu.js needs them, and at most ` +
        `${mostSteps} are taken; use shorter loops, or the wasm backend.`,
    );
  return stepsIn(stages, (operand) => operand);
}

const kernelsIn = (stages: Stages): number =>
  stages.flat().reduce((sum, step) => {
    if (!isControlStep(step)) return sum + 1;
    return sum + (step.spec.family === 'loop' ? step.spec.count * kernelsIn(step.spec.body) : 1);
  }, 0);

/** Where an operand is in this run of the loops around it. */
type Place = (operand: Operand) => Operand;

function stepsIn(stages: Stages, place: Place): readonly KernelStep[] {
  return stages.flat().flatMap((step: Step) => {
    if (!isControlStep(step))
      return [{ ...step, inputs: step.inputs.map(place), outputs: step.outputs.map(place) }];
    const { spec } = step;
    if (spec.family === 'choice')
      throw new RangeError(
        'compile: the plan has a choice between two branches, and gpu.js runs all kernels of a plan; use the wasm backend.',
      );
    return Array.from({ length: spec.count }, (_, run) => {
      const k = spec.reverse ? spec.count - 1 - run : run;
      return stepsIn(spec.body, placeInRun(spec, k, place));
    }).flat();
  });
}

function placeInRun({ rows }: LoopSpec, k: number, place: Place): Place {
  const starts = new Map(
    rows.map(({ buffer, first, stride }) => [buffer, place({ ...first, offset: first.offset + k * stride })]),
  );
  return (operand) => {
    const start = starts.get(operand.buffer);
    return start === undefined
      ? place(operand)
      : { ...operand, buffer: start.buffer, offset: start.offset + operand.offset };
  };
}
