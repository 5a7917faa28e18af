import { requireFunction } from '../core/arguments.js';
import { callSite } from '../core/callSite.js';
import { onOperation } from '../core/dispatch.js';
import {
  type Application,
  type Node,
  type Operation,
  type Scope,
  Tensor,
  dependsOn,
  isFlat,
} from '../core/tensor.js';
import { type Path, leavesOf } from '../core/tree.js';
import { record } from '../grad/grad.js';
import { type BackwardStep, onVjp } from '../grad/onVjp.js';
import { type Origin, originHere, unknown } from './origin.js';

/** A run of a function under a gradient scope, with everything that a gradient would drop. */
export interface Recording {
  readonly scope: Scope;
  readonly args: readonly Leaf[];
  readonly results: readonly Leaf[];
  /** How a tensor was computed, if it depends on an argument, also through a cut. */
  readonly computationOf: (tensor: Tensor) => Node | null;
  /** Whether the gradient of the tensor flows on to one of its inputs. */
  readonly flowsTo: (tensor: Tensor, input: number) => boolean;
  /** For a tensor computed during a gradient inside of the function: the operation whose VJP computed it. */
  readonly vjpOf: (tensor: Tensor) => string | null;
  /** Where it was computed; what a VJP computes is of the origin of the operation that the VJP belongs to. */
  readonly originOf: (tensor: Tensor) => Origin;
  /** All results of the application that computed a tensor. */
  readonly siblingsOf: (tensor: Tensor) => readonly Tensor[];
}

export interface Leaf {
  readonly path: Path;
  readonly tensor: Tensor;
}

export function recordAll<P>(operation: string, f: (x: P) => unknown, x: P): Recording {
  requireFunction(operation, f, 'the function to record');
  const untracked = new Map<Tensor, Node>();
  const vjps = new Map<Tensor, string>();
  const origins = new Map<Tensor, Origin>();
  const siblings = new Map<Tensor, readonly Tensor[]>();
  let last: { readonly inputs: unknown; readonly params: unknown; readonly outputs: Tensor[] } | undefined;
  const outer = callSite();
  let current: BackwardStep | null = null;

  const operationHook = ({ inputs, output, params }: Application<unknown>, applied: Operation): void => {
    if (output.node === null) untracked.set(output, { operation: applied, inputs, params });
    if (current !== null) vjps.set(output, current.operation.name);
    origins.set(output, (current && origins.get(current.output)) ?? originHere(outer));
    // The results of one application come one behind the other.
    if (last?.inputs !== inputs || last.params !== params) last = { inputs, params, outputs: [] };
    last.outputs.push(output);
    siblings.set(output, last.outputs);
  };
  const vjpHook = (step: BackwardStep, run: () => Tensor): Tensor => {
    const around = current;
    current = step;
    try {
      return run();
    } finally {
      current = around;
    }
  };
  const { scope, leaves, result } = onOperation(operationHook, () =>
    onVjp(vjpHook, () => record(operation, f, x)),
  );

  const args = new Set(leaves.map(({ tensor }) => tensor));
  const behindCuts = new Map<Tensor, Node>();
  for (const [tensor, node] of untracked) {
    if (node.inputs.some((input) => dependsOn(input, scope) || behindCuts.has(input)))
      behindCuts.set(tensor, node);
  }
  return {
    scope,
    args: leaves,
    results: leavesOf(result, operation),
    computationOf(tensor) {
      if (args.has(tensor)) return null;
      return dependsOn(tensor, scope) ? tensor.node : (behindCuts.get(tensor) ?? null);
    },
    flowsTo(tensor, input) {
      if (!dependsOn(tensor, scope) || args.has(tensor) || tensor.node === null) return false;
      const { node } = tensor;
      return dependsOn(node.inputs[input], scope) && !isFlat(node.operation.gradient(input));
    },
    vjpOf: (tensor) => vjps.get(tensor) ?? null,
    originOf: (tensor) => origins.get(tensor) ?? unknown,
    siblingsOf: (tensor) => siblings.get(tensor) ?? [tensor],
  };
}
