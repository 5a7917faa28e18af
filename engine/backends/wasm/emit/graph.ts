import {
  type BinaryFunction,
  type ScalarExpression,
  type UnaryFunction,
  binary,
  input,
  isHeavyFunction,
} from '../../../ir/expression.js';

/** One distinct part of an expression. `args` are the places of its operands in the list of parts. */
export type Part = { readonly args: readonly number[] } & (
  | { readonly kind: 'input'; readonly index: number }
  | { readonly kind: 'constant'; readonly value: number }
  | { readonly kind: 'coordinate'; readonly axis: number }
  | { readonly kind: 'unary'; readonly fn: UnaryFunction }
  | { readonly kind: 'binary'; readonly fn: BinaryFunction }
  | { readonly kind: 'select' }
);

/** Expressions with each common part once, every part after its operands. */
export interface Graph {
  readonly parts: readonly Part[];
  /** The place of each whole expression. */
  readonly roots: readonly number[];
  /** How often each part is used, by another or as a whole. */
  readonly uses: readonly number[];
  /** A key that equal expressions share. */
  readonly key: string;
}

export function graphOf(...expressions: readonly ScalarExpression[]): Graph {
  const parts: Part[] = [];
  const places = new Map<string, number>();
  const seen = new Map<ScalarExpression, number>();

  function place(part: Part): number {
    const key = keyOf(part);
    let at = places.get(key);
    if (at === undefined) places.set(key, (at = parts.push(part) - 1));
    return at;
  }
  function visit(node: ScalarExpression): number {
    let at = seen.get(node);
    if (at === undefined) seen.set(node, (at = place(partOf(node))));
    return at;
  }
  function partOf(node: ScalarExpression): Part {
    switch (node.kind) {
      case 'unary':
        return { kind: 'unary', fn: node.fn, args: [visit(node.x)] };
      case 'binary':
        return { kind: 'binary', fn: node.fn, args: [visit(node.a), visit(node.b)] };
      case 'select':
        return { kind: 'select', args: [visit(node.condition), visit(node.a), visit(node.b)] };
      case 'input':
        return { kind: 'input', index: node.index, args: none };
      case 'constant':
        return { kind: 'constant', value: node.value, args: none };
      case 'coordinate':
        return { kind: 'coordinate', axis: node.axis, args: none };
    }
  }

  const roots = expressions.map(visit);
  const uses = parts.map(() => 0);
  for (const used of [roots, ...parts.map(({ args }) => args)]) for (const at of used) uses[at]++;
  return { parts, roots, uses, key: `${[...places.keys()].join(' ')} = ${roots.join()}` };
}

const none: readonly number[] = [];

function keyOf(part: Part): string {
  switch (part.kind) {
    case 'input':
      return `i${part.index}`;
    case 'constant':
      return Object.is(part.value, -0) ? '-0' : String(part.value);
    case 'coordinate':
      return `c${part.axis}`;
    case 'select':
      return `select(${part.args.join()})`;
    default:
      return `${part.fn}(${part.args.join()})`;
  }
}

/** Whether a graph has functions that take many instructions. */
export const isHeavy = ({ parts }: Graph): boolean =>
  parts.some((part) => 'fn' in part && isHeavyFunction(part.fn));

/** The axes whose coordinates a graph reads. */
export const coordinatesOf = ({ parts }: Graph): readonly number[] =>
  parts.flatMap((part) => (part.kind === 'coordinate' ? [part.axis] : []));

/** An input itself. */
export const identity = graphOf(input(0));

/** Two inputs added. */
export const sumOfTwo = graphOf(binary('add', input(0), input(1)));
