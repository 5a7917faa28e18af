/** Steps that hold steps. */
import type { ChoiceSpec, ControlStep, KernelStep, LoopSpec, Operand, Stages, Step } from './plan.js';

export const isControlStep = (step: Step): step is ControlStep =>
  step.spec.family === 'loop' || step.spec.family === 'choice';

/** The stages inside of a step: those of a loop, or of each branch. */
export const bodiesOf = (spec: LoopSpec | ChoiceSpec): readonly Stages[] =>
  spec.family === 'loop' ? [spec.body] : spec.branches;

/** The same with the stages inside of it replaced. */
export function withBodies(
  spec: LoopSpec | ChoiceSpec,
  change: (body: Stages) => Stages,
): LoopSpec | ChoiceSpec {
  if (spec.family === 'loop') return { ...spec, body: change(spec.body) };
  const [first, second] = spec.branches;
  return { ...spec, branches: [change(first), change(second)] };
}

/** All kernels of some steps, those inside of other steps included. */
export const kernelsOf = (steps: readonly Step[]): readonly KernelStep[] =>
  steps.flatMap((step) =>
    isControlStep(step) ? bodiesOf(step.spec).flatMap((body) => kernelsOf(body.flat())) : [step],
  );

/** Whether steps may throw: at an index out of range, or at a matrix without a result. */
export const mayThrow = (steps: readonly Step[]): boolean =>
  kernelsOf(steps).some(({ spec }) => spec.family === 'index' || spec.family === 'linalg');

/** A step with all its operands changed, inside of it too. */
export function withOperands(step: Step, change: (operand: Operand) => Operand): Step {
  const operands = { inputs: step.inputs.map(change), outputs: step.outputs.map(change) };
  if (!isControlStep(step)) return { ...step, ...operands };
  const spec = withBodies(step.spec, (body) =>
    body.map((stage) => stage.map((inner) => withOperands(inner, change))),
  );
  if (spec.family === 'choice') return { spec, ...operands };
  const rows = spec.rows.map((row) => ({ ...row, first: change(row.first) }));
  return { spec: { ...spec, rows }, ...operands };
}

/** What some steps do to memory, one after the other; what is inside of a step stands between two entries for the step itself. */
export interface Event {
  readonly step: Step;
  readonly inputs: readonly Operand[];
  readonly outputs: readonly Operand[];
}

/** @returns The events of some steps, with the buffers that rows are rows of in the place of rows. */
export function eventsOf(steps: readonly Step[]): readonly Event[] {
  return steps.flatMap((step) => {
    const { inputs, outputs } = step;
    const event = { step, inputs, outputs };
    if (!isControlStep(step)) return [event];
    const inner = bodiesOf(step.spec).flatMap((body) => eventsOf(body.flat()));
    return [event, ...(step.spec.family === 'loop' ? inner.map(outOfRows(step.spec)) : inner), event];
  });
}

function outOfRows({ rows }: LoopSpec): (event: Event) => Event {
  const stacks = new Map(rows.map(({ buffer, first }) => [buffer, first.buffer]));
  const moved = (operand: Operand): Operand => ({
    ...operand,
    buffer: stacks.get(operand.buffer) ?? operand.buffer,
  });
  return ({ step, inputs, outputs }) => ({ step, inputs: inputs.map(moved), outputs: outputs.map(moved) });
}
