/**
 * In-place updates. Where an argument has been given away and a result takes its place in the next call, the result is
 * written over the argument: a training step then leaves parameters and state where it found them, and nothing moves.
 */
import { contiguousStrides, isContiguous, sizeOf } from '../core/shape.js';
import type { Buffer, LoweredPlan, Operand, Step } from '../ir/plan.js';
import { input } from './expression.js';

/** Result number `output` goes where argument number `input` came from. */
export interface Pair {
  readonly input: number;
  readonly output: number;
}

/**
 * The plan with the results of all pairs in the buffers of their arguments. Steps are moved so that an argument is read
 * for the last time before it is overwritten; where that cannot be, the result is copied over it at the end.
 */
export function inPlace(plan: LoweredPlan, pairs: readonly Pair[]): LoweredPlan {
  return pairs.reduce((before, pair) => overwrite(before, pair) ?? copyOver(before, pair), plan);
}

/** The plan with the step that computes the result writing into the argument, or undefined where that would be wrong. */
function overwrite(plan: LoweredPlan, pair: Pair): LoweredPlan | undefined {
  const target = plan.inputs[pair.input];
  const result = plan.outputs[pair.output];
  if (result.buffer === target && isWhole(result, plan.buffers)) return plan;
  const writer = plan.steps.find(({ output }) => output === result.buffer);
  const isOwn = !plan.inputs.includes(result.buffer) && isWhole(result, plan.buffers);
  if (writer === undefined || !isOwn || !mayOverwrite(writer, target, plan.buffers)) return undefined;
  const redirect = (operand: Operand): Operand =>
    operand.buffer === result.buffer ? { ...operand, buffer: target } : operand;
  // Who reads the argument reads the old value, and who reads the result the new one; from here on both are one buffer.
  const after = new Set(plan.steps.filter(({ inputs }) => inputs.some(({ buffer }) => buffer === result.buffer)));
  const before = plan.steps.filter(
    (step) => step !== writer && step.inputs.some(({ buffer }) => buffer === target),
  );
  const order = ordered(plan, writer, before);
  if (order === undefined || before.some((step) => after.has(step))) return undefined;
  const steps = order.map((step): Step => {
    if (step === writer) return { ...step, output: target };
    return after.has(step) ? { ...step, inputs: step.inputs.map(redirect) } : step;
  });
  return { ...plan, steps, outputs: plan.outputs.map(redirect) };
}
