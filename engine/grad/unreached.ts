import { onOperation } from '../core/dispatch.js';
import { UnreachedError } from '../core/errors.js';
import { Tensor } from '../core/tensor.js';
import { type Path, leavesOf, mapTree } from '../core/tree.js';
import { cutOf } from './cut.js';

/** One application of an operation; values are compared by identity, which the leaves of a scope share with their originals. */
interface Step {
  readonly output: unknown;
  readonly inputs: readonly { readonly value: unknown; readonly cut: string | null }[];
}

/**
 * The error for parameters that got no gradient. To name what cut them off, the function is run once more with a hook on
 * every operation: keeping the cut parts of every graph, just in case, would cost the memory that cutting saves.
 */
export function unreachedError<P>(
  operation: string,
  f: (args: P) => unknown,
  args: P,
  paths: readonly Path[],
  option: string,
): UnreachedError {
  const steps: Step[] = [];
  const copies = mapTree(args, (t) => new Tensor(t.shape, t.dtype, otherObject(t.value), t.scopes, t.node));
  const result = onOperation(
    ({ inputs, output, params }, applied, inside) => {
      if (inside !== '') return;
      const read = inputs.flatMap(({ value }, i) => {
        const cut = cutOf(applied, params, i);
        return cut === undefined ? [] : [{ value, cut }];
      });
      steps.push({ output: output.value, inputs: read });
    },
    () => f(copies),
  );
  const loss = result instanceof Tensor ? result : (result as readonly Tensor[])[0];
  const relevant = ancestors(loss.value, steps);
  const leaves = new Map(leavesOf(copies).map(({ path, tensor }) => [path, tensor.value]));
  const lines = paths.map(
    (path) => `  ${path === '' ? '(the argument)' : path}: ${reasonFor(leaves.get(path), steps, relevant)}`,
  );
  const subject = paths.length === 1 ? 'a parameter gets' : `${paths.length} parameters get`;
  return new UnreachedError(
    `${operation}: ${subject} no gradient:\n${lines.join('\n')}\n` +
      `If that is meant, say so with {${option}: [${paths.map((path) => `'${path}'`).join(', ')}]}, or leave them out of the argument.`,
    paths,
  );
}

/** The same value as another object. Not by spreading it, since the numbers of a compiled function's result are behind a getter. */
function otherObject(value: Tensor['value']): Tensor['value'] {
  if (!('data' in value)) return { ...value };
  const { data, shape, strides, offset } = value;
  return { data, shape, strides, offset };
}

/** The values that the result was computed from, through cuts too. */
function ancestors(result: unknown, steps: readonly Step[]): Set<unknown> {
  const values = new Set([result]);
  for (let i = steps.length - 1; i >= 0; i--) {
    if (values.has(steps[i].output)) for (const { value } of steps[i].inputs) values.add(value);
  }
  return values;
}

function reasonFor(leaf: unknown, steps: readonly Step[], relevant: ReadonlySet<unknown>): string {
  const influenced = new Set([leaf]);
  const cuts = new Set<string>();
  for (const { output, inputs } of steps) {
    for (const { value, cut } of inputs) {
      if (!influenced.has(value)) continue;
      if (cut === null) influenced.add(output);
      else if (relevant.has(output)) cuts.add(cut);
    }
  }
  if (cuts.size === 0) return 'it does not enter the result.';
  return `it reaches the result only through ${[...cuts].join(' and ')}.`;
}
