/** A gradient's loop computes again what the loop before it has computed; where that is dear, it is kept instead. */
import { barrierPrimitive } from '../../primitives/index.js';
import { keyOf } from '../trace/format.js';
import {
  type ControlEquation,
  type Equation,
  type Loop,
  type Plan,
  type PrimitiveEquation,
  type Variable,
  isControl,
  largestId,
  makePlan,
} from '../trace/plan.js';
import { familyOf } from './family.js';

type LoopEquation = ControlEquation & { readonly params: Loop };

const isLoop = (equation: Equation): equation is LoopEquation =>
  isControl(equation) && equation.params.kind === 'loop';

/**
 * The plan with products that a loop computes of the same rows as one before it put out by that one. With a product go the
 * maps behind it, as bias, that nothing else reads: what they read need not be kept.
 */
export function shareProducts(plan: Plan): Plan {
  const loops = new Map<number, LoopEquation>();
  let names = largestId(plan);
  plan.equations.forEach((equation, later) => {
    if (!isLoop(equation)) return;
    let second = equation;
    for (const [earlier, before] of loops) {
      if (before.params.length !== second.params.length) continue;
      let first = before;
      for (const [own, kept] of sharedBy(first, second)) {
        const already = stackOf(first, kept);
        const stack = already ?? { ...own, id: ++names, shape: [first.params.length, ...own.shape] };
        if (already === undefined) first = puttingOut(first, kept, stack);
        second = taking(second, own, stack);
      }
      loops.set(earlier, first);
    }
    loops.set(later, second);
  });
  return makePlan({ ...plan, equations: plan.equations.map((equation, i) => loops.get(i) ?? equation) });
}

/** For each value of the second loop's step that is to be shared, the same of the first. */
function sharedBy(first: LoopEquation, second: LoopEquation): readonly (readonly [Variable, Variable])[] {
  const same = sameIn(first, second);
  const { equations, outputs } = second.params.body;
  const shared = new Map<number, readonly [Variable, Variable]>();
  for (const equation of equations) {
    let [value] = equation.outputs;
    if (isControl(equation) || !isProduct(equation) || !same.has(value.id)) continue;
    for (;;) {
      const readers = equations.filter(({ inputs }) => inputs.some(({ id }) => id === value.id));
      const [reader] = readers;
      if (readers.length !== 1 || !isMap(reader) || !same.has(reader.outputs[0].id)) break;
      if (outputs.some(({ id }) => id === value.id)) break;
      value = reader.outputs[0];
    }
    shared.set(value.id, [value, same.get(value.id)!]);
  }
  return [...shared.values()];
}

const isProduct = (equation: PrimitiveEquation): boolean => ['matmul', 'conv'].includes(familyOf(equation));

/** Behind a barrier stands what is to be computed again. */
const isBarrier = ({ operation }: PrimitiveEquation): boolean => operation === barrierPrimitive;

const isMap = (equation: Equation): boolean => !isControl(equation) && familyOf(equation) === 'map';

/** For each value of the second loop's step that the first one's computes too, from the same rows and constants, that one. */
function sameIn(first: LoopEquation, second: LoopEquation): ReadonlyMap<number, Variable> {
  const rowsOf = ({ inputs, params: { body, carry } }: LoopEquation): (readonly [number, Variable])[] =>
    inputs.slice(carry).map(({ id }, i) => [id, body.inputs[carry + i]]);
  const { carry, items, body } = first.params;
  const stacks = new Map([
    ...first.outputs.slice(carry).map(({ id }, i) => [id, body.outputs[carry + i]] as const),
    ...rowsOf(first).slice(0, items),
  ]);
  const constants = new Map(rowsOf(first).slice(items));
  const same = new Map<number, Variable>();
  rowsOf(second).forEach(([id, variable], i) => {
    const counterpart = (i < second.params.items ? stacks : constants).get(id);
    if (counterpart !== undefined) same.set(variable.id, counterpart);
  });
  const keyFor = ({ operation, params }: PrimitiveEquation, inputs: readonly Variable[]): string =>
    `${operation.name}(${inputs.map(({ id }) => id).join()})${keyOf(params)}`;
  const computed = new Map<string, Variable>();
  for (const equation of body.equations)
    if (!isControl(equation)) computed.set(keyFor(equation, equation.inputs), equation.outputs[0]);
  for (const equation of second.params.body.equations) {
    const inputs = equation.inputs.flatMap(({ id }) => same.get(id) ?? []);
    if (isControl(equation) || inputs.length < equation.inputs.length || isBarrier(equation)) continue;
    const counterpart = computed.get(keyFor(equation, inputs));
    if (counterpart !== undefined) same.set(equation.outputs[0].id, counterpart);
  }
  return same;
}

/** The result that stacks a value of the step, if one does. */
const stackOf = (
  { outputs, params: { body, carry } }: LoopEquation,
  { id }: Variable,
): Variable | undefined => outputs.find((_, k) => k >= carry && body.outputs[k].id === id);

const puttingOut = (equation: LoopEquation, value: Variable, stack: Variable): LoopEquation => {
  const { body } = equation.params;
  const step = makePlan({ ...body, outputs: [...body.outputs, value] });
  return { ...equation, params: { ...equation.params, body: step }, outputs: [...equation.outputs, stack] };
};

/** The loop with a value of its step as a row of a stack. */
function taking(equation: LoopEquation, value: Variable, stack: Variable): LoopEquation {
  const { body, carry, items } = equation.params;
  const inserted = (list: readonly Variable[], one: Variable): Variable[] => [
    ...list.slice(0, carry + items),
    one,
    ...list.slice(carry + items),
  ];
  const equations = body.equations.filter(({ outputs }) => outputs.every(({ id }) => id !== value.id));
  const step = makePlan({ ...body, inputs: inserted(body.inputs, value), equations });
  return {
    ...equation,
    inputs: inserted(equation.inputs, stack),
    params: { ...equation.params, body: step, items: items + 1 },
  };
}
