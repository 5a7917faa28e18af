/** Graphs as text. */
import { formatSignature } from '../plan/trace/format.js';
import { type Graph, type GraphNode, requireGraph } from './graph.js';
import { pathOf } from './groups.js';
import { type Look, legendOf } from './legend.js';
import { formatNumbers } from './numbers.js';
import { shortLocation } from './origin.js';

/**
 * The graph with one line an operation, as in `%3 = mul %1 %2  float64[2] = [2, 6]  train.ts:12:5`: numbers of small tensors, the
 * norm of larger ones, and the user's line. Operations in groups are indented under the group's name; a legend follows.
 */
export function graphToText(graph: Graph): string {
  requireGraph('graphToText', graph);
  return [...linesOf(graph), '', ...legendLines(graph)].join('\n');
}

/** The graph without its legend. */
export function linesOf(graph: Graph): string[] {
  const { nodes, results } = graph;
  const shown = nodes.filter(({ id, results: [first] }) => id === first);
  const rows = shown.map((node) => [leftOf(node), valuesOf(graph, node), noteOf(node)] as const);
  const indent = shown.map(({ group }) => '  '.repeat(namedPath(graph, group).length));
  const [left, middle] = [0, 1].map((column) =>
    Math.max(0, ...rows.map((row, i) => widthOf(column === 0 ? indent[i] + row[0] : row[column]))),
  );
  const headings = headingsOf(graph, shown);
  const lines = rows.flatMap(([name, values, note], i) => [
    ...headings[i],
    `${(indent[i] + name).padEnd(left)}  ${values.padEnd(middle)}  ${note}`.trimEnd(),
    ...shown[i].plans.flatMap((plan) => plan.split('\n').map((line) => `${indent[i]}    | ${line}`)),
  ]);
  const returned = results.map(({ path, id }) => (path === '' ? `%${id}` : `${path}: %${id}`));
  return [...lines, `return ${returned.join(', ')}`];
}

/** The width that a text claims of its column; a long one sticks out. */
const widthOf = (text: string): number => (text.length > 60 ? 0 : text.length);

function leftOf({ kind, label, params, inputs, results }: GraphNode): string {
  const names = results.map((id) => `%${id}`).join(', ');
  const operands = inputs.map((id) => `%${id}`);
  const parts = kind === 'argument' ? ['argument', label] : [label, ...operands, params];
  return `${names} = ${parts.filter((part) => part !== '').join(' ')}`;
}

const valuesOf = ({ nodes }: Graph, { results }: GraphNode): string =>
  results.map((id) => formatValue(nodes[id])).join(', ');

/** As in `float32[2] = [1, 2]` and `float32[100], norm 3.2`. */
export function formatValue({ signature, numbers }: Pick<GraphNode, 'signature' | 'numbers'>): string {
  const brief = formatSignature(signature);
  if (numbers === null) return brief;
  return `${brief}${numbers.values === null ? ',' : ' ='} ${formatNumbers(numbers)}`;
}

function noteOf(node: GraphNode): string {
  const what = node.kind === 'cut' ? 'no gradient' : node.vjpOf === null ? '' : `VJP of ${node.vjpOf}`;
  return [what, placeOf(node)].filter((part) => part !== '').join(', ');
}

/** As in `train.ts:12:5`, behind the function that was called there if it is not the operation: `softmax at train.ts:12:5`. */
export function placeOf({ call, label, location, vjpOf }: GraphNode): string {
  const name = call === label || vjpOf !== null ? null : call;
  if (location === null) return name ?? '';
  return name === null ? shortLocation(location) : `${name} at ${shortLocation(location)}`;
}

/** The groups around a node that have a heading; calls are noted behind the nodes. */
const namedPath = ({ groups }: Graph, group: number | null): readonly number[] =>
  pathOf(groups, group).filter((each) => groups[each].kind === 'group');

/** For each node the names of the groups that begin with it. */
function headingsOf(graph: Graph, shown: readonly GraphNode[]): readonly (readonly string[])[] {
  const named = new Set<number>();
  let before: readonly number[] = [];
  return shown.map(({ group }) => {
    const path = namedPath(graph, group);
    const common = path.findIndex((each, depth) => each !== before[depth]);
    const begun = common < 0 ? [] : path.slice(common);
    before = path;
    return begun.map((each, i) => {
      const again = named.has(each) ? ', continued' : '';
      named.add(each);
      return `${'  '.repeat(common + i)}${graph.groups[each].name}${again}:`;
    });
  });
}

/** How each look appears in a line. */
const appearances: Readonly<Record<Look, string>> = {
  argument: 'argument w',
  operation: 'mul %0 %1',
  vjp: 'VJP of mul',
  cut: 'no gradient',
  constant: '2, constant',
};

function legendLines(graph: Graph): string[] {
  const rows = legendOf(graph).map(({ look, meaning }) => [appearances[look], meaning]);
  if (graph.nodes.some(({ location }) => location !== null))
    rows.push(['file:1:2', 'where your program computed it, behind the function that it called there']);
  const width = Math.max(...rows.map(([appearance]) => appearance.length));
  return rows.map(([appearance, meaning]) => `${appearance.padEnd(width)}  ${meaning}`);
}
