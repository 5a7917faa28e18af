/** Operations with several results. */
import { requireTensor } from './arguments.js';
import { current } from './dispatch.js';
import { UsageError } from './errors.js';
import { place } from './inside.js';
import {
  type GradientRule,
  type MultiOperation,
  type Node,
  type Operation,
  Tensor,
  isFlat,
  liveScopes,
} from './tensor.js';

/** Why no gradient flows to an input that a result does not depend on at all: errors do not call that a cut. */
export const noDependence = 'it does not depend on it';

/** Applies an operation with several results. */
export function dispatchMulti<Params>(
  operation: MultiOperation<Params>,
  inputs: readonly Tensor[],
  params: Params,
): readonly Tensor[] {
  inputs.forEach((input) => {
    if (!(input instanceof Tensor)) requireTensor(operation.name, input);
  });
  const signatures = operation.signatures(inputs, params);
  const { interpreter, hook } = current();
  const values = interpreter.evaluateMulti(operation, inputs, params, signatures);
  const live = inputs.map(liveScopes);
  const results: Tensor[] = [];
  const siblings = { operation: operation as MultiOperation, results };
  signatures.forEach(({ shape, dtype }, k) => {
    const result = resultOf(operation, params, k);
    const scopes = live.reduce((bits, each, i) => (isFlat(result.gradient(i)) ? bits : bits | each), 0);
    const node: Node | null = scopes === 0 ? null : { operation: result, inputs, params, siblings };
    results.push(new Tensor(shape, dtype, values[k], scopes, node));
  });
  if (hook !== null)
    for (const [k, output] of results.entries())
      hook({ inputs, output, params }, resultOf(operation, params, k), place());
  return results;
}

/**
 * Result number `result` of an operation with several, seen as an operation that has this one. It says where gradients flow;
 * the reverse walk pulls the results back together.
 */
export function resultOf<Params>(
  operation: MultiOperation<Params>,
  params: Params,
  result: number,
): Operation {
  return {
    name: operation.name,
    ...(operation.inWords && { inWords: (input: number) => operation.inWords!(input, params) }),
    signature: () => refuse(operation.name),
    lower: () => refuse(operation.name),
    gradient(input): GradientRule<unknown> {
      const flat = operation.cut(params, result, input);
      return flat === null ? () => refuse(operation.name) : { flat };
    },
  };
}

function refuse(name: string): never {
  throw new UsageError(`${name}: its results are computed and differentiated together.`);
}
