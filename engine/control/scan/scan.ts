import { requireFunction } from '../../core/arguments.js';
import { ShapeError, UsageError } from '../../core/errors.js';
import { type Kinds, describe, isBoolean, isIntegerFrom, readOptions } from '../../core/options.js';
import type { Tensor } from '../../core/tensor.js';
import { zeros } from '../../ops/create.js';
import { formatSignature } from '../../plan/trace/format.js';
import type { Loop } from '../../plan/trace/plan.js';
import { traceTwice } from '../traceTwice.js';
import { type NamedLeaf, filled, leavesAt, tensorsLike } from '../trees.js';
import { applyInChunks } from './chunks.js';
import { scanOperation } from './operation.js';

export interface ScanOptions {
  /** The number of steps; needed where there are no items. */
  readonly length?: number;
  /** From the last item to the first. Out k still belongs to item k. */
  readonly reverse?: boolean;
  /**
   * For a gradient in less memory: the steps are taken in this many chunks. Only the carries at the beginning of each are
   * kept, and those within a chunk while the gradient goes through it, which computes the steps once more. The square root
   * of the number of steps needs the least.
   */
  readonly chunks?: number;
}

const kinds: Kinds<ScanOptions> = {
  length: isIntegerFrom(0),
  reverse: isBoolean,
  chunks: isIntegerFrom(1),
};

/**
 * A loop that carries something from step to step, as one operation:
 *
 *     for each k: [carry, outs[k]] = step(carry, items[k])
 *
 * returned as `[carry, outs]`. Carry, items and outs are trees of tensors (or nothing, as undefined); items have one row for
 * each step along their first axis, and outs are stacked along theirs. The carry keeps its structure, shapes and dtypes. The
 * step may use any tensor from outside.
 *
 * The step is traced, on tensors without numbers, and what it does is repeated: the plan of a compiled loop does not grow
 * with the number of steps. Differentiable to any order: a gradient keeps the carries of each step that it needs, and computes
 * the steps again from them. With no steps the carry is returned as it is.
 *
 * `jax.lax.scan`; for chunks see Griewank 1992 and Chen et al. 2016.
 * @throws UsageError or ShapeError if the step returns another carry than it was given, naming the path, or does something
 * else when it is called again.
 */
export function scan<Carry, Item = undefined, Out = undefined>(
  step: (carry: Carry, item: Item) => readonly [carry: Carry, out: Out],
  carry: Carry,
  items?: Item,
  options?: ScanOptions,
): [carry: Carry, outs: Out] {
  requireFunction('scan', step, 'a step, a function (carry, item) => [carry, out]');
  const { length, reverse = false, chunks = 1 } = readOptions<ScanOptions>('scan', options, kinds);
  const before = leavesAt('scan', 'carry', carry);
  const rows = leavesAt('scan', 'items', items);
  const count = stepsOf(rows, length);
  if (chunks > Math.max(count, 1))
    throw new UsageError(
      `scan: ${chunks} chunks of ${count} steps; there are at most as many chunks as steps.`,
    );

  const like = [
    ...before.map(({ tensor }) => tensor),
    ...rows.map(({ tensor: { shape, dtype } }) => ({ shape: shape.slice(1), dtype })),
  ];
  const { plan, captured, result } = traceTwice(
    'scan',
    step,
    like,
    (tensors) =>
      step(
        filled(carry, tensors.slice(0, before.length)),
        filled(items as Item, tensors.slice(before.length)),
      ),
    (result) => [
      ...carryOf(result, before),
      ...leavesAt('scan', 'out', result[1]).map(({ tensor }) => tensor),
    ],
  );
  const loop: Loop = {
    kind: 'loop',
    body: plan,
    carry: before.length,
    items: rows.length,
    length: count,
    reverse,
  };
  const inputs = [...before, ...rows].map(({ tensor }) => tensor).concat(captured);
  const results = run(inputs, loop, chunks);
  const [, out] = result;
  return [filled(carry, results.slice(0, before.length)), filled(out, results.slice(before.length))];
}

function run(inputs: readonly Tensor[], loop: Loop, chunks: number): readonly Tensor[] {
  const { body, carry, length } = loop;
  if (length > 0) return chunks > 1 ? applyInChunks(inputs, loop, chunks) : scanOperation.apply(inputs, loop);
  const outs = body.outputs.slice(carry);
  return [...inputs.slice(0, carry), ...outs.map(({ shape, dtype }) => zeros([0, ...shape], { dtype }))];
}

/** The number of steps. @throws unless the items agree about it. */
function stepsOf(rows: readonly NamedLeaf[], length: number | undefined): number {
  const count = length ?? rows.at(0)?.tensor.shape.at(0);
  for (const { path, tensor } of rows)
    if (tensor.rank === 0 || tensor.shape[0] !== count)
      throw new ShapeError(
        `scan: ${path} is ${formatSignature(tensor)}; ` +
          (count === undefined
            ? 'items have a row for each step along their first axis.'
            : `its first axis must be ${count}, the number of steps.`),
      );
  if (count === undefined)
    throw new UsageError('scan: without items the number of steps is missing; give {length}.');
  return count;
}

/** The carry that a step returned, in the order of the one that it got. @throws if it is another. */
function carryOf(result: unknown, before: readonly NamedLeaf[]): readonly Tensor[] {
  if (!Array.isArray(result) || result.length !== 2)
    throw new UsageError(`scan: the step must return [carry, out]; it returned ${describe(result)}.`);
  const [carry] = result as readonly unknown[];
  return tensorsLike('scan', before, leavesAt('scan', 'carry', carry), {
    gives: 'the step returns',
    rule: 'a carry keeps its structure, shapes and dtypes',
  });
}
