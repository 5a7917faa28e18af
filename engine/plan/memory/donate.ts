/**
 * In-place updates: the result that replaces a donated argument in the next call is written over it, so that parameters and
 * state of a training step stay where they are.
 */
import { eventsOf, withOperands } from '../../ir/control.js';
import { isContiguous, sizeOf } from '../../ir/layout.js';
import {
  type Operand,
  type SerialPlan,
  type Step,
  copyStep,
  isWholeBuffer,
  mayOverlap,
  wholeBuffer,
} from '../../ir/plan.js';
import { inOrder } from './schedule.js';

/** Result `output` is written over argument `input`, which has the same shape and dtype. */
export interface Alias {
  readonly input: number;
  readonly output: number;
}

/**
 * The plan with aliased results in the buffers of their arguments. Steps are reordered so that the last read of an argument
 * comes before it is overwritten; where no order does that, the result is copied over it at the end.
 */
export function inPlace(plan: SerialPlan, aliases: readonly Alias[]): SerialPlan {
  const moving = aliases.filter((alias) => !isInPlace(plan, alias));
  const saved = moving.reduce(
    (before, { input: number }) => saveReturned(before, before.inputs[number]),
    plan,
  );
  return moving.reduce((before, alias) => overwrite(before, alias) ?? copyOver(before, alias), saved);
}

/** Whether a result is the argument itself. */
const isInPlace = ({ inputs, outputs, buffers }: SerialPlan, alias: Alias): boolean =>
  outputs[alias.output].buffer === inputs[alias.input] && isWholeBuffer(outputs[alias.output], buffers);

/** The plan with results that are the argument in `target` copied out of it before anything else happens. */
function saveReturned(plan: SerialPlan, target: number): SerialPlan {
  const copies: Step[] = [];
  const buffers = [...plan.buffers];
  const outputs = plan.outputs.map((operand) => {
    if (operand.buffer !== target) return operand;
    const copy = buffers.push({ dtype: buffers[target].dtype, size: sizeOf(operand.shape) }) - 1;
    copies.push(copyStep(operand, wholeBuffer(copy, operand.shape), buffers));
    return wholeBuffer(copy, operand.shape);
  });
  return { ...plan, buffers, outputs, steps: [...copies, ...plan.steps] };
}

/** The plan with the steps that compute the result writing over the argument, or undefined where they may not. */
function overwrite(plan: SerialPlan, alias: Alias): SerialPlan | undefined {
  const target = plan.inputs[alias.input];
  const result = plan.outputs[alias.output];
  if (plan.inputs.includes(result.buffer) || !isWholeBuffer(result, plan.buffers)) return undefined;
  const redirect = (operand: Operand): Operand =>
    operand.buffer === result.buffer ? { ...operand, buffer: target } : operand;
  /** For each step that writes the result, the steps that read the argument there. */
  const readers = new Map<number, readonly number[]>();
  for (const [writer, step] of plan.steps.entries()) {
    const written = step.outputs.filter(({ buffer }) => buffer === result.buffer).map(redirect);
    if (written.length === 0) continue;
    if (!written.every((output) => mayOverwrite(step, output))) return undefined;
    const before = plan.steps.flatMap(({ inputs }, i) => {
      const reads = inputs.some((operand) => written.some((output) => mayOverlap(operand, output)));
      return reads && i !== writer ? [i] : [];
    });
    readers.set(writer, before);
  }
  if (readers.size === 0) return undefined;
  const areLast = [...readers].every(([writer, before]) => before.every((reader) => reader < writer));
  const steps = areLast ? plan.steps : inOrder(plan.steps, readers);
  if (steps === undefined) return undefined;
  return {
    ...plan,
    steps: steps.map((step) => withOperands(step, redirect)).filter((step) => !copiesNothing(step)),
    outputs: plan.outputs.map(redirect),
  };
}

/** Whether a step may write to an operand: it must read every overlapping one element by element, in the same order. */
export function mayOverwrite({ spec: { family }, inputs }: Step, output: Operand): boolean {
  const isPointwise = family === 'map' || family === 'maps';
  return inputs.every(
    (operand) =>
      !mayOverlap(operand, output) ||
      (isPointwise && operand.offset === output.offset && isContiguous(operand)),
  );
}

function copyOver(plan: SerialPlan, alias: Alias): SerialPlan {
  const result = plan.outputs[alias.output];
  const target = wholeBuffer(plan.inputs[alias.input], result.shape);
  return {
    ...plan,
    steps: [...plan.steps, copyStep(result, target, plan.buffers)],
    outputs: plan.outputs.map((operand, i) => (i === alias.output ? target : operand)),
  };
}

/** Whether a step copies something to where it is. */
const copiesNothing = ({ spec, inputs: [from], outputs: [to] }: Step): boolean =>
  spec.family === 'map' &&
  spec.expression.kind === 'input' &&
  from.buffer === to.buffer &&
  from.offset === to.offset &&
  isContiguous(from);

/**
 * The steps inside of a step with its results in `targets`: the carry of a loop over that of the run before.
 *
 * Rows come first: what is a row and is carried too is computed in the stack and copied.
 */
export function settle(body: SerialPlan, targets: readonly number[]): SerialPlan {
  const events = eventsOf(body.steps);
  const written = new Set(events.flatMap(({ outputs }) => outputs.map(({ buffer }) => buffer)));
  const read = [...events.flatMap(({ inputs }) => inputs), ...body.outputs].map(({ buffer }) => buffer);
  const around = read.filter((buffer) => !written.has(buffer) && !targets.includes(buffer));
  const aliases = targets.map((_, i) => ({ input: i, output: i })).reverse();
  return inPlace({ ...body, inputs: [...targets, ...new Set(around)] }, aliases);
}
