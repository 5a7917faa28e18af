import { bytesOf } from '../../engine/ir/array.js';
import { spanOf } from '../../engine/ir/layout.js';
import { type LoweredPlan, type Operand, stepsOf, wholeBuffer } from '../../engine/ir/plan.js';
import type { MemoryUse } from '../../engine/plan/memory/memory.js';

/** Runs the steps on labels instead of numbers and finds a read of something that has been overwritten. */
export function firstClash(plan: LoweredPlan, memory: MemoryUse): string | null {
  const { buffers, inputs, literals, outputs } = plan;
  const owner = new Map<number, number>();
  const bytes = (operand: Operand): number[] => {
    const [from, to] = spanOf(operand);
    const size = bytesOf(buffers[operand.buffer].dtype);
    return Array.from(
      { length: ((to - from) * size) / 4 },
      (_, i) => memory.offsets[operand.buffer] + from * size + 4 * i,
    );
  };
  const write = (operand: Operand): void => {
    for (const byte of bytes(operand)) owner.set(byte, operand.buffer);
  };
  const isIntact = (operand: Operand): boolean =>
    bytes(operand).every((byte) => owner.get(byte) === operand.buffer);
  const all = (buffer: number): Operand => wholeBuffer(buffer, [buffers[buffer].size]);
  const constants = literals.map(({ buffer }) => all(buffer));
  [...inputs.map(all), ...constants].forEach(write);
  for (const [i, step] of stepsOf(plan).entries()) {
    for (const operand of step.inputs)
      if (!isIntact(operand)) return `step ${i} reads b${operand.buffer}, which is gone`;
    step.outputs.forEach(write);
  }
  for (const operand of [...outputs, ...constants])
    if (!isIntact(operand)) return `b${operand.buffer} does not last`;
  return null;
}
