/** What the steps of a loop need not compute one by one is computed before it. */
import type { Tensor } from '../../core/tensor.js';
import { sizeOf } from '../../ir/layout.js';
import { type MaybeBatched, applyBatched, barrierPrimitive, primitives } from '../../primitives/index.js';
import { readIn } from '../trace/deadCode.js';
import {
  type Equation,
  type Loop,
  type PrimitiveEquation,
  type Variable,
  isControl,
  makePlan,
} from '../trace/plan.js';
import { familyOf } from './family.js';

/** What a variable of a step is computed from, the most variable part of it: numbers, constants of the loop, or its rows. */
type Origin = 'numbers' | 'constants' | 'rows';

/** A value that is known before the loop. */
interface Known {
  readonly origin: Origin;
  /** Whether it is an input of the step, was moved out, or is a view of such a value: it is stored in any case. */
  readonly given: boolean;
  /** How many numbers of it are stored; fewer than it has where it is stretched. */
  readonly stored: number;
  /** It, or that of all steps as a batch. */
  readonly before: () => MaybeBatched;
}

/**
 * A loop and its inputs, with what is the same in all steps computed once, and products that depend on rows alone as one
 * product for all steps. What it moves out is written by the interpreter of this moment.
 */
export function hoist(
  loop: Loop,
  inputs: readonly Tensor[],
): readonly [loop: Loop, inputs: readonly Tensor[]] {
  const { body, carry, items, length } = loop;
  const known = new Map<number, Known>();
  body.inputs.slice(carry).forEach(({ id, shape }, i) => {
    const batched = i < items;
    const tensor = inputs[carry + i];
    known.set(id, {
      origin: batched ? 'rows' : 'constants',
      given: true,
      stored: sizeOf(shape),
      before: () => ({ tensor, batched }),
    });
  });
  const nested = body.equations.some((equation) => isControl(equation) && equation.params.kind === 'loop');
  const moved: Variable[] = [];
  const remaining: Equation[] = [];
  for (const equation of body.equations) {
    if (!isControl(equation)) {
      const [output] = equation.outputs;
      const value = valueBefore(equation, known, length);
      const isMoved = value !== undefined && isWorthMoving(equation, value, known, nested);
      if (value !== undefined) known.set(output.id, { ...value, given: value.given || isMoved });
      if (isMoved) {
        moved.push(output);
        continue;
      }
    }
    remaining.push(equation);
  }
  const read = readIn({ equations: remaining, outputs: body.outputs });
  const entering = moved
    .filter(({ id }) => read.has(id))
    .map((variable) => ({ variable, ...known.get(variable.id)!.before() }));
  if (entering.length === 0) return [loop, inputs];
  const rows = entering.filter(({ batched }) => batched);
  const constants = entering.filter(({ batched }) => !batched);
  const inserted = <T>(list: readonly T[], part: (one: (typeof entering)[number]) => T): T[] => [
    ...list.slice(0, carry + items),
    ...rows.map(part),
    ...list.slice(carry + items),
    ...constants.map(part),
  ];
  const step = makePlan({
    ...body,
    inputs: inserted(body.inputs, ({ variable }) => variable),
    equations: remaining,
  });
  return [{ ...loop, body: step, items: items + rows.length }, inserted(inputs, ({ tensor }) => tensor)];
}

/** The value of an equation before the loop; undefined where it depends on the carry. */
function valueBefore(
  equation: PrimitiveEquation,
  known: ReadonlyMap<number, Known>,
  length: number,
): Known | undefined {
  const { operation, inputs, params } = equation;
  const operands = inputs.flatMap(({ id }) => known.get(id) ?? []);
  const primitive = primitives.get(operation.name);
  if (operands.length < inputs.length || primitive === undefined || operation === barrierPrimitive)
    return undefined;
  const origins = operands.map(({ origin }) => origin);
  const size = sizeOf(equation.outputs[0].shape);
  const isView = familyOf(equation) === 'view';
  let value: MaybeBatched | undefined;
  return {
    origin: (['rows', 'constants'] as const).find((one) => origins.includes(one)) ?? 'numbers',
    given: isView && operands[0].given,
    stored: isView ? Math.min(operands[0].stored, size) : size,
    before: () =>
      (value ??= applyBatched(
        primitive,
        operands.map(({ before }) => before()),
        params,
        length,
      )),
  };
}

/**
 * Views cost nothing where they are, and what is computed of stretched operands would have to be stored first. Products of
 * rows would store their operands for all steps, unless these are stored already; a loop of loops is made to store little.
 */
function isWorthMoving(
  equation: PrimitiveEquation,
  { origin, stored }: Known,
  known: ReadonlyMap<number, Known>,
  nested: boolean,
): boolean {
  const family = familyOf(equation);
  if (origin === 'numbers' || family === 'view') return false;
  const operands = equation.inputs.map(({ id }) => known.get(id)!);
  if (origin === 'constants') return family !== 'map' || operands.some((one) => one.stored >= stored);
  return family === 'matmul' && !nested && operands.every((one) => one.given);
}
