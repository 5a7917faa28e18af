import { UsageError } from '../core/errors.js';
import { describe, isPlainObject } from '../core/options.js';
import { formatSignature } from '../plan/trace/format.js';
import type { Graph, GraphNode } from './graph.js';

/** The graph with one line a node, as in `%3 = mul %1 %2  float64[2,3]`; nodes of a VJP name the operation. */
export function graphToText(graph: Graph): string {
  requireGraph('graphToText', graph);
  const { nodes, results } = graph;
  const left = nodes.map((node) => `%${node.id} = ${formula(node)}`);
  const width = Math.max(0, ...left.map((text) => text.length));
  const lines = nodes.map((node, i) => {
    const note = node.kind === 'cut' ? '  no gradient' : node.vjpOf === null ? '' : `  VJP of ${node.vjpOf}`;
    return `${left[i].padEnd(width)}  ${formatSignature(node.signature)}${note}`;
  });
  const returned = results.map(({ path, id }) => (path === '' ? `%${id}` : `${path}: %${id}`));
  return [...lines, `return ${returned.join(', ')}`].join('\n');
}

function requireGraph(caller: string, graph: unknown): void {
  const isGraph = isPlainObject(graph) && Array.isArray(graph.nodes) && Array.isArray(graph.results);
  if (!isGraph)
    throw new UsageError(`${caller}: takes a graph, as graphOf(f, x) returns; got ${describe(graph)}.`);
}

function formula({ kind, label, params, inputs }: GraphNode): string {
  if (kind === 'argument') return `argument ${label}`;
  if (kind === 'constant') return label;
  return [label, ...inputs.map((id) => `%${id}`), params].filter((part) => part !== '').join(' ');
}

const fills = { argument: '#cfe3ff', operation: '#ffffff', cut: '#eeeeee', constant: '#ffffff' } as const;
const vjpFill = '#ffe8cc';

/**
 * The graph in the language of Graphviz: arguments blue, operations white, those of VJPs orange, those without gradient
 * grey; dashed edges carry no gradient; results have a double border.
 */
export function graphToDot(graph: Graph): string {
  requireGraph('graphToDot', graph);
  const { nodes, results } = graph;
  const returned = new Map(results.map(({ path, id }) => [id, path]));
  const lines = nodes.flatMap((node) => {
    const { id, kind, vjpOf, inputs, flows } = node;
    const attributes = [
      `label="${labelOf(node, returned.get(id)).map(escape).join('\\n')}"`,
      kind === 'constant' ? 'shape=plaintext' : `fillcolor="${vjpOf === null ? fills[kind] : vjpFill}"`,
      ...(kind === 'argument' ? ['shape=ellipse'] : []),
      ...(returned.has(id) ? ['peripheries=2'] : []),
    ];
    const edges = inputs.map((input, i) => `  n${input} -> n${id}${flows[i] ? '' : ' [style=dashed]'};`);
    return [`  n${id} [${attributes.join(', ')}];`, ...edges];
  });
  const defaults = [
    '  rankdir=TB; ordering=in;',
    '  node [shape=box, style=filled, fontname="Helvetica", fontsize=11, margin="0.15,0.05"];',
    '  edge [arrowsize=0.6];',
  ];
  return ['digraph {', ...defaults, ...lines, '}'].join('\n');
}

function labelOf({ kind, label, params, signature }: GraphNode, result: string | undefined): string[] {
  const name = result === undefined || result === '' ? label : `${label} (${result})`;
  const head = params === '' ? name : `${name} ${params}`;
  return kind === 'constant' && signature.shape.length === 0 ? [head] : [head, formatSignature(signature)];
}

const escape = (text: string): string => text.replace(/["\\]/g, '\\$&');
