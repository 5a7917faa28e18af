import type { BackwardAccount, BackwardContribution, BackwardStage, CotangentSummary } from './account.js';
import type { Graph } from './graph.js';
import { formatNumbers } from './numbers.js';
import { linesOf } from './text.js';

const header =
  'Backward from the result. g is the cotangent of the node, y its value, x its input, or a, b, ... its inputs:';

/** The graph, then a paragraph for each stage, and the gradients. */
export function printAccount({ graph, stages, gradients }: Omit<BackwardAccount, 'toString'>): string {
  const found = gradients.map(({ path, gradient }) => {
    const name = path === '' ? 'gradient' : `gradient of ${path}`;
    return gradient === null ? `${name}: not reached` : withNumbers(name, gradient);
  });
  return [
    ...linesOf(graph),
    '',
    header,
    ...stages.flatMap((stage) => paragraph(graph, stage)),
    ...found,
  ].join('\n');
}

function paragraph(
  { nodes }: Graph,
  { node, operation, cotangent, siblings, contributions }: BackwardStage,
): string[] {
  const arity = nodes[node].inputs.length;
  const others = siblings.map((each) => `; ${withNumbers(`g of %${each.node}`, each.cotangent)}`);
  const head = `%${node} ${operation}: ${withNumbers('g', cotangent)}${others.join('')}`;
  return [head, ...contributions.map((contribution) => line(contribution, arity))];
}

const line = ({ added, to, input, rule, cotangent }: BackwardContribution, arity: number): string =>
  `  ${added ? 'added to' : 'to'} %${to} (${operandName(input, arity)}): ${withNumbers(rule, cotangent)}`;

/** The name that an input has in rules. */
function operandName(input: number, arity: number): string {
  if (arity === 1) return 'x';
  return input < 26 ? String.fromCharCode('a'.charCodeAt(0) + input) : `input ${input}`;
}

/** As in `g * b = [1, 2]` and `g * b: norm 3.2`. */
const withNumbers = (name: string, numbers: CotangentSummary): string =>
  `${name}${numbers.values === null ? ':' : ' ='} ${formatNumbers(numbers)}`;
