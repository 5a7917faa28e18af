/** The recorded graph of a function at given arguments: what a gradient would walk back over. */
import { type BackwardStep, withBackwardWatch } from '../core/backwardWatch.js';
import { type Application, type Operation, isFlat, withWitness } from '../core/dispatch.js';
import { type Scope, Tensor, concrete, dependsOn } from '../core/tensor.js';
import { type Path, leavesOf } from '../core/tree.js';
import { record } from '../grad.js';
import type { Signature } from '../ir/kernel.js';
import { formatNumber, formatParams } from '../plan/format.js';

export interface GraphNode {
  /** The number by which other nodes and the printed forms call it; inputs come before what is computed of them. */
  readonly id: number;
  /**
   * `argument`: differentiated for. `operation`: a gradient flows through it. `cut`: computed from arguments, but
   * no gradient flows. `constant`: anything else.
   */
  readonly kind: 'argument' | 'operation' | 'cut' | 'constant';
  /** The argument's path, the operation's name, or the constant's number where it is one number. */
  readonly label: string;
  readonly signature: Signature;
  /** As in `{axes: [0]}`; shapes that the signature shows are left out. */
  readonly params: string;
  readonly inputs: readonly number[];
  /** For what is computed during a gradient inside of the function: the operation whose VJP it belongs to. */
  readonly vjpOf: string | null;
}

export interface Graph {
  readonly nodes: readonly GraphNode[];
  readonly results: readonly { readonly path: Path; readonly id: number }[];
}

/**
 * The graph of f at x. Values that are used several times are one node. If f takes a gradient, that one's operations
 * are nodes like all others: `graphOf(grad(f), x)` is the second-order graph.
 */
export const graphOf = <P>(f: (x: P) => unknown, x: P): Graph => recordGraph('graphOf', f, x).graph;

/** How an untracked tensor was computed. */
interface Untracked {
  readonly operation: Operation;
  readonly inputs: readonly Tensor[];
  readonly params: unknown;
}

export interface RecordedGraph {
  readonly graph: Graph;
  readonly scope: Scope;
  readonly leaves: readonly { readonly path: Path; readonly tensor: Tensor }[];
  readonly result: unknown;
  /** The node of a tensor that is in the graph. */
  readonly nodeOf: (tensor: Tensor) => GraphNode;
}

/** Runs f under a scope of its own and describes what it leaves behind. */
export function recordGraph<P>(operation: string, f: (x: P) => unknown, x: P): RecordedGraph {
  const untracked = new Map<Tensor, Untracked>();
  const vjps = new Map<Tensor, string>();
  let current: BackwardStep | null = null;
  const witness = ({ inputs, output, params }: Application<unknown>, applied: Operation): void => {
    if (current !== null) vjps.set(output, current.operation.name);
    if (output.node === null) untracked.set(output, { operation: applied, inputs, params });
  };
  const watch = (step: BackwardStep, run: () => Tensor): Tensor => {
    const outer = current;
    current = step;
    const cotangent = run();
    current = outer;
    return cotangent;
  };
  const { scope, leaves, result } = withWitness(witness, () =>
    withBackwardWatch(watch, () => record(operation, f, x)),
  );

  const paths = new Map(leaves.map(({ path, tensor }) => [tensor, path]));
  const isFromArguments = memoized((tensor: Tensor, again): boolean =>
    dependsOn(tensor, scope) ? true : (untracked.get(tensor)?.inputs.some(again) ?? false),
  );
  const describe = (tensor: Tensor): Omit<GraphNode, 'id' | 'inputs'> & { inputs: readonly Tensor[] } => {
    const signature = { shape: tensor.shape, dtype: tensor.dtype };
    const vjpOf = vjps.get(tensor) ?? null;
    const path = paths.get(tensor);
    if (path !== undefined)
      return { kind: 'argument', label: path === '' ? 'x' : path, signature, params: '', inputs: [], vjpOf };
    const tracked = dependsOn(tensor, scope);
    const made = tracked ? tensor.node : isFromArguments(tensor) ? untracked.get(tensor) : undefined;
    if (made == null)
      return { kind: 'constant', label: numberOf(tensor), signature, params: '', inputs: [], vjpOf };
    return {
      kind: tracked ? 'operation' : 'cut',
      label: made.operation.name,
      signature,
      params: formatParams(made.params, signature),
      inputs: made.inputs,
      vjpOf,
    };
  };

  const results = leavesOf(result);
  const found = new Map<Tensor, ReturnType<typeof describe>>(
    leaves.map(({ tensor }) => [tensor, describe(tensor)]),
  );
  const open = results.map(({ tensor }) => tensor);
  for (let tensor = open.pop(); tensor !== undefined; tensor = open.pop()) {
    if (found.has(tensor)) continue;
    const described = describe(tensor);
    found.set(tensor, described);
    open.push(...described.inputs);
  }
  const ordered = [...found.keys()].sort((a, b) => a.serial - b.serial);
  const ids = new Map(ordered.map((tensor, id) => [tensor, id]));
  const nodes = ordered.map((tensor, id) => {
    const described = found.get(tensor)!;
    return { ...described, id, inputs: described.inputs.map((input) => ids.get(input)!) };
  });
  const graph = { nodes, results: results.map(({ path, tensor }) => ({ path, id: ids.get(tensor)! })) };
  return { graph, scope, leaves, result, nodeOf: (tensor) => nodes[ids.get(tensor)!] };
}
