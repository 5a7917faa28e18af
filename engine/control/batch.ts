/** Plans on many examples at once: what `vmap` does with a plan, and control operations with the plans in their parameters. */
import { UsageError } from '../core/errors.js';
import { type Plan, carryOut } from '../plan/trace/plan.js';
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
