/** Plans on many examples at once: what `vmap` does with a plan, and control operations with the plans in their parameters. */
import { UsageError } from '../core/errors.js';
import type { Tensor } from '../core/tensor.js';
import type { Signature } from '../ir/kernel.js';
import { type Plan, carryOut } from '../plan/trace/plan.js';
import { traceClosed } from '../plan/trace/trace.js';
import { type MaybeBatched, applyBatched, primitives } from '../primitives/index.js';

/**
 * The outputs of a plan for many examples: those of its inputs and outputs that differ from example to example have an axis of
 * `size` in front. What does not depend on such an input is computed once.
 */
export function evaluateBatched(
  plan: Plan,
  inputs: readonly MaybeBatched[],
  size: number,
): readonly MaybeBatched[] {
  return carryOut<MaybeBatched>(plan, inputs, {
    literal: (tensor) => ({ tensor, batched: false }),
    primitive({ operation, params }, read) {
      const primitive = primitives.get(operation.name);
      if (primitive === undefined || primitive !== operation)
        throw new UsageError(
          `vmap: ${operation.name} is no primitive, so there is no rule for a batch of it.`,
        );
      return applyBatched(primitive, read, params, size);
    },
    control({ operation, params }, read) {
      if (read.some(({ batched }) => batched)) return operation.batch(read, params, size);
      const tensors = read.map(({ tensor }) => tensor);
      return operation.apply(tensors, params).map((tensor) => ({ tensor, batched: false }));
    },
  });
}

/**
 * A plan for many examples, as a plan: of inputs that have a batch axis of `size` in front where `marks` says so. `outputOf` makes
 * an output of what the plan gives, the batched tensor itself unless told otherwise; `marks` of the result says which differ.
 */
export function batchPlan(
  plan: Plan,
  marks: readonly boolean[],
  size: number,
  outputOf: (result: MaybeBatched, output: number) => Tensor = ({ tensor }) => tensor,
): { readonly plan: Plan; readonly marks: readonly boolean[] } {
  const signatures = plan.inputs.map(({ shape, dtype }, i): Signature => ({
    shape: marks[i] ? [size, ...shape] : shape,
    dtype,
  }));
  const run = (tensors: readonly Tensor[]): readonly MaybeBatched[] => {
    const given = tensors.map((tensor, i) => ({ tensor, batched: marks[i] }));
    return evaluateBatched(plan, given, size).map((result, k) => ({
      tensor: outputOf(result, k),
      batched: result.batched,
    }));
  };
  const traced = traceClosed('vmap', signatures, run, (results) => results.map(({ tensor }) => tensor));
  return { plan: traced.plan, marks: traced.result.map(({ batched }) => batched) };
}
