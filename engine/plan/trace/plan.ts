/** A plan: what a function does to tensors, as a list of equations that any backend can run. */
import { dispatch } from '../../core/dispatch.js';
import { ShapeError } from '../../core/errors.js';
import { type MultiOperation, type Operation, type Tensor, peek } from '../../core/tensor.js';
import type { Signature } from '../../ir/kernel.js';
import type { MaybeBatched } from '../../primitives/index.js';
import { formatNumber, formatParams, formatSignature, keyOf } from './format.js';

/** A value of a plan. `id` tells it from the others; the printer numbers values anew. */
export interface Variable extends Signature {
  readonly id: number;
}

/** `outputs = operation(inputs)` */
export type Equation = PrimitiveEquation | ControlEquation;

/** An equation of an operation that has one result. */
export interface PrimitiveEquation {
  readonly operation: Operation;
  readonly inputs: readonly Variable[];
  readonly params: unknown;
  readonly outputs: readonly [Variable];
}

/** An equation whose operation has plans in its parameters. */
export interface ControlEquation {
  readonly operation: ControlOperation;
  readonly inputs: readonly Variable[];
  readonly params: Control;
  readonly outputs: readonly Variable[];
}

export const isControl = (equation: Equation): equation is ControlEquation => 'apply' in equation.operation;

/** The params of an equation of the `wanted` operation; undefined for another operation. */
export const paramsOf = <Params>(
  { operation, params }: { readonly operation: Equation['operation']; readonly params: unknown },
  wanted: Operation<Params>,
): Params | undefined => (operation === wanted ? (params as Params) : undefined);

/** A tensor that no equation computes: it was created outside of the traced function, or inside it from JavaScript numbers. */
export interface Literal {
  readonly variable: Variable;
  readonly tensor: Tensor;
}

export interface Plan {
  /** The tensors of the arguments, in the order of their trees. */
  readonly inputs: readonly Variable[];
  readonly literals: readonly Literal[];
  /** Every equation comes after those whose outputs it reads. */
  readonly equations: readonly Equation[];
  /** The tensors of the result, in the order of its tree. */
  readonly outputs: readonly Variable[];
  /** One line an equation, as in `%3:float64[2,3] = mul %1 %2`, plans inside of it indented; the same for equal plans. */
  toString(): string;
}

/*
 * Control: operations whose parameters hold plans. The plans are closed: they have no literals, so whatever they read is an
 * input, and a gradient can be taken through all of it. They are not simplified before they are compiled, since simplification
 * drops cuts of the gradient.
 */

/**
 * `body` run `length` times. It reads `[...carry, ...items, ...constants]` and gives `[...carry, ...outs]`: the carry goes on to
 * the next step, an item is row k of an input, an out becomes row k of a result, and constants are the same in all steps.
 * Step i works on row i, or on row `length - 1 - i` if `reverse`.
 *
 * Inputs `[...carry, ...items, ...constants]`, results `[...carry, ...outs]`.
 */
export interface Loop {
  readonly kind: 'loop';
  readonly body: Plan;
  readonly carry: number;
  readonly items: number;
  readonly length: number;
  readonly reverse: boolean;
}

/**
 * `branches[0]` where the first input, a scalar, is not 0, else `branches[1]`. Both read the other inputs and give results of
 * the same shapes and dtypes.
 */
export interface Choice {
  readonly kind: 'choice';
  readonly branches: readonly [Plan, Plan];
}

/** `body` itself, of all inputs: only its gradient is another. */
export interface Inline {
  readonly kind: 'inline';
  readonly body: Plan;
}

/** What a control operation does, which is all that a compiled plan needs. */
export type Control = Loop | Choice | Inline;

/** An operation with plans in its parameters. */
export interface ControlOperation<Params extends Control = Control> extends MultiOperation<Params> {
  /** Applies it. When a gradient is being taken, a loop keeps more than its results for it. */
  apply(inputs: readonly Tensor[], params: Params): readonly Tensor[];
  /** The same for many examples at once: where an input has a batch axis of `size` in front, its results may. */
  batch(inputs: readonly MaybeBatched[], params: Params, size: number): readonly MaybeBatched[];
}

export const plansOf = (control: Control): readonly Plan[] =>
  control.kind === 'choice' ? control.branches : [control.body];

/** The same with each plan replaced. */
export function withPlans<Params extends Control>(control: Params, change: (plan: Plan) => Plan): Params {
  if (control.kind !== 'choice') return { ...control, body: change(control.body) };
  const [first, second] = control.branches;
  return { ...control, branches: [change(first), change(second)] };
}

/** A pass over a plan, and before that over those inside of it. */
export function throughout(pass: (plan: Plan) => Plan): (plan: Plan) => Plan {
  const deep = (plan: Plan): Plan => {
    if (!plan.equations.some(isControl)) return pass(plan);
    const equations = plan.equations.map((equation) =>
      isControl(equation) ? { ...equation, params: withPlans(equation.params, deep) } : equation,
    );
    return pass(makePlan({ ...plan, equations }));
  };
  return deep;
}

/** The parameters beside the plans, which printers show. */
export function plainParams(control: Control): Readonly<Record<string, unknown>> {
  if (control.kind !== 'loop') return {};
  const { carry, items, length, reverse } = control;
  return { carry, items, length, ...(reverse && { reverse }) };
}

/** The largest id of a plan's variables, -1 if it has none: larger ones are new. */
export function largestId({ inputs, literals, equations }: Plan): number {
  const entering = [...inputs, ...literals.map(({ variable }) => variable)];
  const lists = [entering, ...equations.map(({ outputs }) => outputs)];
  return lists.reduce((largest, list) => list.reduce((most, { id }) => Math.max(most, id), largest), -1);
}

export function makePlan(parts: Omit<Plan, 'toString'>): Plan {
  return { ...parts, toString: () => formatPlan(parts) };
}

/** Evaluates a plan equation by equation, inside the gradient scopes that are open. */
export function evaluatePlan(plan: Plan, inputs: readonly Tensor[]): Tensor[] {
  plan.inputs.forEach((variable, i) => {
    const signature = i < inputs.length ? formatSignature(inputs[i]) : 'missing';
    if (signature !== formatSignature(variable))
      throw new ShapeError(
        `evaluatePlan: input ${i} is ${signature}, the plan was traced for ${formatSignature(variable)}; trace the function again.`,
      );
  });
  return carryOut<Tensor>(plan, inputs, {
    literal: (tensor) => tensor,
    primitive: ({ operation, params }, read) => dispatch(operation, read, params),
    control: ({ operation, params }, read) => operation.apply(read, params),
  });
}

/** What the variables of a plan stand for when it is carried out, and how equations compute them. */
interface Reading<Value> {
  readonly literal: (tensor: Tensor) => Value;
  readonly primitive: (equation: PrimitiveEquation, read: readonly Value[]) => Value;
  readonly control: (equation: ControlEquation, read: readonly Value[]) => readonly Value[];
}

/** Carries out a plan equation by equation: the values of its outputs from those of its inputs. */
export function carryOut<Value>(
  plan: Plan,
  inputs: readonly Value[],
  { literal, primitive, control }: Reading<Value>,
): Value[] {
  const values = new Map(plan.literals.map(({ variable, tensor }) => [variable.id, literal(tensor)]));
  plan.inputs.forEach(({ id }, i) => values.set(id, inputs[i]));
  const valueOf = ({ id }: Variable): Value => values.get(id)!;
  for (const equation of plan.equations) {
    const read = equation.inputs.map(valueOf);
    const results = isControl(equation) ? control(equation, read) : [primitive(equation, read)];
    equation.outputs.forEach(({ id }, k) => values.set(id, results[k]));
  }
  return plan.outputs.map(valueOf);
}

function formatPlan({ inputs, literals, equations, outputs }: Omit<Plan, 'toString'>): string {
  const numbers = new Map<number, number>();
  const name = ({ id }: Variable): string => {
    if (!numbers.has(id)) numbers.set(id, numbers.size);
    return `%${numbers.get(id)!}`;
  };
  const define = (variable: Variable): string => `${name(variable)}:${formatSignature(variable)}`;
  const head = `plan(${inputs.map(define).join(', ')})`;
  const constants = literals.map(
    ({ variable, tensor }) => `  ${define(variable)} = literal ${formatLiteral(tensor)}`,
  );
  const lines = equations.map((equation) => {
    const operands = equation.inputs.map(name);
    const params = isControl(equation) ? plainParams(equation.params) : equation.params;
    const brief = formatParams(params, equation.outputs[0]);
    const right = [equation.operation.name, ...operands, brief].filter((part) => part !== '');
    const line = `  ${equation.outputs.map(define).join(', ')} = ${right.join(' ')}`;
    const plans = isControl(equation) ? plansOf(equation.params) : [];
    return [line, ...plans.map((plan) => plan.toString().replace(/^/gm, '    '))].join('\n');
  });
  return [head, ...constants, ...lines, `  return ${outputs.map(name).join(', ')}`].join('\n');
}

function formatLiteral(tensor: Tensor): string {
  if (tensor.size > 8) return `of ${tensor.size} numbers`;
  const format = (value: ReturnType<typeof peek>): string =>
    typeof value === 'number' ? formatNumber(value) : `[${value.map(format).join(',')}]`;
  return format(peek(tensor));
}

/** A key that plans share if and only if they do the same; the plans are closed. */
export function keyOfPlan({ inputs, equations, outputs }: Plan): string {
  const numbers = new Map<number, number>();
  const number = ({ id }: Variable): number => {
    if (!numbers.has(id)) numbers.set(id, numbers.size);
    return numbers.get(id)!;
  };
  const define = (variable: Variable): string => `${number(variable)}:${formatSignature(variable)}`;
  const lines = equations.map((equation) => {
    const read = equation.inputs.map(number).join();
    const params = isControl(equation)
      ? keyOf(plainParams(equation.params)) + plansOf(equation.params).map(keyOfPlan).join()
      : keyOf(equation.params);
    return `${equation.outputs.map(define).join()}=${equation.operation.name}(${read})${params}`;
  });
  return `{${[inputs.map(define).join(), ...lines, outputs.map(number).join()].join(';')}}`;
}
