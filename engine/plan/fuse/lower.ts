/**
 * From equations to the steps of a backend: views become layouts, elementwise kernels are fused, every result that
 * remains gets a buffer. What depends on no argument is computed now, once, and becomes a literal.
 */
import { evaluator } from '../../backends/cpu/cpu.js';
import { allocate, toTypedArray } from '../../ir/array.js';
import { sizeOf } from '../../ir/layout.js';
import { concrete } from '../../core/tensor.js';
import type { Strided, TypedArray } from '../../ir/kernel.js';
import type { Buffer, LoweredPlan, Operand, Step } from '../../ir/plan.js';
import type { Fused } from './compose.js';
import { fuseEpilogues } from './epilogue.js';
import { fuseMaps } from './fuse.js';
import { joinMaps } from './fuseSiblings.js';
import { type Read, type Source, graphOf } from './graph.js';
import type { Plan } from '../trace/plan.js';

export function lower(plan: Plan): LoweredPlan {
  const graph = graphOf(plan);
  const buffers: Buffer[] = [];
  const numbers = new Map<Source, number>();
  const literals: { readonly buffer: number; readonly data: TypedArray }[] = [];
  const constants = new Map<Source, TypedArray>();

  const bufferOf = (source: Source): number => {
    const known = numbers.get(source);
    if (known !== undefined) return known;
    const { shape, dtype } = source.signature;
    const number = buffers.push({ dtype, size: sizeOf(shape) }) - 1;
    numbers.set(source, number);
    const data = constants.get(source);
    if (data !== undefined) literals.push({ buffer: number, data });
    return number;
  };
  const operandOf = ({ source, layout }: Read): Operand => {
    const { shape, strides, offset } = layout;
    return { buffer: bufferOf(source), shape, strides, offset };
  };

  const inputs = graph.inputs.map(bufferOf);
  graph.literals.forEach((source, i) => {
    constants.set(source, toTypedArray(concrete(plan.literals[i].tensor, 'compile')));
  });
  const varying: Fused[] = [];
  for (const fused of fuseEpilogues(fuseMaps(graph), graph.outputs)) {
    const { shape, dtype } = fused.kernel.signature;
    if (sizeOf(shape) === 0) constants.set(fused.kernel, allocate(dtype, 0));
    else if (isConstant(fused, constants)) constants.set(fused.kernel, compute(fused, constants));
    else varying.push(fused);
  }
  const steps = joinMaps(varying, graph.outputs).map(({ kernels, spec, reads }): Step => ({
    spec,
    inputs: reads.map(operandOf),
    outputs: kernels.map(bufferOf),
    signature: kernels[0].signature,
  }));
  return { buffers, steps, inputs, literals, outputs: graph.outputs.map(operandOf) };
}

/** Larger results than this are computed anew in every run, so that a plan does not carry them along. */
const constantSize = 1 << 16;

const isConstant = ({ kernel, reads }: Fused, constants: ReadonlyMap<Source, TypedArray>): boolean =>
  sizeOf(kernel.signature.shape) <= constantSize && reads.every(({ source }) => constants.has(source));

function compute({ kernel, spec, reads }: Fused, constants: ReadonlyMap<Source, TypedArray>): TypedArray {
  const arrays = reads.map(({ source, layout }): Strided => ({ data: constants.get(source)!, ...layout }));
  return evaluator(spec)(arrays, kernel.signature);
}
