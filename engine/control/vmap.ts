import { requireFunction } from '../core/arguments.js';
import { TrackedReadError, UsageError } from '../core/errors.js';
import { type Kinds, isPlainObject, kind, readOptions } from '../core/options.js';
import { formatShape } from '../core/shape.js';
import type { Tensor } from '../core/tensor.js';
import type { Path } from '../core/tree.js';
import { argumentAt, callerOf } from '../plan/run/caller.js';
import { type Leaf, build, leavesIn, structureOf } from '../plan/trace/structure.js';
import { traceClosed } from '../plan/trace/trace.js';
import { type MaybeBatched, permute, withBatchAxis } from '../primitives/index.js';
import { evaluateBatched } from './batch.js';
import { type AxesReader, type BatchAxes, axesOfTree, axisOf, batchSize } from './batchAxes.js';

/** Options of `vmap`. */
export interface VmapOptions {
  /**
   * Which axis of the arguments holds the examples; default 0. One axis for all of them, or a list with an entry for each: an
   * axis, null if all examples share it, or a tree of these like the argument, which may end above its tensors.
   */
  readonly in?: BatchAxes;
  /** Where results get their batch axis, in the same form; default 0. Null for a result that is the same for all examples. */
  readonly out?: BatchAxes;
}

const isAxes = (value: unknown): boolean => value === null || Number.isInteger(value) || Array.isArray(value);

const kinds: Kinds<VmapOptions> = {
  in: kind('an axis (an integer), null, or a list with an entry for each argument', isAxes),
  out: kind(
    'an axis (an integer), null, or a tree of them like the result',
    (value) => isAxes(value) || isPlainObject(value),
  ),
};

const elsewhere = {
  ...Object.fromEntries(['in_axes', 'inAxes', 'in_dims', 'inDims'].map((name) => [name, "Write 'in'."])),
  ...Object.fromEntries(['out_axes', 'outAxes', 'out_dims', 'outDims'].map((name) => [name, "Write 'out'."])),
};

/**
 * `f` for many examples at once: `y[i] = f(x[i])` for all i, computed by one operation where f has one. `f` is written for one
 * example: its tensors have no batch axis. It may hold gradients and further `vmap`s, take tensors from outside (all examples
 * share them), and be compiled; gradients may be taken around it. It runs once: what it does on the host is the same for all.
 *
 * Per-example gradients: `vmap(grad(loss), { in: [null, 0, 0] })(params, x, y)`. Arguments that are not tensors are handed on.
 * A gather whose table and indices both differ looks all examples' rows up in one table. JAX: `vmap(f, in_axes, out_axes)`.
 * @throws ShapeError if batch axes differ in size or do not exist, naming the argument.
 * @throws TrackedReadError if f reads numbers, by item() or in a condition of the host: all examples take one path; see `where`.
 */
export function vmap<Args extends readonly unknown[], Result>(
  f: (...args: Args) => Result,
  options?: VmapOptions | number | null | readonly BatchAxes[],
): (...args: Args) => Result {
  requireFunction('vmap', f);
  const { in: inAxes = 0, out: outAxes = 0 } = readOptions<VmapOptions>('vmap', options, kinds, {
    positional: 'in',
    elsewhere,
  });
  const caller = callerOf('vmap', f);
  const { name } = caller;
  const argumentReader: AxesReader = {
    name,
    option: 'in',
    at: (path) => (path === '' ? 'the list of arguments' : argumentAt(caller, path)),
  };
  const resultReader: AxesReader = {
    name,
    option: 'out',
    at: (path) => ['the result', path].filter(Boolean).join('.'),
  };
  return (...args) => {
    const leaves: Leaf[] = [];
    const structure = structureOf(name, args, leaves);
    const axes = axesOfTree(argumentReader, inAxes, structure).map((axis, i) => {
      const { path, tensor } = leaves[i];
      return axis === null
        ? null
        : axisOf(argumentReader, { path, rank: tensor.rank, shape: tensor.shape }, axis);
    });
    const size = batchSize(argumentReader, leaves, axes);
    const inputs = leaves.map(({ tensor }, i): MaybeBatched => {
      const axis = axes[i];
      return axis === null ? shared(tensor) : { tensor: withAxisMoved(tensor, axis, 0), batched: true };
    });
    const example = inputs.map(({ tensor: { shape, dtype }, batched }) => ({
      shape: batched ? shape.slice(1) : shape,
      dtype,
    }));
    const run = (tensors: readonly Tensor[]): Result =>
      f(...(build(structure, (leaf) => tensors[leaf]) as readonly unknown[] as Args));
    const { plan, captured, result } = explainReads(name, () =>
      traceClosed(name, example, run, (traced) => leavesIn(name, traced).map(({ tensor }) => tensor)),
    );
    const results = evaluateBatched(plan, [...inputs, ...captured.map(shared)], size);
    const outputs: Leaf[] = [];
    const resultStructure = structureOf(name, result, outputs);
    const placed = axesOfTree(resultReader, outAxes, resultStructure).map((axis, i) =>
      placeResult(resultReader, outputs[i].path, results[i], axis, size),
    );
    return build(resultStructure, (leaf) => placed[leaf]) as Result;
  };
}

const shared = (tensor: Tensor): MaybeBatched => ({ tensor, batched: false });

/** A result with its batch axis where `out` wants it. */
function placeResult(
  reader: AxesReader,
  path: Path,
  result: MaybeBatched,
  axis: number | null,
  size: number,
): Tensor {
  if (axis === null) {
    if (!result.batched) return result.tensor;
    throw new UsageError(
      `${reader.name}: out is null for ${reader.at(path)} of shape ${formatShape(result.tensor.shape.slice(1))}, but it differs from ` +
        'example to example; give its batch axis a place.',
    );
  }
  const tensor = withBatchAxis(result, size);
  const { shape, rank } = tensor;
  return withAxisMoved(tensor, 0, axisOf(reader, { path, rank, shape }, axis));
}

/** One axis moved to another place. */
function withAxisMoved(tensor: Tensor, from: number, to: number): Tensor {
  if (from === to) return tensor;
  const axes = tensor.shape.map((_, i) => i);
  axes.splice(to, 0, ...axes.splice(from, 1));
  return permute(tensor, axes);
}

/** Says what the error for a number that is read means here. */
function explainReads<Result>(name: string, body: () => Result): Result {
  try {
    return body();
  } catch (error) {
    if (!(error instanceof TrackedReadError) || error.message.startsWith('vmap(')) throw error;
    throw new TrackedReadError(
      `${name}: ${error.message} The function runs once for all examples, whose numbers differ: choose between values with ` +
        'where(condition, a, b), not with if.',
      { cause: error },
    );
  }
}
