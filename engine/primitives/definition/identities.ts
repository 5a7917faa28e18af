/** Simpler forms of the elementwise primitives, by name. */
import { isFloat } from '../../core/dtype.js';
import type { Tensor } from '../../core/tensor.js';
import type { BinaryFunction, UnaryFunction } from '../../ir/expression.js';
import type { NoParams } from './primitive.js';
import type { Simplifier, Simplify } from './simplification.js';

/** y, where x is -y. */
export const negated = (x: Tensor, plan: Simplifier): Tensor | undefined => plan.inputsOf('neg', x)?.[0];

const isNumber = (x: Tensor, number: number, plan: Simplifier): boolean => plan.numberOf(x) === number;

/** Whether 1/x is exact: x is a power of two, well inside float32's range. */
function hasExactReciprocal(x: number): boolean {
  // Rounded: that of 16.000000000000004 is 4.
  const exponent = Math.log2(Math.abs(x));
  return Math.abs(exponent) < 100 && Number.isInteger(exponent) && 2 ** exponent === Math.abs(x);
}

/** Whether a tensor is `maximum(x, 0)`; relu(x) is `where(maximum(x, 0), x, 0)`, which is the same number. */
function isRectified(tensor: Tensor, x: Tensor, plan: Simplifier): boolean {
  const inputs = plan.inputsOf('maximum', tensor);
  return inputs !== undefined && plan.isSame(inputs[0], x) && isNumber(inputs[1], 0, plan);
}

export const identities: Readonly<
  Partial<Record<UnaryFunction | BinaryFunction | 'where', Simplify<NoParams>>>
> = {
  add([a, b], _, plan) {
    if (isNumber(b, 0, plan)) return a;
    if (isNumber(a, 0, plan)) return b;
    const [minusA, minusB] = [negated(a, plan), negated(b, plan)];
    if (minusB !== undefined) return plan.sub(a, minusB);
    return minusA === undefined ? undefined : plan.sub(b, minusA);
  },
  sub([a, b], _, plan) {
    if (isNumber(b, 0, plan)) return a;
    const minusB = negated(b, plan);
    return minusB === undefined ? undefined : plan.add(a, minusB);
  },
  mul([a, b], _, plan) {
    if (isNumber(b, 1, plan)) return a;
    if (isNumber(a, 1, plan)) return b;
    if (isNumber(b, -1, plan)) return plan.neg(a);
    if (isNumber(a, -1, plan)) return plan.neg(b);
    const [minusA, minusB] = [negated(a, plan), negated(b, plan)];
    if (minusA !== undefined) return plan.neg(plan.mul(minusA, b));
    return minusB === undefined ? undefined : plan.neg(plan.mul(a, minusB));
  },
  div([a, b], _, plan) {
    const divisor = plan.numberOf(b);
    if (divisor === 1) return a;
    if (divisor !== undefined && hasExactReciprocal(divisor)) return plan.mul(a, 1 / divisor);
    const [minusA, minusB] = [negated(a, plan), negated(b, plan)];
    if (minusA !== undefined) return plan.neg(plan.div(minusA, b));
    return minusB === undefined ? undefined : plan.neg(plan.div(a, minusB));
  },
  neg([x], _, plan) {
    const minus = negated(x, plan);
    if (minus !== undefined) return minus;
    const difference = plan.inputsOf('sub', x);
    if (difference !== undefined) return plan.sub(difference[1], difference[0]);
    const product = plan.inputsOf('mul', x);
    if (product === undefined) return undefined;
    const [a, b] = product;
    const [numberA, numberB] = [plan.numberOf(a), plan.numberOf(b)];
    // The lowest int32 is its own negative.
    const opposite = (number: number): number => (isFloat(x.dtype) ? -number : -number | 0);
    if (numberB !== undefined) return plan.mul(a, opposite(numberB));
    return numberA === undefined ? undefined : plan.mul(b, opposite(numberA));
  },
  pow([x, exponent], _, plan) {
    const number = plan.numberOf(exponent);
    if (number === 1) return x;
    return number === 2 ? plan.mul(x, x) : undefined;
  },
  maximum: ([a, b], _, plan) => (plan.isSame(a, b) ? a : undefined),
  where([condition, a, b], _, plan) {
    const chosen = plan.numberOf(condition);
    if (chosen !== undefined) return chosen === 0 ? b : a;
    if (plan.isSame(a, b)) return a;
    return isNumber(b, 0, plan) && isRectified(condition, a, plan) ? condition : undefined;
  },
};
