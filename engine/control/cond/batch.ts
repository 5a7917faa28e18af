import type { Tensor } from '../../core/tensor.js';
import { argmax } from '../../ops/reduce.js';
import type { Choice } from '../../plan/trace/plan.js';
import { traceClosed } from '../../plan/trace/trace.js';
import {
  type MaybeBatched,
  broadcastTo,
  constant,
  gatherRows,
  iota,
  reshape,
  where,
  withBatchAxis,
} from '../../primitives/index.js';
import { batchPlan } from '../batch.js';

type Apply = (inputs: readonly Tensor[], choice: Choice) => readonly Tensor[];

/** A choice for many examples: of two branches for all of them, or for each example its own, where their predicates differ. */
export function batchChoice(
  [predicate, ...operands]: readonly MaybeBatched[],
  { branches }: Choice,
  size: number,
  apply: Apply,
): readonly MaybeBatched[] {
  if (predicate.batched) return chooseEach(predicate.tensor, operands, branches, size, apply);
  const differ = operands.map(({ batched }) => batched);
  const marks = branches.map((branch) => batchPlan(branch, differ, size).marks);
  const either = marks[0].map((mark, k) => mark || marks[1][k]);
  const led = (result: MaybeBatched, k: number): Tensor =>
    either[k] ? withBatchAxis(result, size) : result.tensor;
  const [first, second] = branches.map((branch) => batchPlan(branch, differ, size, led).plan);
  const inputs = [predicate, ...operands].map(({ tensor }) => tensor);
  const results = apply(inputs, { kind: 'choice', branches: [first, second] });
  return results.map((tensor, k) => ({ tensor, batched: either[k] }));
}

/**
 * Both branches for all examples, if any takes them, and from each example the results of its own. An example that does not take
 * a branch lends itself the operands of one that does: where it stands, the branch might have no finite value or slope, and 0
 * times that would be NaN in its gradient.
 */
function chooseEach(
  predicate: Tensor,
  operands: readonly MaybeBatched[],
  branches: Choice['branches'],
  size: number,
  apply: Apply,
): readonly MaybeBatched[] {
  const differ = operands.map(({ batched }) => batched);
  const results = branches.map((branch, side) => {
    const takes = side === 0 ? where(predicate, 1, 0) : where(predicate, 0, 1);
    const one = argmax(takes, 0);
    const lender = where(takes, iota([size], 0, 'int32'), one);
    const lent = operands.map(({ tensor, batched: isOwn }) =>
      isOwn ? gatherRows(tensor, lender, 0) : tensor,
    );
    const { plan } = batchPlan(branch, differ, size, (result) => withBatchAxis(result, size));
    const blank = traceClosed(
      'vmap',
      plan.inputs,
      () => plan.outputs.map(({ shape, dtype }) => broadcastTo(constant(0, dtype), shape)),
      (outputs) => outputs,
    );
    return apply([gatherRows(takes, one, 0), ...lent], { kind: 'choice', branches: [plan, blank.plan] });
  });
  return results[0].map((first, k) => ({
    tensor: where(reshape(predicate, [size, ...first.shape.slice(1).map(() => 1)]), first, results[1][k]),
    batched: true,
  }));
}
