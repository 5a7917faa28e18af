import type { Tensor } from '../../core/tensor.js';
import type { Loop, Plan } from '../../plan/trace/plan.js';
import { type MaybeBatched, permute, withBatchAxis } from '../../primitives/index.js';
import { batchPlan } from '../batch.js';

/**
 * A loop for many examples is the loop of the step for many examples. A carry has a batch axis if it has one before the first
 * step or after any. Items and outs have theirs behind the axis of steps.
 */
export function batchLoop(
  inputs: readonly MaybeBatched[],
  loop: Loop,
  size: number,
  apply: (inputs: readonly Tensor[], loop: Loop) => readonly Tensor[],
): readonly MaybeBatched[] {
  const { carry, items } = loop;
  const { body, marks } = batchStep(loop, inputs, size);
  const operands = inputs.map((input, i) => {
    if (i < carry) return marks[i] ? withBatchAxis(input, size) : input.tensor;
    return i < carry + items && input.batched ? exchanged(input.tensor) : input.tensor;
  });
  return apply(operands, { ...loop, body }).map((tensor, k) => ({
    tensor: k < carry || !marks[k] ? tensor : exchanged(tensor),
    batched: marks[k],
  }));
}

/** The step for many examples, and which of its outputs have a batch axis. */
function batchStep(
  { body, carry }: Loop,
  inputs: readonly MaybeBatched[],
  size: number,
): { readonly body: Plan; readonly marks: readonly boolean[] } {
  let carried = inputs.slice(0, carry).map(({ batched }) => batched);
  for (;;) {
    const batched = inputs.map((input, i) => carried[i] ?? input.batched);
    const step = batchPlan(body, batched, size, (result, k) =>
      carried[k] ? withBatchAxis(result, size) : result.tensor,
    );
    const marks = step.marks.map((mark, k) => mark || (carried[k] ?? false));
    const grown = marks.slice(0, carry);
    if (!grown.some((mark, i) => mark && !carried[i])) return { body: step.plan, marks };
    carried = grown;
  }
}

/** With the first two axes exchanged. */
const exchanged = (x: Tensor): Tensor =>
  permute(
    x,
    x.shape.map((_, i) => (i < 2 ? 1 - i : i)),
  );
