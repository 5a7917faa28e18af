import { requireFunction, requireTensor } from '../../core/arguments.js';
import { ShapeError } from '../../core/errors.js';
import type { Tensor } from '../../core/tensor.js';
import { formatSignature } from '../../plan/trace/format.js';
import { type Plan, type Variable, largestId, makePlan } from '../../plan/trace/plan.js';
import { type Leaf, build, structureOf } from '../../plan/trace/structure.js';
import { type ClosedTrace, traceClosed } from '../../plan/trace/trace.js';
import { filled, leavesAt, tensorsLike } from '../trees.js';
import { condOperation } from './operation.js';

/**
 * `a(...operands)` where the predicate, a tensor of one number, is not 0, else `b(...operands)`: only that function is computed,
 * and its gradient. Operands are trees of tensors; the functions may use tensors from outside too. Both return trees of the same
 * structure, shapes and dtypes. Both are called, on tensors without numbers, to see what they do.
 *
 * Differentiable to any order, but not in the predicate. Under `vmap` with predicates that differ from example to example both
 * functions are computed, each if any example takes it, and nothing of the other one, as NaN, gets into results or gradients.
 * For single elements see `where`. `jax.lax.cond`.
 * @throws ShapeError or UsageError if the results differ, naming the path.
 */
export function cond<Operands extends readonly unknown[], Result>(
  predicate: Tensor,
  a: (...operands: NoInfer<Operands>) => Result,
  b: (...operands: NoInfer<Operands>) => Result,
  ...operands: Operands
): Result {
  requirePredicate('cond', predicate);
  for (const f of [a, b]) requireFunction('cond', f, 'two functions of the operands');
  const leaves: Leaf[] = [];
  const structure = structureOf('cond', operands, leaves);
  const given = leaves.map(({ tensor }) => tensor);
  const traced = (f: typeof a, outputsOf: (result: Result) => readonly Tensor[]): ClosedTrace<Result> => {
    const run = (tensors: readonly Tensor[]): Result =>
      f(...(build(structure, (leaf) => tensors[leaf]) as readonly unknown[] as Operands));
    return traceClosed('cond', given, run, outputsOf);
  };
  const first = traced(a, (result) => leavesAt('cond', 'result', result).map(({ tensor }) => tensor));
  const like = leavesAt('cond', 'result', first.result);
  const second = traced(b, (result) =>
    tensorsLike('cond', like, leavesAt('cond', 'result', result), {
      gives: 'the second function returns',
      rule: 'both return the same structure, shapes and dtypes',
    }),
  );
  const captured = [...new Set([...first.captured, ...second.captured])];
  const branches = [first, second].map((each) => readingAll(each, given.length, captured));
  const results = condOperation.apply([predicate, ...given, ...captured], {
    kind: 'choice',
    branches: [branches[0], branches[1]],
  });
  return filled(first.result, results);
}

/** @throws unless the predicate is a tensor of one number. */
export function requirePredicate(caller: string, predicate: unknown): asserts predicate is Tensor {
  requireTensor(caller, predicate, 'a predicate, a tensor of one number');
  if (predicate.rank > 0)
    throw new ShapeError(
      `${caller}: the predicate is ${formatSignature(predicate)}; it must be one number, without axes. where(...) chooses for each element.`,
    );
}

/** The plan of a branch with an input for each tensor that either of them takes from outside. */
function readingAll(
  { plan, captured: own }: ClosedTrace<unknown>,
  count: number,
  captured: readonly Tensor[],
): Plan {
  let last = largestId(plan);
  const inputOf = (tensor: Tensor): Variable => {
    const at = own.indexOf(tensor);
    if (at >= 0) return plan.inputs[count + at];
    return { id: ++last, shape: tensor.shape, dtype: tensor.dtype };
  };
  return makePlan({ ...plan, inputs: [...plan.inputs.slice(0, count), ...captured.map(inputOf)] });
}
