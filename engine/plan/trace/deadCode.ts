/** What nobody reads is left out, of loops and choices too: results, carries and inputs. */
import {
  type Choice,
  type ControlEquation,
  type Equation,
  type Loop,
  type Plan,
  type Variable,
  isControl,
  makePlan,
  withPlans,
} from './plan.js';

/** The plan without the equations and literals that no output depends on. */
export function withoutDeadCode(plan: Plan): Plan {
  const live = new Set(plan.outputs.map(({ id }) => id));
  const equations: Equation[] = [];
  for (const equation of [...plan.equations].reverse()) {
    if (!equation.outputs.some(({ id }) => live.has(id))) continue;
    const needed = isControl(equation) ? withoutDeadResults(equation, live) : equation;
    for (const { id } of needed.inputs) live.add(id);
    equations.push(needed);
  }
  const literals = plan.literals.filter(({ variable }) => live.has(variable.id));
  return makePlan({ inputs: plan.inputs, literals, equations: equations.reverse(), outputs: plan.outputs });
}

/** The ids of what the equations and outputs of a plan read. */
export function readIn({ equations, outputs }: Pick<Plan, 'equations' | 'outputs'>): ReadonlySet<number> {
  return new Set([...equations.flatMap(({ inputs }) => inputs), ...outputs].map(({ id }) => id));
}

/** Where a function has a gradient of its own, that reads more than its plan: such an equation stays as it is. */
function withoutDeadResults(equation: ControlEquation, live: ReadonlySet<number>): ControlEquation {
  const { params, outputs } = equation;
  const isLive = outputs.map(({ id }) => live.has(id));
  switch (params.kind) {
    case 'loop':
      return withoutDeadCarries(equation, params, isLive);
    case 'choice':
      return withoutDeadBranches(equation, params, isLive);
    case 'inline':
      return equation;
  }
}

function withoutDeadBranches(
  equation: ControlEquation,
  choice: Choice,
  isLive: readonly boolean[],
): ControlEquation {
  const { inputs, outputs } = equation;
  const cut = isLive.includes(false)
    ? withPlans(choice, (plan) => withoutDeadCode(keepOutputs(plan, isLive)))
    : choice;
  const readers = cut.branches.map(readIn);
  const isRead = cut.branches[0].inputs.map((_, i) =>
    cut.branches.some((plan, k) => readers[k].has(plan.inputs[i].id)),
  );
  if (cut === choice && !isRead.includes(false)) return equation;
  return {
    ...equation,
    params: withPlans(cut, (plan) => keepInputs(plan, isRead)),
    inputs: marked(inputs, [true, ...isRead]),
    outputs: marked(outputs, isLive),
  };
}

/** A carry stays if its last value is read (`kept`), or if a result or another carry that stays is computed from it. */
function withoutDeadCarries(
  equation: ControlEquation,
  loop: Loop,
  kept: readonly boolean[],
): ControlEquation {
  const { body, carry } = loop;
  const cut = kept.includes(false) ? withoutDeadCode(keepOutputs(body, kept)) : body;
  const read = readIn(cut);
  const next = kept.map((isKept, k) => isKept || (k < carry && read.has(body.inputs[k].id)));
  if (next.some((isKept, k) => isKept !== kept[k])) return withoutDeadCarries(equation, loop, next);
  const isRead = body.inputs.map(({ id }, i) => (i < carry ? kept[i] : read.has(id)));
  if (cut === body && !isRead.includes(false)) return equation;
  const countRead = (from: number, to: number): number => isRead.slice(from, to).filter(Boolean).length;
  return {
    ...equation,
    params: {
      ...loop,
      body: keepInputs(cut, isRead),
      carry: countRead(0, carry),
      items: countRead(carry, carry + loop.items),
    },
    inputs: marked(equation.inputs, isRead),
    outputs: marked(equation.outputs, kept),
  };
}

const marked = (variables: readonly Variable[], marks: readonly boolean[]): readonly Variable[] =>
  variables.filter((_, i) => marks[i]);

const keepOutputs = (plan: Plan, marks: readonly boolean[]): Plan =>
  makePlan({ ...plan, outputs: marked(plan.outputs, marks) });

const keepInputs = (plan: Plan, marks: readonly boolean[]): Plan =>
  makePlan({ ...plan, inputs: marked(plan.inputs, marks) });
