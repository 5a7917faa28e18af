import { bytesOf } from '../../ir/array.js';
import { eventsOf, isControlStep, withBodies } from '../../ir/control.js';
import { type Span, overlap, spanOf } from '../../ir/layout.js';
import type {
  Buffer,
  LoopSpec,
  LoweredPlan,
  MemoryPlan,
  Operand,
  SerialPlan,
  Stages,
  Step,
} from '../../ir/plan.js';

/**
 * The plan in stages: successive steps are in one stage as long as none writes to memory that another one reads or writes,
 * where buffers that share a place count as the same memory. The order of the steps stays, and so does the memory.
 */
export function inStages({ steps, ...plan }: SerialPlan, memory: MemoryPlan): LoweredPlan {
  return { ...plan, stages: stagesOf(steps, placesIn(plan.buffers, memory), plan.buffers) };
}

/** The bytes of an operand. */
type Place = (operand: Operand) => Span;

const placesIn =
  (buffers: readonly Buffer[], { offsets }: MemoryPlan): Place =>
  (operand) => {
    const [from, to] = spanOf(operand);
    const size = bytesOf(buffers[operand.buffer].dtype);
    return [offsets[operand.buffer] + from * size, offsets[operand.buffer] + to * size];
  };

/** The same with rows, which may be any of theirs. */
const placesWithRows =
  (place: Place, { rows, count }: LoopSpec, buffers: readonly Buffer[]): Place =>
  (operand) => {
    const row = rows.find(({ buffer }) => buffer === operand.buffer);
    if (row === undefined) return place(operand);
    const [from, to] = place(row.first);
    const moved = (count - 1) * row.stride * bytesOf(buffers[operand.buffer].dtype);
    return [Math.min(from, from + moved), Math.max(to, to + moved)];
  };

function stagesOf(steps: readonly Step[], place: Place, buffers: readonly Buffer[]): Stages {
  const stages: Step[][] = [];
  let [read, written]: Span[][] = [[], []];
  for (const step of steps) {
    const events = eventsOf([step]);
    const reads = events.flatMap(({ inputs }) => inputs.map(place));
    const writes = events.flatMap(({ outputs }) => outputs.map(place));
    if (stages.length === 0 || meet(reads, written) || meet(writes, written) || meet(writes, read)) {
      stages.push([]);
      [read, written] = [[], []];
    }
    stages[stages.length - 1].push(staged(step, place, buffers));
    for (const span of reads) read.push(span);
    for (const span of writes) written.push(span);
  }
  return stages;
}

/** A step with what is inside of it in stages, too. */
function staged(step: Step, place: Place, buffers: readonly Buffer[]): Step {
  if (!isControlStep(step)) return step;
  const inside = step.spec.family === 'loop' ? placesWithRows(place, step.spec, buffers) : place;
  return { ...step, spec: withBodies(step.spec, (body) => stagesOf(body.flat(), inside, buffers)) };
}

/** Whether a span of one list overlaps one of the other. Plain loops: it is called for every step of every plan. */
function meet(some: readonly Span[], others: readonly Span[]): boolean {
  for (let i = 0; i < some.length; i++)
    for (let k = 0; k < others.length; k++) if (overlap(some[i], others[k])) return true;
  return false;
}
