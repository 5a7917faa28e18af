import type { Tensor } from '../../core/tensor.js';
import { type MaybeBatched, sumReduce, withBatchAxis } from '../../primitives/index.js';
import { batchPlan } from '../batch.js';
import type { Custom, Rule } from './rule.js';

/**
 * A function with its rule for many examples: the function and both parts of the rule, each for many examples. All results and
 * residuals have a batch axis; the cotangent of an argument that the examples share is the sum of theirs.
 */
export function batchCustom(
  inputs: readonly MaybeBatched[],
  { body, rule, keeps }: Custom,
  size: number,
  apply: (inputs: readonly Tensor[], custom: Custom) => readonly Tensor[],
): readonly MaybeBatched[] {
  const marks = inputs.map(({ batched }) => batched);
  const { args, targets } = rule;
  const own = keeps ? args : body.inputs.length;
  const captured = rule.forward.inputs.length - args;
  const led = (result: MaybeBatched): Tensor => withBatchAxis(result, size);
  const forward = batchPlan(
    rule.forward,
    [...marks.slice(0, args), ...marks.slice(own, own + captured)],
    size,
    led,
  ).plan;
  const given = rule.backward.inputs.length - (marks.length - own - captured);
  const backward = batchPlan(
    rule.backward,
    [...Array.from({ length: given }, () => true), ...marks.slice(own + captured)],
    size,
    (result, j) => (marks[targets[j]] ? led(result) : sumReduce(led(result), [0])),
  ).plan;
  const batchedRule: Rule = { ...rule, forward, backward };
  const batched: Custom = {
    kind: 'inline',
    body: keeps ? forward : batchPlan(body, marks.slice(0, own), size, led).plan,
    rule: batchedRule,
    keeps,
  };
  const results = apply(
    inputs.map(({ tensor }) => tensor),
    batched,
  );
  return results.map((tensor) => ({ tensor, batched: true }));
}
