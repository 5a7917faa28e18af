import { resultOf } from '../core/siblings.js';
import type { Node, Siblings, Tensor } from '../core/tensor.js';
import { applyVjp } from './onVjp.js';

/** Gives the inputs that are wanted their cotangents from those of all results of one application. */
export function pullSiblings(
  { inputs, params }: Node,
  { operation, results }: Siblings,
  cotangents: readonly (Tensor | undefined)[],
  wanted: readonly boolean[],
  give: (tensor: Tensor, g: Tensor) => void,
): void {
  const first = cotangents.findIndex((g) => g !== undefined);
  const reached = wanted.map(
    (isWanted, i) =>
      isWanted &&
      cotangents.some((g, result) => g !== undefined && operation.cut(params, result, i) === null),
  );
  const siblings = results.flatMap((output, result) => {
    const cotangent = cotangents[result];
    return result === first || cotangent === undefined ? [] : [{ output, cotangent }];
  });
  let pulled: readonly (Tensor | undefined)[] | undefined;
  reached.forEach((isReached, input) => {
    if (!isReached) return;
    const step = {
      operation: resultOf(operation, params, first),
      input,
      cotangent: cotangents[first]!,
      inputs,
      output: results[first],
      params,
      siblings,
    };
    const pull = (): Tensor =>
      (pulled ??= operation.pull(cotangents, { inputs, results, params }, reached))[input]!;
    give(inputs[input], applyVjp(step, pull));
  });
}
