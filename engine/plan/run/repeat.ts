import { requireFunction } from '../../core/arguments.js';
import { allocate, toTypedArray } from '../../ir/array.js';
import { ownTypedArray } from '../../core/create.js';
import { isObserved } from '../../core/dispatch.js';
import { ShapeError, UsageError } from '../../core/errors.js';
import { isIntegerFrom, requireKind } from '../../core/options.js';
import { formatShape } from '../../core/shape.js';
import { isContiguous, sizeOf } from '../../ir/layout.js';
import { Tensor, concrete, liveScopes } from '../../core/tensor.js';
import { leavesOf, mapTree } from '../../core/tree.js';
import type { TypedArray } from '../../ir/kernel.js';
import { narrow, stack } from '../../ops/index.js';
import { reshape } from '../../primitives/index.js';
import { callerOf, inCarry, requirePair } from './caller.js';
import { type BackendOptions, type Compilation, readBackend } from './backends.js';
import { makeCompiler } from './planCache.js';
import { type Leaf, build, difference, partOf, signaturesOf, structureOf } from '../trace/structure.js';

/**
 * Many steps in one call: `repeat(n, step)(carry, items, ...rest)` computes
 *
 *     for k = 0 to n-1:   [carry, outs[k]] = step(carry, items[k], ...rest)
 *
 * and returns `[carry, outs]`. `items` is a tree of tensors `[n, ...]` of which each step gets its part `[...]`, such as
 * the batches of an epoch; `outs` is the tree of tensors that the steps put out, stacked likewise; `rest` is the same for
 * every step. One step is compiled and run n times. The carry stays in the plan's memory from step to step and from call
 * to call: it is donated (see `compile`).
 *
 * Inside of a gradient, and inside of another compiled function, it is the loop that it stands for.
 *
 * @throws UsageError where `compile` does, and if a step returns a carry of another structure.
 */
export function repeat<Carry, Items, Rest extends readonly unknown[], Outs>(
  n: number,
  step: (carry: Carry, item: Items, ...rest: Rest) => readonly [Carry, Outs],
  options: BackendOptions = {},
): (carry: Carry, items: Items, ...rest: Rest) => [Carry, Outs] {
  requireKind('repeat', 'n', n, isIntegerFrom(1));
  requireFunction('repeat', step, 'n and a function');
  const caller = callerOf('repeat', step, ['the carry', 'items']);
  const paired = (carry: Carry, item: Items, ...rest: Rest): readonly [Carry, Outs] =>
    requirePair(caller, step(carry, item, ...rest));
  const compiler = makeCompiler(caller, paired, { ...readBackend('repeat', options), donate: [0] });
  return (carry, items, ...rest) => {
    const leaves = leavesOf(items, 'repeat');
    for (const { path, tensor } of leaves)
      if (tensor.shape[0] !== n)
        throw new ShapeError(
          `repeat: items${path === '' ? '' : `.${path}`} is ${formatShape(tensor.shape)}; its first axis must have size ${n}, one part for each step.`,
        );
    if (isObserved() || leaves.some(({ tensor }) => liveScopes(tensor) !== 0))
      return loop(n, paired, carry, items, rest);
    const rows = leaves.map(({ tensor }) => rowsOf(tensor));
    let next = 0;
    const first = mapTree(items, (tensor) => ownTypedArray(rows[next++](0), tensor.shape.slice(1)));
    const tensors: Tensor[] = [];
    const found = compiler.find([carry, first, ...rest], tensors);
    return found === undefined
      ? loop(n, paired, carry, items, rest)
      : (run(n, caller.name, found, tensors, rows) as [Carry, Outs]);
  };
}

type Rows = (k: number) => TypedArray;

/** The parts of a tensor along its first axis. */
function rowsOf(tensor: Tensor): Rows {
  const view = concrete(tensor, 'repeat');
  const [data, start] = isContiguous(view) ? [view.data, view.offset] : [toTypedArray(view), 0];
  const size = sizeOf(tensor.shape.slice(1));
  return (k) => data.subarray(start + k * size, start + (k + 1) * size);
}

function run(
  n: number,
  name: string,
  { program, structure, result }: Compilation,
  args: readonly Tensor[],
  rows: readonly Rows[],
): unknown {
  const [after, outs] = [partOf(result, 0), partOf(result, 1)];
  const changed = difference(partOf(structure, 0), after, inCarry);
  if (changed !== undefined)
    throw new UsageError(
      `${name}: the carry goes from step to step, so it must keep its structure, but ${changed}.`,
    );
  const inputs = signaturesOf(partOf(structure, 1));
  const stacks = signaturesOf(outs).map(({ place, signature: { shape, dtype } }) => {
    const size = sizeOf(shape);
    return { place, shape, size, data: allocate(dtype, n * size) };
  });
  program.load(args);
  program.executeMany(
    n,
    inputs.map(({ place }, i) => ({ input: place, row: rows[i] })),
    stacks.map(({ place, size, data }) => ({
      output: place,
      store(k, numbers) {
        data.set(toTypedArray(numbers), k * size);
      },
    })),
  );
  const stacked = new Map(
    stacks.map(({ place, shape, data }) => [place, ownTypedArray(data, [n, ...shape])]),
  );
  return build(result, (place) => stacked.get(place) ?? program.tensor(place));
}

function loop<Carry, Items, Rest extends readonly unknown[], Outs>(
  n: number,
  step: (carry: Carry, item: Items, ...rest: Rest) => readonly [Carry, Outs],
  carry: Carry,
  items: Items,
  rest: Rest,
): [Carry, Outs] {
  const outs: Outs[] = [];
  for (let k = 0; k < n; k++) {
    const item = mapTree(items, (tensor) => reshape(narrow(tensor, 0, k, k + 1), tensor.shape.slice(1)));
    const [after, out] = step(carry, item, ...rest);
    carry = after;
    outs.push(out);
  }
  const columns = outs.map((out) => {
    const leaves: Leaf[] = [];
    return { structure: structureOf('repeat', out, leaves), leaves };
  });
  const stackAt = (i: number): Tensor => stack(columns.map(({ leaves }) => leaves[i].tensor));
  return [carry, build(columns[0].structure, stackAt) as Outs];
}
