import { bytesOf } from '../../ir/array.js';
import { type Span, overlap, spanOf } from '../../ir/layout.js';
import type { LoweredPlan, MemoryPlan, Operand, SerialPlan, Step } from '../../ir/plan.js';

/**
 * The plan in stages: successive steps are in one stage as long as none writes to memory that another one reads or writes,
 * where buffers that share a place count as the same memory. The order of the steps stays, and so does the memory.
 */
export function inStages({ steps, ...plan }: SerialPlan, memory: MemoryPlan): LoweredPlan {
  const bytes = ({ buffer, ...layout }: Operand): Span => {
    const [from, to] = spanOf(layout);
    const size = bytesOf(plan.buffers[buffer].dtype);
    return [memory.offsets[buffer] + from * size, memory.offsets[buffer] + to * size];
  };
  const stages: Step[][] = [];
  let [read, written]: Span[][] = [[], []];
  for (const step of steps) {
    const [reads, writes] = [step.inputs.map(bytes), step.outputs.map(bytes)];
    const meets = (mine: readonly Span[], others: readonly Span[]): boolean =>
      mine.some((span) => others.some((other) => overlap(span, other)));
    if (stages.length === 0 || meets(writes, read) || meets(writes, written) || meets(reads, written)) {
      stages.push([]);
      [read, written] = [[], []];
    }
    stages[stages.length - 1].push(step);
    read.push(...reads);
    written.push(...writes);
  }
  return { ...plan, stages };
}
