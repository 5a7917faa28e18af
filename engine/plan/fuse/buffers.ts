import type { TypedArray } from '../../ir/kernel.js';
import { contiguousStrides, sizeOf } from '../../ir/layout.js';
import {
  type Buffer,
  type ControlStep,
  type Operand,
  type Row,
  type SerialPlan,
  type Stages,
  type Step,
  copyStep,
  wholeBuffer,
} from '../../ir/plan.js';
import {
  type ChoiceKernel,
  type Graph,
  type KernelGroup,
  type LoopKernel,
  type Read,
  type Source,
  isControlSpec,
} from './graph.js';

/**
 * A plan of the steps inside of a step, with its results in `targets`, the first of which is for the first result.
 * Buffers may be added.
 */
export type Settle = (body: SerialPlan, targets: readonly number[]) => Pick<SerialPlan, 'buffers' | 'steps'>;

/** The steps of a graph: every source that is read or written gets a buffer. */
export function numberBuffers(graph: Graph, settle: Settle): SerialPlan {
  const constants = new Map(constantsOf(graph));
  const buffers: Buffer[] = [];
  const numbers = new Map<Source, number>();
  const literals: { readonly buffer: number; readonly data: TypedArray }[] = [];

  const addBuffer = ({ signature: { shape, dtype } }: Source): number =>
    buffers.push({ dtype, size: sizeOf(shape) }) - 1;
  const bufferOf = (source: Source): number => {
    const existing = numbers.get(source);
    if (existing !== undefined) return existing;
    const number = addBuffer(source);
    numbers.set(source, number);
    const data = constants.get(source);
    if (data !== undefined) literals.push({ buffer: number, data });
    return number;
  };
  const wholeOf = (source: Source): Operand => wholeBuffer(bufferOf(source), source.signature.shape);
  const operandOf = ({ source, layout }: Read): Operand => {
    const { shape, strides, offset } = layout;
    return { buffer: bufferOf(source), shape, strides, offset };
  };

  const stepsOf = ({ groups }: Graph): readonly Step[] => groups.flatMap(stepsFor);
  const stepsFor = ({ kernels, spec, reads }: KernelGroup): readonly Step[] => {
    if (isControlSpec(spec)) return spec.family === 'loop' ? loop(spec, reads) : [choice(spec, reads)];
    const { signature } = kernels[0];
    return [{ spec, inputs: reads.map(operandOf), outputs: kernels.map(wholeOf), signature }];
  };
  const bodyOf = (graph: Graph, targets: readonly number[]): Stages => {
    const steps = stepsOf(graph);
    const outputs = graph.outputs.map(operandOf);
    const settled = settle({ buffers, steps, inputs: [], literals: [], outputs }, targets);
    buffers.push(...settled.buffers.slice(buffers.length));
    return settled.steps.map((step) => [step]);
  };
  /** The carry has the place of the result from the beginning on. */
  const loop = ({ count, reverse, carries, body, results }: LoopKernel, reads: readonly Read[]): Step[] => {
    const carried = results.slice(0, carries).map(wholeOf);
    const inits = carried.map((operand, i) => copyStep(operandOf(reads[i]), operand, buffers));
    carried.forEach(({ buffer }, i) => numbers.set(body.inputs[i], buffer));
    const stacks = body.inputs.slice(carries).map((source, i): Row => {
      const { shape, strides, ...operand } = operandOf(reads[carries + i]);
      const first = { ...operand, shape: shape.slice(1), strides: strides.slice(1) };
      return { buffer: bufferOf(source), first, stride: strides[0] };
    });
    const outs = results.slice(carries).map((source): Row => {
      const row = { ...source.signature, shape: source.signature.shape.slice(1) };
      const first = {
        buffer: bufferOf(source),
        offset: 0,
        shape: row.shape,
        strides: contiguousStrides(row.shape),
      };
      return { buffer: addBuffer({ signature: row }), first, stride: sizeOf(row.shape) };
    });
    const targets = [...carried, ...outs].map(({ buffer }) => buffer);
    const step: ControlStep = {
      spec: { family: 'loop', count, reverse, body: bodyOf(body, targets), rows: [...stacks, ...outs] },
      inputs: [...carried, ...reads.slice(carries).map(operandOf)],
      outputs: results.map(wholeOf),
    };
    return [...inits, step];
  };
  const choice = ({ branches, results }: ChoiceKernel, reads: readonly Read[]): ControlStep => {
    const outputs = results.map(wholeOf);
    const targets = outputs.map(({ buffer }) => buffer);
    const bodies = [bodyOf(branches[0], targets), bodyOf(branches[1], targets)] as const;
    return { spec: { family: 'choice', branches: bodies }, inputs: reads.map(operandOf), outputs };
  };

  const inputs = graph.inputs.map(bufferOf);
  const steps = stepsOf(graph);
  return { buffers, steps, inputs, literals, outputs: graph.outputs.map(operandOf) };
}

/** Those of the graphs inside of it too. */
const constantsOf = ({ constants, groups }: Graph): readonly (readonly [Source, TypedArray])[] => [
  ...constants,
  ...groups.flatMap(({ spec }) => {
    if (!isControlSpec(spec)) return [];
    return (spec.family === 'loop' ? [spec.body] : spec.branches).flatMap(constantsOf);
  }),
];
