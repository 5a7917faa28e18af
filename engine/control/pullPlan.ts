import type { Tensor } from '../core/tensor.js';
import { vjp } from '../grad/derivatives.js';
import { type Plan, evaluatePlan } from '../plan/trace/plan.js';

/**
 * The vector-Jacobian product of the outputs `results` of a plan in its inputs `free`, both by number, with the other inputs held
 * fixed: zeros where a result does not depend on an input.
 */
export function pullPlan(
  plan: Plan,
  inputs: readonly Tensor[],
  free: readonly number[],
  results: readonly number[],
  cotangents: readonly Tensor[],
): readonly Tensor[] {
  const run = (x: readonly Tensor[]): readonly Tensor[] => {
    const at = [...inputs];
    free.forEach((i, j) => (at[i] = x[j]));
    const outputs = evaluatePlan(plan, at);
    return results.map((k) => outputs[k]);
  };
  return vjp(run)(free.map((i) => inputs[i])).pullback(cotangents);
}
