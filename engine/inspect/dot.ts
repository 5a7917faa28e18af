/** Graphs in the language of Graphviz. */
import { formatSignature } from '../plan/trace/format.js';
import { type Graph, type GraphNode, requireGraph } from './graph.js';
import { type Look, legendOf, lookOf } from './legend.js';
import { formatNumbers } from './numbers.js';
import { placeOf } from './text.js';

/** The colors of a drawing on a white page; on a dark one svg.ts puts others in their place. */
export const fills: Readonly<Record<Look, string>> = {
  argument: '#cfe3ff',
  operation: '#ffffff',
  vjp: '#ffe8cc',
  cut: '#e6e6e6',
  constant: 'none',
};
export const ink = '#1a1a1a';
export const frame = '#8a8a8a';
export const paper = '#fefefe';

/** Larger than svg.ts shows them: the font that a reader has may be wider than the one that Graphviz measures. */
export const fontSize = 13;
export const edgeFontSize = 11;

/** More numbers than these make a node too wide. */
const mostDrawn = 4;
const longestLine = 40;

/**
 * The graph in the language of Graphviz, with a legend: arguments blue, operations white, those of VJPs orange, those without
 * gradient grey; dashed edges carry no gradient; results have a double border. Groups are frames with their names. The user's line is the tooltip.
 */
export function graphToDot(graph: Graph): string {
  requireGraph('graphToDot', graph);
  const defaults = [
    `rankdir=TB; ordering=in; bgcolor="${paper}"; fontname="Helvetica"; fontsize=${fontSize}; fontcolor="${ink}";`,
    `node [shape=box, style=filled, fontname="Helvetica", fontsize=${fontSize}, margin="0.15,0.05", color="${ink}", fontcolor="${ink}"];`,
    `edge [arrowsize=0.6, labeldistance=1.8, fontname="Helvetica", fontsize=${edgeFontSize}, color="${ink}", fontcolor="${ink}"];`,
  ];
  const lines = [...defaults, ...drawGroup(graph, null), ...drawEdges(graph), ...drawLegend(graph)];
  return ['digraph {', ...indented(lines), '}'].join('\n');
}

const indented = (lines: readonly string[]): string[] => lines.map((line) => `  ${line}`);

/** The nodes of a group, after its groups. */
function drawGroup(graph: Graph, group: number | null): string[] {
  const inside = graph.groups.flatMap(({ name, within }, number) =>
    within === group ? cluster(`group${number}`, name, drawGroup(graph, number)) : [],
  );
  const nodes = graph.nodes.filter((node) => node.group === group && node.id === node.results[0]);
  return [...inside, ...nodes.map((node) => drawNode(graph, node))];
}

const cluster = (id: string, name: string, lines: readonly string[]): string[] => [
  `subgraph cluster_${id} {`,
  ...indented([`label="${escape(name)}"; labeljust=l; style=rounded; color="${frame}";`, ...lines]),
  '}',
];

function drawNode({ nodes, results }: Graph, node: GraphNode): string {
  const returned = results.filter(({ id }) => node.results.includes(id));
  const paths = returned.map(({ path }) => path).filter((path) => path !== '');
  const name = paths.length === 0 ? node.label : `${node.label} (${paths.join(', ')})`;
  const isNumber = node.kind === 'constant' && node.signature.shape.length === 0;
  const label = [
    shortened(`${name} ${node.params}`.trim()),
    ...(node.plans.length === 0 ? [] : [countOperations(node.plans)]),
    ...(isNumber ? [] : node.results.flatMap((id, result) => numbered(valueOf(nodes[id]), result, node))),
  ];
  const place = placeOf(node);
  return drawBox(`n${node.id}`, label, lookOf(node), [
    ...(returned.length > 0 ? ['peripheries=2'] : []),
    `tooltip="${escape(place === '' ? node.label : place)}"`,
  ]);
}

/** The lines of one result, behind its number if there are several. */
const numbered = ([first, ...more]: readonly string[], result: number, { results }: GraphNode): string[] =>
  results.length === 1 ? [first, ...more] : [[`${result}: ${first}`, ...more].join(' = ')];

function drawBox(id: string, label: readonly string[], look: Look, more: readonly string[]): string {
  const shape = { argument: 'shape=ellipse, ', constant: 'shape=plaintext, ' }[look as string] ?? '';
  const text = label.map(escape).join('\\n');
  return `${id} [label="${text}", ${shape}fillcolor="${fills[look]}"${more.map((each) => `, ${each}`).join('')}];`;
}

const countOperations = (plans: readonly string[]): string => {
  const count = plans.join('\n').match(/ = (?!literal)/g)?.length ?? 0;
  return `(${count} operations inside)`;
};

/** The signature, and under it the numbers of a small vector. */
function valueOf({ signature, numbers, kind }: GraphNode): string[] {
  const brief = formatSignature(signature);
  const { shape } = signature;
  const isSmall = shape.length === 0 || (shape.length === 1 && shape[0] <= mostDrawn);
  return numbers === null || !isSmall || kind === 'constant' ? [brief] : [brief, formatNumbers(numbers)];
}

const shortened = (line: string): string =>
  line.length > longestLine ? `${line.slice(0, longestLine - 3)}...` : line;

function drawEdges({ nodes }: Graph): string[] {
  const boxOf = (id: number): number => nodes[id].results[0];
  return nodes
    .filter(({ id, results }) => id === results[0])
    .flatMap(({ id, inputs, flows }) =>
      inputs.map((input, i) => {
        const source = nodes[input].results;
        const attributes = [
          ...(flows[i] ? [] : ['style=dashed']),
          ...(source.length > 1 ? [`taillabel="${source.indexOf(input)}"`] : []),
        ];
        return `n${boxOf(input)} -> n${id}${attributes.length === 0 ? '' : ` [${attributes.join(', ')}]`};`;
      }),
    );
}

/** A column of boxes, joined by the edges that occur. */
function drawLegend(graph: Graph): string[] {
  const entries = legendOf(graph);
  const boxes = entries.map(({ look, meaning }, i) => drawBox(`legend${i}`, wrapped(meaning), look, []));
  const result = drawBox(`legend${entries.length}`, ['a result'], 'operation', ['peripheries=2']);
  const flows = graph.nodes.flatMap((node) => node.flows);
  const edges = [
    ...(flows.includes(true) ? ['label=" the gradient flows back"'] : []),
    ...(flows.includes(false) ? ['style=dashed, label=" no gradient"'] : []),
  ];
  const chain = entries.map((_, i) => `legend${i} -> legend${i + 1} [${edges[i] ?? 'style=invis'}];`);
  return cluster('legend', 'Legend', [...boxes, result, ...chain]);
}

/** A text in lines of at most 28 characters. */
function wrapped(text: string): string[] {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + word.length < 28) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines;
}

const escape = (text: string): string => text.replace(/["\\]/g, '\\$&');
