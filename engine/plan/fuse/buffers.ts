import type { TypedArray } from '../../ir/kernel.js';
import { sizeOf } from '../../ir/layout.js';
import { type Buffer, type Operand, type SerialPlan, type Step, wholeBuffer } from '../../ir/plan.js';
import type { Graph, Read, Source } from './graph.js';

/** The steps of a graph: every source that is read or written gets a buffer. */
export function numberBuffers(graph: Graph): SerialPlan {
  const buffers: Buffer[] = [];
  const numbers = new Map<Source, number>();
  const literals: { readonly buffer: number; readonly data: TypedArray }[] = [];

  const bufferOf = (source: Source): number => {
    const existing = numbers.get(source);
    if (existing !== undefined) return existing;
    const { shape, dtype } = source.signature;
    const number = buffers.push({ dtype, size: sizeOf(shape) }) - 1;
    numbers.set(source, number);
    const data = graph.constants.get(source);
    if (data !== undefined) literals.push({ buffer: number, data });
    return number;
  };
  const operandOf = ({ source, layout }: Read): Operand => {
    const { shape, strides, offset } = layout;
    return { buffer: bufferOf(source), shape, strides, offset };
  };

  const inputs = graph.inputs.map(bufferOf);
  const steps = graph.groups.map(({ kernels, spec, reads }): Step => {
    const { signature } = kernels[0];
    return {
      spec,
      inputs: reads.map(operandOf),
      outputs: kernels.map((kernel) => wholeBuffer(bufferOf(kernel), signature.shape)),
      signature,
    };
  });
  return { buffers, steps, inputs, literals, outputs: graph.outputs.map(operandOf) };
}
