import type { Tensor } from '../../core/tensor.js';
import type { Loop, Plan } from '../../plan/trace/plan.js';
import { traceClosed } from '../../plan/trace/trace.js';
import { type MaybeBatched, permute, withBatchAxis } from '../../primitives/index.js';
import { evaluateBatched } from '../batch.js';

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
    const signatures = body.inputs.map(({ shape, dtype }, i) => ({
      shape: batched[i] ? [size, ...shape] : shape,
      dtype,
    }));
    const run = (tensors: readonly Tensor[]): { outputs: readonly Tensor[]; marks: readonly boolean[] } => {
      const given = tensors.map((tensor, i) => ({ tensor, batched: batched[i] }));
      const results = evaluateBatched(body, given, size);
      return {
        outputs: results.map((result, k) => (carried[k] ? withBatchAxis(result, size) : result.tensor)),
        marks: results.map((result, k) => result.batched || (carried[k] ?? false)),
      };
    };
    const traced = traceClosed('vmap', signatures, run, ({ outputs }) => outputs);
    const { marks } = traced.result;
    const grown = marks.slice(0, carry);
    if (!grown.some((mark, i) => mark && !carried[i])) return { body: traced.plan, marks };
    carried = grown;
  }
}

/** With the first two axes exchanged. */
const exchanged = (x: Tensor): Tensor =>
  permute(
    x,
    x.shape.map((_, i) => (i < 2 ? 1 - i : i)),
  );
