import type { Graph, GraphNode } from './graph.js';

/** How a node is shown: by its kind, or as part of a VJP. */
export type Look = GraphNode['kind'] | 'vjp';

export const lookOf = ({ kind, vjpOf }: GraphNode): Look =>
  vjpOf === null || kind === 'argument' || kind === 'constant' ? kind : 'vjp';

/** What each look means, in the order of legends. */
const meanings: Readonly<Record<Look, string>> = {
  argument: 'an argument of the function',
  operation: 'an operation that the gradient flows through',
  vjp: 'a part of a gradient inside of the function',
  cut: 'an operation on arguments that no gradient flows through',
  constant: 'a constant, which depends on no argument',
};

export interface LegendEntry {
  readonly look: Look;
  readonly meaning: string;
}

/** The looks that occur in a graph. */
export function legendOf({ nodes }: Graph): readonly LegendEntry[] {
  const present = new Set(nodes.map(lookOf));
  return (Object.entries(meanings) as [Look, string][])
    .filter(([look]) => present.has(look))
    .map(([look, meaning]) => ({ look, meaning }));
}
