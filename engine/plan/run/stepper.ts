/** Loops of steps `step(carry, ...args) -> [carry, out]`: the interface of eager and compiled loops, and the eager one. */
import { ShapeError, UsageError } from '../../core/errors.js';
import { formatShape } from '../../core/shape.js';
import type { Tensor } from '../../core/tensor.js';
import { type Path, leavesOf, mapTree } from '../../core/tree.js';
import { narrow, stack } from '../../ops/index.js';
import { reshape } from '../../primitives/index.js';
import { type Leaf, build, difference, structureOf } from '../trace/structure.js';
import type { Compilation } from './backends.js';
import { type Caller, requirePair } from './caller.js';

/** One step of a loop: it returns the carry of the next step, and an output. */
export type Step<Carry, Args extends readonly unknown[], Out> = (
  carry: Carry,
  ...args: Args
) => readonly [Carry, Out];

export interface Stepper<Carry, Args extends readonly unknown[], Out> {
  /** Begins a loop. The initial carry is never written to, unless it is donated (see `compile`). */
  start(carry: Carry, options?: { readonly donate?: boolean }): Loop<Carry, Args, Out>;
  /** One for each structure of arguments that occurred; none where steps run eagerly. */
  readonly plans: readonly Compilation[];
}

export interface Loop<Carry, Args extends readonly unknown[], Out> {
  /** The carry after the last step. What has been read here keeps its numbers whatever happens later. */
  readonly carry: Carry;
  /** One step; returns what it puts out. */
  step(...args: Args): Out;
  /**
   * `n` steps in one call. The first argument is a tree of tensors `[n, ...]` of which each step gets its part `[...]`;
   * the others are the same for every step. What the steps put out is returned stacked likewise.
   */
  steps(n: number, ...args: Args): Out;
}

/** Runs steps eagerly. A step that throws leaves the carry unchanged. */
export function eagerStepper<Carry, Args extends readonly unknown[], Out>(
  step: Step<Carry, Args, Out>,
  caller: Caller,
): Stepper<Carry, Args, Out> {
  const start = (carry: Carry): Loop<Carry, Args, Out> => {
    const next = (...args: Args): Out => {
      const [after, out] = requirePair(caller, step(carry, ...args));
      carry = after;
      return out;
    };
    return {
      get carry() {
        return carry;
      },
      step: next,
      steps(n, ...args) {
        requireParts(caller, n, args[0]);
        const [items, ...rest] = args;
        const outs = Array.from({ length: n }, (_, k) =>
          next(...([partOf(items, k), ...rest] as readonly unknown[] as Args)),
        );
        return stacked(caller, outs);
      },
    };
  };
  return { start, plans: [] };
}

/** The tensors of `items`. @throws ShapeError unless each has `n` parts along its first axis. */
export function requireParts(
  { by }: Caller,
  n: number,
  items: unknown,
): readonly { readonly path: Path; readonly tensor: Tensor }[] {
  const leaves = leavesOf(items, by);
  for (const { path, tensor } of leaves)
    if (tensor.shape[0] !== n)
      throw new ShapeError(
        `${by}: items${path === '' ? '' : `.${path}`} is ${formatShape(tensor.shape)}; its first axis must have size ${n}, one part for each step.`,
      );
  return leaves;
}

/** Part number `k` of every tensor along its first axis. */
const partOf = (items: unknown, k: number): unknown =>
  mapTree(items, (tensor) => reshape(narrow(tensor, 0, k, k + 1), tensor.shape.slice(1)));

/** Trees of one structure as one tree of stacked tensors. @throws UsageError where the structures differ. */
function stacked<Out>({ by, name }: Caller, outs: readonly Out[]): Out {
  const columns = outs.map((out) => {
    const leaves: Leaf[] = [];
    return { structure: structureOf(by, out, leaves), leaves };
  });
  for (const { structure } of columns) {
    const changed = difference(columns[0].structure, structure, (path) =>
      path === '' ? 'the output' : `the output's ${path}`,
    );
    if (changed !== undefined)
      throw new UsageError(
        `${name}: the outputs of the steps are stacked, so they must have one structure, but ${changed}.`,
      );
  }
  const stackAt = (i: number): Tensor => stack(columns.map(({ leaves }) => leaves[i].tensor));
  return build(columns[0].structure, stackAt) as Out;
}
