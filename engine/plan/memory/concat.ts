import type { CopySpec } from '../../ir/kernel.js';
import { contiguousStrides, isContiguous, sizeOf } from '../../ir/layout.js';
import { type Operand, type SerialPlan, type Step, isWholeBuffer } from '../../ir/plan.js';
import { copyStep } from './donate.js';

/**
 * The plan with the parts of concatenations computed where the whole has them, as far as those are parts that are stored one
 * after the other: joined along the first axis, or stacked. Parts that have another place are copied there.
 */
export function writePartsInPlace(plan: SerialPlan): SerialPlan {
  const fixed = new Set([
    ...plan.inputs,
    ...plan.literals.map(({ buffer }) => buffer),
    ...plan.outputs.map(({ buffer }) => buffer),
  ]);
  /** Where the buffer of a part went. */
  const moved = new Map<number, Operand>();
  const mayMove = (operand: Operand): boolean =>
    !fixed.has(operand.buffer) && !moved.has(operand.buffer) && isWholeBuffer(operand, plan.buffers);

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
    steps: steps.map((step) => ({
      ...step,
      inputs: step.inputs.map(placed),
      outputs: step.outputs.map(placed),
    })),
  };
}

/** Where each input of a copy goes, if each goes to a part of its own and together they fill the output. */
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
