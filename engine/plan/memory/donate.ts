/**
 * In-place updates. Where an argument has been given away and a result takes its place in the next call, the result is
 * written over the argument: a training step then leaves parameters and state where it found them, and nothing moves.
 */
import { contiguousStrides, isContiguous, sizeOf } from '../../ir/layout.js';
import type { Buffer, LoweredPlan, Operand, Step } from '../../ir/plan.js';
import { input } from '../../ir/expression.js';
import { inOrder } from './schedule.js';

/** Result number `output` goes where argument number `input` came from; they have one shape and dtype. */
export interface Pair {
  readonly input: number;
  readonly output: number;
}

/**
 * The plan with the results of all pairs in the buffers of their arguments. Steps are moved so that an argument has
 * been read for the last time when it is overwritten; where that cannot be, the result is copied over it at the end.
 */
export function inPlace(plan: LoweredPlan, pairs: readonly Pair[]): LoweredPlan {
  const moving = pairs.filter((pair) => !isInPlace(plan, pair));
  const saved = moving.reduce(
    (before, { input: number }) => saveReturned(before, before.inputs[number]),
    plan,
  );
  return moving.reduce((before, pair) => overwrite(before, pair) ?? copyOver(before, pair), saved);
}

/** Whether a result is the argument itself. */
const isInPlace = ({ inputs, outputs, buffers }: LoweredPlan, pair: Pair): boolean =>
  outputs[pair.output].buffer === inputs[pair.input] && isWhole(outputs[pair.output], buffers);

const isWhole = (operand: Operand, buffers: readonly Buffer[]): boolean =>
  operand.offset === 0 && sizeOf(operand.shape) === buffers[operand.buffer].size && isContiguous(operand);

/** The plan with results that are the argument in `target` copied out of it before anything else happens. */
function saveReturned(plan: LoweredPlan, target: number): LoweredPlan {
  const copies: Step[] = [];
  const buffers = [...plan.buffers];
  const outputs = plan.outputs.map((operand) => {
    if (operand.buffer !== target) return operand;
    const copy = buffers.push({ dtype: buffers[target].dtype, size: sizeOf(operand.shape) }) - 1;
    copies.push(copyStep(operand, copy, buffers));
    return wholeOf(operand.shape, copy);
  });
  return { ...plan, buffers, outputs, steps: [...copies, ...plan.steps] };
}

/** The plan with the step that computes the result writing over the argument, or undefined where it may not. */
function overwrite(plan: LoweredPlan, pair: Pair): LoweredPlan | undefined {
  const target = plan.inputs[pair.input];
  const result = plan.outputs[pair.output];
  const writer = plan.steps.findIndex(({ outputs }) => outputs.includes(result.buffer));
  if (writer < 0 || plan.inputs.includes(result.buffer) || !isWhole(result, plan.buffers)) return undefined;
  if (!mayOverwrite(plan.steps[writer], target, plan.buffers)) return undefined;
  const readers = plan.steps.flatMap(({ inputs }, i) =>
    i !== writer && inputs.some(({ buffer }) => buffer === target) ? [i] : [],
  );
  const isLast = readers.every((reader) => reader < writer);
  const steps = isLast ? plan.steps : inOrder(plan.steps, new Map([[writer, readers]]));
  if (steps === undefined) return undefined;
  const redirect = (operand: Operand): Operand =>
    operand.buffer === result.buffer ? { ...operand, buffer: target } : operand;
  return {
    ...plan,
    steps: steps.map((step) => ({
      ...step,
      inputs: step.inputs.map(redirect),
      outputs: step.outputs.map((output) => (output === result.buffer ? target : output)),
    })),
    outputs: plan.outputs.map(redirect),
  };
}

/** Whether a step may write into a buffer that it also reads: element by element, and in the same order. */
export function mayOverwrite(
  { spec: { family }, inputs }: Step,
  target: number,
  buffers: readonly Buffer[],
): boolean {
  const isPointwise = family === 'map' || family === 'maps';
  return inputs.every((operand) => operand.buffer !== target || (isPointwise && isWhole(operand, buffers)));
}

function copyOver(plan: LoweredPlan, pair: Pair): LoweredPlan {
  const target = plan.inputs[pair.input];
  const result = plan.outputs[pair.output];
  const copied = wholeOf(result.shape, target);
  return {
    ...plan,
    steps: [...plan.steps, copyStep(result, target, plan.buffers)],
    outputs: plan.outputs.map((operand, i) => (i === pair.output ? copied : operand)),
  };
}

const copyStep = (from: Operand, output: number, buffers: readonly Buffer[]): Step => ({
  spec: { family: 'map', expression: input(0) },
  inputs: [from],
  outputs: [output],
  signature: { shape: from.shape, dtype: buffers[output].dtype },
});

const wholeOf = (shape: readonly number[], buffer: number): Operand => ({
  buffer,
  shape,
  strides: contiguousStrides(shape),
  offset: 0,
});
