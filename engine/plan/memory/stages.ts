import { bytesOf } from '../../ir/array.js';
import { type Span, overlap, spanOf } from '../../ir/layout.js';
import type { LoweredPlan, MemoryPlan, Operand, SerialPlan, Step } from '../../ir/plan.js';

/**
 * The plan in stages: successive steps are in one stage as long as none writes to memory that another one reads or writes,
 * where buffers that share a place count as the same memory. The order of the steps stays, and so does the memory.
 */
export function inStages({ steps, ...plan }: SerialPlan, memory: MemoryPlan): LoweredPlan {
  const bytes = (operand: Operand): Span => {
    const [from, to] = spanOf(operand);
    const size = bytesOf(plan.buffers[operand.buffer].dtype);
    const start = memory.offsets[operand.buffer];
    return [start + from * size, start + to * size];
  };
  const stages: Step[][] = [];
  let [read, written]: Span[][] = [[], []];
  for (const step of steps) {
    const [reads, writes] = [step.inputs.map(bytes), step.outputs.map(bytes)];
    if (stages.length === 0 || meet(reads, written) || meet(writes, written) || meet(writes, read)) {
      stages.push([]);
      [read, written] = [[], []];
    }
    stages[stages.length - 1].push(step);
    for (const span of reads) read.push(span);
    for (const span of writes) written.push(span);
  }
  return { ...plan, stages };
}

/** Whether a span of one list overlaps one of the other. Plain loops: it is called for every step of every plan. */
function meet(some: readonly Span[], others: readonly Span[]): boolean {
  for (let i = 0; i < some.length; i++)
    for (let k = 0; k < others.length; k++) if (overlap(some[i], others[k])) return true;
  return false;
}
