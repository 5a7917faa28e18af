import type { CopySpec } from '../../ir/kernel.js';
import { contiguousStrides, isContiguous, sizeOf } from '../../ir/layout.js';
import { eventsOf, withOperands } from '../../ir/control.js';
import { type Operand, type SerialPlan, type Step, copyStep, isWholeBuffer } from '../../ir/plan.js';

/**
 * The plan with the parts of a concatenation computed in its result, where each part is contiguous there: joined along the
 * first axis, or stacked. Parts that must stay in buffers of their own are copied.
 */
export function writePartsInPlace(plan: SerialPlan): SerialPlan {
  // What is not computed here stays where it is: inputs, literals, and in steps inside of a step whatever comes from around them.
  const movable = new Set(eventsOf(plan.steps).flatMap(({ outputs }) => outputs.map(({ buffer }) => buffer)));
  for (const { buffer } of plan.outputs) movable.delete(buffer);
  /** For each buffer that is no longer used, the part of the result in its place. */
  const moved = new Map<number, Operand>();
  const mayMove = (operand: Operand): boolean =>
    movable.has(operand.buffer) && !moved.has(operand.buffer) && isWholeBuffer(operand, plan.buffers);

  const steps = plan.steps.flatMap((step): readonly Step[] => {
    const parts = step.spec.family === 'copy' ? partsOf(step.spec, step) : undefined;
    if (parts === undefined || !step.inputs.some(mayMove)) return [step];
    return step.inputs.flatMap((operand, i) => {
      if (!mayMove(operand)) return [copyStep(operand, parts[i], plan.buffers)];
      moved.set(operand.buffer, parts[i]);
      return [];
    });
  });
  if (moved.size === 0) return plan;
  const placed = (operand: Operand): Operand => {
    const part = moved.get(operand.buffer);
    return part === undefined
      ? operand
      : placed({ ...operand, buffer: part.buffer, offset: part.offset + operand.offset });
  };
  return {
    ...plan,
    steps: steps.map((step) => withOperands(step, placed)),
  };
}

/** The place of each input of a copy in the output; undefined unless they are contiguous, do not overlap and fill it. */
function partsOf({ boxes }: CopySpec, { inputs, outputs: [output] }: Step): readonly Operand[] | undefined {
  const strides = contiguousStrides(output.shape);
  const parts = boxes.map(({ start, step }, i): Operand => ({
    buffer: output.buffer,
    shape: inputs[i].shape,
    strides: strides.map((stride, axis) => stride * step[axis]),
    offset: output.offset + start.reduce((sum, s, axis) => sum + s * strides[axis], 0),
  }));
  if (!parts.every(isContiguous)) return undefined;
  const filled = [...parts]
    .sort((a, b) => a.offset - b.offset)
    .reduce((end, { offset, shape }) => (offset === end ? end + sizeOf(shape) : NaN), output.offset);
  return filled === output.offset + sizeOf(output.shape)
    ? parts.map((part) => ({ ...part, strides: contiguousStrides(part.shape) }))
    : undefined;
}
