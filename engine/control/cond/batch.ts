import type { Tensor } from '../../core/tensor.js';
import { argmax } from '../../ops/reduce.js';
import type { Choice, Plan } from '../../plan/trace/plan.js';
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
import { evaluateBatched } from '../batch.js';

type Apply = (inputs: readonly Tensor[], choice: Choice) => readonly Tensor[];

/** A choice for many examples: of two branches for all of them, or for each example its own, where their predicates differ. */
export function batchChoice(
  [predicate, ...operands]: readonly MaybeBatched[],
  { branches }: Choice,
  size: number,
  apply: Apply,
): readonly MaybeBatched[] {
  if (predicate.batched) return chooseEach(predicate.tensor, operands, branches, size, apply);
  const marks = branches.map((branch) => batched(branch, operands, size, []).marks);
  const either = marks[0].map((mark, k) => mark || marks[1][k]);
  const [first, second] = branches.map((branch) => batched(branch, operands, size, either).plan);
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
  const results = branches.map((branch, side) => {
    const takes = side === 0 ? where(predicate, 1, 0) : where(predicate, 0, 1);
    const one = argmax(takes, 0);
    const lender = where(takes, iota([size], 0, 'int32'), one);
    const lent = operands.map(({ tensor, batched: isOwn }) =>
      isOwn ? gatherRows(tensor, lender, 0) : tensor,
    );
    const all = branch.outputs.map(() => true);
    const { plan } = batched(branch, operands, size, all);
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

/** A branch for many examples, and which of its outputs have a batch axis; those that `wanted` marks are given one. */
function batched(
  branch: Plan,
  operands: readonly MaybeBatched[],
  size: number,
  wanted: readonly boolean[],
): { readonly plan: Plan; readonly marks: readonly boolean[] } {
  const signatures = operands.map(({ tensor: { shape, dtype } }) => ({ shape, dtype }));
  const run = (tensors: readonly Tensor[]): { outputs: readonly Tensor[]; marks: readonly boolean[] } => {
    const given = tensors.map((tensor, i) => ({ tensor, batched: operands[i].batched }));
    const results = evaluateBatched(branch, given, size);
    return {
      outputs: results.map((result, k) => (wanted[k] ? withBatchAxis(result, size) : result.tensor)),
      marks: results.map((result) => result.batched),
    };
  };
  const { plan, result } = traceClosed('vmap', signatures, run, ({ outputs }) => outputs);
  return { plan, marks: result.marks };
}
