/** The graph of a function at its arguments, over which a gradient would walk back. */
import { UsageError } from '../core/errors.js';
import type { Tensor } from '../core/tensor.js';
import type { Path } from '../core/tree.js';
import type { Signature } from '../ir/kernel.js';
import { formatNumber, formatParams } from '../plan/trace/format.js';
import { type Recording, recordAll } from './recording.js';

export interface GraphNode {
  /** The number of the node in other nodes and in print; a node's inputs have smaller numbers. */
  readonly id: number;
  /**
   * `argument`: what a gradient would be taken with respect to. `operation`: the gradient of the result flows through it. `cut`:
   * computed from arguments, but no gradient flows. `constant`: anything else.
   */
  readonly kind: 'argument' | 'operation' | 'cut' | 'constant';
  /** The argument's path (`x` for a single tensor), the operation's name, or the constant's number if it is one. */
  readonly label: string;
  readonly signature: Signature;
  /** As in `{axes: [0]}`; a shape or dtype that the signature shows is left out. */
  readonly params: string;
  readonly inputs: readonly number[];
  /** For each input whether the gradient flows on to it. */
  readonly flows: readonly boolean[];
  /** For a node computed during a gradient inside of the function: the operation to whose VJP it belongs. */
  readonly vjpOf: string | null;
}

export interface Graph {
  /** Every value once, however often it is used. */
  readonly nodes: readonly GraphNode[];
  readonly results: readonly { readonly path: Path; readonly id: number }[];
}

/**
 * The graph of f at x. If f takes a gradient, the operations of the gradient are nodes like all others, so
 * `graphOf(grad(f), x)` is the second-order graph. Print it with `graphToText`, draw it with `graphToDot`.
 */
export const graphOf = <P>(f: (x: P) => unknown, x: P): Graph => buildGraph(recordAll('graphOf', f, x)).graph;

/** The graph of a recorded run, and the node of each tensor in it. */
export function buildGraph(recording: Recording): {
  readonly graph: Graph;
  readonly nodeOf: (tensor: Tensor) => GraphNode;
} {
  const { args, results, computationOf } = recording;
  const visited = new Set(args.map(({ tensor }) => tensor));
  const open = results.map(({ tensor }) => tensor);
  for (let tensor = open.pop(); tensor !== undefined; tensor = open.pop()) {
    if (visited.has(tensor)) continue;
    visited.add(tensor);
    open.push(...(computationOf(tensor)?.inputs ?? []));
  }
  const ordered = [...visited].sort((a, b) => a.serial - b.serial);
  const ids = new Map(ordered.map((tensor, id) => [tensor, id]));
  const walked = backwardWalk(recording);
  const nodes = ordered.map((tensor) => describe(tensor, recording, walked, ids));
  const graph = { nodes, results: results.map(({ path, tensor }) => ({ path, id: ids.get(tensor)! })) };
  const nodeOf = (tensor: Tensor): GraphNode => {
    const id = ids.get(tensor);
    if (id === undefined) throw new UsageError('graph: the tensor is not part of this graph.');
    return nodes[id];
  };
  return { graph, nodeOf };
}

/** The tensors through which the gradient of the results flows. */
function backwardWalk({ results, computationOf, flowsTo }: Recording): Set<Tensor> {
  const walked = new Set<Tensor>();
  const open = results.map(({ tensor }) => tensor);
  for (let tensor = open.pop(); tensor !== undefined; tensor = open.pop()) {
    if (walked.has(tensor)) continue;
    const inputs = computationOf(tensor)?.inputs.filter((_, i) => flowsTo(tensor, i)) ?? [];
    if (inputs.length > 0) walked.add(tensor);
    open.push(...inputs);
  }
  return walked;
}

function describe(
  tensor: Tensor,
  { args, computationOf, flowsTo, vjpOf }: Recording,
  walked: ReadonlySet<Tensor>,
  ids: ReadonlyMap<Tensor, number>,
): GraphNode {
  const id = ids.get(tensor)!;
  const signature = { shape: tensor.shape, dtype: tensor.dtype };
  const common = { id, signature, vjpOf: vjpOf(tensor) };
  const argument = args.find((arg) => arg.tensor === tensor);
  if (argument !== undefined)
    return { ...common, kind: 'argument', label: argument.path || 'x', params: '', inputs: [], flows: [] };
  const node = computationOf(tensor);
  if (node === null)
    return { ...common, kind: 'constant', label: numberIn(tensor), params: '', inputs: [], flows: [] };
  return {
    ...common,
    kind: walked.has(tensor) ? 'operation' : 'cut',
    label: node.operation.name,
    params: formatParams(node.params, signature),
    inputs: node.inputs.map((input) => ids.get(input)!),
    flows: node.inputs.map((_, i) => walked.has(tensor) && flowsTo(tensor, i)),
  };
}

/** The number of a tensor that stores only one; else `constant`. */
function numberIn({ value }: Tensor): string {
  return 'data' in value && value.data.length === 1 ? formatNumber(value.data[0]) : 'constant';
}
