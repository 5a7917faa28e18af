import { evaluator } from '../../backends/cpu/cpu.js';
import { allocate } from '../../ir/array.js';
import type { Strided, TypedArray } from '../../ir/kernel.js';
import { sizeOf } from '../../ir/layout.js';
import type { Graph, KernelGroup, Source } from './graph.js';

/** Larger results than this are computed anew in every run, so that a plan does not carry them along. */
const constantSize = 1 << 16;

/** Computes, once and for all, what depends on no argument. Kernels without elements compute nothing. */
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
  const { shape, dtype } = kernel.signature;
  const size = sizeOf(shape);
  if (size === 0) return allocate(dtype, 0);
  const isConstant = size <= constantSize && reads.every(({ source }) => constants.has(source));
  if (!isConstant || spec.family === 'maps') return undefined;
  const arrays = reads.map(({ source, layout }): Strided => ({ data: constants.get(source)!, ...layout }));
  return evaluator(spec)(arrays, kernel.signature);
}
