import { evaluator } from '../../backends/cpu/cpu.js';
import { IndexError } from '../../backends/errors.js';
import { LinAlgError } from '../../core/errors.js';
import { allocate } from '../../ir/array.js';
import type { Strided, TypedArray } from '../../ir/kernel.js';
import { sizeOf } from '../../ir/layout.js';
import { type Graph, type KernelGroup, type Source, isControlSpec } from './graph.js';

/** Larger constants are computed in every run, so that the plan does not store them. */
const constantSize = 1 << 16;

/** Evaluates the kernels that depend on no argument, and drops those without elements. */
export function foldConstants(graph: Graph): Graph {
  const constants = new Map(graph.constants);
  const groups = graph.groups.filter((group) => {
    const numbers = constantOf(group, constants);
    if (numbers !== undefined) constants.set(group.kernels[0], numbers);
    return numbers === undefined;
  });
  return { ...graph, constants, groups };
}

function constantOf(
  { kernels: [kernel], spec, reads }: KernelGroup,
  constants: ReadonlyMap<Source, TypedArray>,
): TypedArray | undefined {
  if (isControlSpec(spec)) return undefined;
  const { shape, dtype } = kernel.signature;
  const size = sizeOf(shape);
  if (size === 0) return allocate(dtype, 0);
  const isConstant = size <= constantSize && reads.every(({ source }) => constants.has(source));
  if (!isConstant || spec.family === 'maps') return undefined;
  const arrays = reads.map(({ source, layout }): Strided => ({ data: constants.get(source)!, ...layout }));
  try {
    return evaluator(spec)(arrays, kernel.signature);
  } catch (error) {
    // They are reported when the plan runs, like any other.
    if (error instanceof IndexError || error instanceof LinAlgError) return undefined;
    throw error;
  }
}
