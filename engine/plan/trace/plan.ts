/** A plan: what a function does to tensors, as a list of equations that any backend can run. */
import { dispatch } from '../../core/dispatch.js';
import { ShapeError } from '../../core/errors.js';
import { type Operation, type Tensor, peek } from '../../core/tensor.js';
import type { Signature } from '../../ir/kernel.js';
import { formatNumber, formatParams, formatSignature } from './format.js';

/** A value of a plan. `id` tells it from the others; the printer numbers values anew. */
export interface Variable extends Signature {
  readonly id: number;
}

/** `output = operation(inputs)` */
export interface Equation {
  readonly operation: Operation;
  readonly inputs: readonly Variable[];
  readonly params: unknown;
  readonly output: Variable;
}

/** The params of an equation of the `wanted` operation; undefined for another operation. */
export const paramsOf = <Params>(
  { operation, params }: Pick<Equation, 'operation' | 'params'>,
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
  /** One line an equation, as in `%3:float64[2,3] = mul %1 %2`; the same for equal plans. */
  toString(): string;
}

export function makePlan(parts: Omit<Plan, 'toString'>): Plan {
  return { ...parts, toString: () => formatPlan(parts) };
}

/** The plan without the equations and literals that no output depends on. */
export function withoutDeadCode(plan: Plan): Plan {
  const live = new Set(plan.outputs.map(({ id }) => id));
  const equations = [...plan.equations]
    .reverse()
    .filter(({ output, inputs }) => {
      if (!live.has(output.id)) return false;
      for (const { id } of inputs) live.add(id);
      return true;
    })
    .reverse();
  const literals = plan.literals.filter(({ variable }) => live.has(variable.id));
  return makePlan({ inputs: plan.inputs, literals, equations, outputs: plan.outputs });
}

/** Evaluates a plan equation by equation, inside the gradient scopes that are open. */
export function evaluatePlan(plan: Plan, inputs: readonly Tensor[]): Tensor[] {
  const values = new Map(plan.literals.map(({ variable, tensor }) => [variable.id, tensor]));
  plan.inputs.forEach((variable, i) => {
    const signature = i < inputs.length ? formatSignature(inputs[i]) : 'missing';
    if (signature !== formatSignature(variable))
      throw new ShapeError(
        `evaluatePlan: input ${i} is ${signature}, the plan was traced for ${formatSignature(variable)}; trace the function again.`,
      );
    values.set(variable.id, inputs[i]);
  });
  const valueOf = ({ id }: Variable): Tensor => values.get(id)!;
  for (const { operation, inputs: read, params, output } of plan.equations)
    values.set(output.id, dispatch(operation, read.map(valueOf), params));
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
  const lines = equations.map(({ operation, inputs: read, params, output }) => {
    const operands = read.map(name);
    const right = [operation.name, ...operands, formatParams(params, output)].filter((part) => part !== '');
    return `  ${define(output)} = ${right.join(' ')}`;
  });
  return [head, ...constants, ...lines, `  return ${outputs.map(name).join(', ')}`].join('\n');
}

function formatLiteral(tensor: Tensor): string {
  if (tensor.size > 8) return `of ${tensor.size} numbers`;
  const format = (value: ReturnType<typeof peek>): string =>
    typeof value === 'number' ? formatNumber(value) : `[${value.map(format).join(',')}]`;
  return format(peek(tensor));
}
