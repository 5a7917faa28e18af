import type { Operation } from '../core/dispatch.js';
import type { Signature } from '../ir/kernel.js';
import { type Equation, type Plan, type Variable, makePlan } from './plan.js';

/**
 * Computes `b^T a^T` in place of a product `a b` that is only read transposed, so that it can be read along its rows.
 * The gradient of a weight that is kept transposed, as in PyTorch, is such a product.
 */
export function turnProducts(plan: Plan): Plan {
  const turns = turnable(plan);
  if (turns.size === 0) return plan;
  let count = 1 + Math.max(...[...plan.inputs, ...plan.literals.map(({ variable }) => variable)].map(({ id }) => id), ...plan.equations.map(({ output }) => output.id));
  const equations: Equation[] = [];
  const replaced = new Map<number, Variable>();
  const renew = (variable: Variable): Variable => replaced.get(variable.id) ?? variable;
  ...
}
