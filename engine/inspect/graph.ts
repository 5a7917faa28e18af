/** The graph of a function at its arguments, over which a gradient would walk back. */
import { UsageError } from '../core/errors.js';
import { describe, isPlainObject } from '../core/options.js';
import { type Tensor, sameValue } from '../core/tensor.js';
import type { Path } from '../core/tree.js';
import type { Signature } from '../ir/kernel.js';
import { formatNumber, formatParams } from '../plan/trace/format.js';
import { type GraphGroup, groupsOf } from './groups.js';
import { insideOf } from './inside.js';
import { type TensorNumbers, numbersOf } from './numbers.js';
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
  /** Null while the function is traced. */
  readonly numbers: TensorNumbers | null;
  /** As in `{axes: [0]}`; a shape or dtype that the signature shows is left out. */
  readonly params: string;
  readonly inputs: readonly number[];
  /** For each input whether the gradient flows on to it, from any result of the operation. */
  readonly flows: readonly boolean[];
  /** The results of the operation, in its order; most have one, this node. */
  readonly results: readonly number[];
  /** The plans inside of a loop or choice, as text. */
  readonly plans: readonly string[];
  /** For a node computed during a gradient inside of the function: the operation to whose VJP it belongs. */
  readonly vjpOf: string | null;
  /**
   * The line of the user's own code that computed it, as in `/home/ada/train.ts:12:5`, and of a node of a VJP that of its operation.
   * Null for arguments, where none of the user's code ran, and in a program that is bundled into one file.
   */
  readonly location: string | null;
  /** The function of the library that was called there, as in `softmax`. */
  readonly call: string | null;
  /** The innermost of `groups` that it was computed in. */
  readonly group: number | null;
}

export interface Graph {
  /** Every value once, however often it is used. */
  readonly nodes: readonly GraphNode[];
  readonly results: readonly { readonly path: Path; readonly id: number }[];
  /** The parts that the nodes are in; a group comes after the one around it. */
  readonly groups: readonly GraphGroup[];
}

/**
 * The graph of f at x, with numbers, lines of the program and groups (see `group`). If f takes a gradient, the operations of the
 * gradient are nodes like all others, so `graphOf(grad(f), x)` is the second-order graph. Print it with `graphToText`, draw it with
 * `graphToSvg` or `graphToDot`.
 */
export const graphOf = <P>(f: (x: P) => unknown, x: P): Graph => buildGraph(recordAll('graphOf', f, x)).graph;

/** @throws UsageError for what `graphOf` cannot have returned. */
export function requireGraph(caller: string, graph: unknown): void {
  const isGraph =
    isPlainObject(graph) && [graph.nodes, graph.results, graph.groups].every((part) => Array.isArray(part));
  if (!isGraph)
    throw new UsageError(`${caller}: takes a graph, as graphOf(f, x) returns; got ${describe(graph)}.`);
}

/** The graph of a recorded run, and the node of each tensor in it. */
export function buildGraph(recording: Recording): {
  readonly graph: Graph;
  readonly nodeOf: (tensor: Tensor) => GraphNode;
} {
  const { args, results, computationOf, siblingsOf } = recording;
  const visited = new Set(args.map(({ tensor }) => tensor));
  /** The variable of a gradient inside of the function is the same value as what it stands for. */
  const valueOf = (tensor: Tensor): Tensor =>
    tensor.node?.operation === sameValue && !visited.has(tensor) ? valueOf(tensor.node.inputs[0]) : tensor;
  const open = results.map(({ tensor }) => valueOf(tensor));
  for (let tensor = open.pop(); tensor !== undefined; tensor = open.pop()) {
    if (visited.has(tensor)) continue;
    visited.add(tensor);
    const computation = computationOf(tensor);
    if (computation !== null) open.push(...computation.inputs.map(valueOf), ...siblingsOf(tensor));
  }
  const ordered = [...visited].sort((a, b) => a.serial - b.serial);
  const ids = new Map(ordered.map((tensor, id) => [tensor, id]));
  const idOf = (tensor: Tensor): number => {
    const id = ids.get(valueOf(tensor));
    if (id === undefined) throw new UsageError('graph: the tensor is not part of this graph.');
    return id;
  };
  const walked = backwardWalk(recording);
  const { groups, innermost } = groupsOf(ordered.map((tensor) => recording.originOf(tensor)));
  const nodes = ordered.map((tensor, id) => ({
    ...describeNode(tensor, recording, walked, idOf),
    group: innermost[id],
  }));
  const graph = { nodes, results: results.map(({ path, tensor }) => ({ path, id: idOf(tensor) })), groups };
  return { graph, nodeOf: (tensor) => nodes[idOf(tensor)] };
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

function describeNode(
  tensor: Tensor,
  recording: Recording,
  walked: ReadonlySet<Tensor>,
  idOf: (tensor: Tensor) => number,
): Omit<GraphNode, 'group'> {
  const { args, computationOf, flowsTo, originOf, siblingsOf, vjpOf } = recording;
  const id = idOf(tensor);
  const { location, call } = originOf(tensor);
  const common = {
    id,
    signature: { shape: tensor.shape, dtype: tensor.dtype },
    numbers: numbersOf(tensor),
    vjpOf: vjpOf(tensor),
    location,
    call: call === null ? null : call.name,
  };
  const outer = { ...common, params: '', inputs: [], flows: [], results: [id], plans: [] };
  const argument = args.find((arg) => arg.tensor === tensor);
  if (argument !== undefined) return { ...outer, kind: 'argument', label: argument.path || 'x' };
  const node = computationOf(tensor);
  if (node === null) return { ...outer, kind: 'constant', label: numberIn(tensor) };
  const { plans, params } = insideOf(node);
  const siblings = siblingsOf(tensor);
  const passed = siblings.filter((result) => walked.has(result));
  return {
    ...common,
    kind: passed.length > 0 ? 'operation' : 'cut',
    label: node.operation.name,
    params: formatParams(params, tensor),
    inputs: node.inputs.map(idOf),
    flows: node.inputs.map((_, i) => passed.some((result) => flowsTo(result, i))),
    results: siblings.map(idOf),
    plans,
  };
}

/** The number of a tensor that stores only one; else `constant`. */
function numberIn({ value }: Tensor): string {
  return 'data' in value && value.data.length === 1 ? formatNumber(value.data[0]) : 'constant';
}
