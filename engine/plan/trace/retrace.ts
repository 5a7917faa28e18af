/** Detects stale plans: a function is traced again at some calls, and the two traces are compared. */
import { sameShape } from '../../ir/layout.js';
import { formatNumber, formatSignature } from './format.js';
import {
  type Equation,
  type Literal,
  type Plan,
  type Variable,
  isControl,
  plainParams,
  plansOf,
} from './plan.js';

/** The first difference between two traces of a function. */
export interface Difference {
  /** The equation at which it shows, or the number of equations if it shows after the last. */
  readonly equation: number;
  readonly what: string;
}

/** Compares two traces for the same arguments. */
export function firstDifference(before: Plan, now: Plan): Difference | undefined {
  for (let i = 0; i < Math.min(before.literals.length, now.literals.length); i++) {
    const what = literalDifference(before.literals[i], now.literals[i]);
    if (what === undefined) continue;
    const { id } = now.literals[i].variable;
    const reader = now.equations.findIndex(({ inputs }) => inputs.some((input) => input.id === id));
    return { equation: reader < 0 ? now.equations.length : reader, what };
  }
  const count = Math.max(before.equations.length, now.equations.length);
  for (let equation = 0; equation < count; equation++) {
    const [old, next] = [before.equations.at(equation), now.equations.at(equation)];
    if (old === undefined || next === undefined)
      return {
        equation,
        what: `${(old ?? next)!.operation.name} is ${old === undefined ? 'new' : 'missing'}`,
      };
    if (old.operation !== next.operation)
      return { equation, what: `${old.operation.name} is now ${next.operation.name}` };
    const params = paramsDifference(old, next);
    if (params !== undefined) return { equation, what: params };
    if (!sameVariables(old.inputs, next.inputs) || !sameVariables(old.outputs, next.outputs))
      return { equation, what: `${old.operation.name} now works on other tensors` };
  }
  return sameVariables(before.outputs, now.outputs)
    ? undefined
    : { equation: count, what: 'other tensors are returned' };
}

function paramsDifference(before: Equation, now: Equation): string | undefined {
  if (!isControl(before) || !isControl(now)) return valueDifference(before.params, now.params);
  const plain = valueDifference(plainParams(before.params), plainParams(now.params));
  if (plain !== undefined) return plain;
  const [old, next] = [plansOf(before.params), plansOf(now.params)];
  for (const [i, plan] of old.entries()) {
    const inner = firstDifference(plan, next[i]);
    if (inner !== undefined) return `in its function ${inner.what}`;
  }
  return undefined;
}

const sameVariables = (before: readonly Variable[], now: readonly Variable[]): boolean =>
  before.length === now.length &&
  before.every(({ id, dtype, shape }, i) => {
    const other = now[i];
    return id === other.id && dtype === other.dtype && sameShape(shape, other.shape);
  });

function literalDifference(before: Literal, now: Literal): string | undefined {
  const [a, b] = [formatSignature(before.variable), formatSignature(now.variable)];
  if (a !== b) return `a tensor made from numbers was ${a} and is ${b}`;
  if (before.tensor.value === now.tensor.value) return undefined;
  const [old, next] = [before.tensor.toTypedArray(), now.tensor.toTypedArray()];
  const at = old.findIndex((number, i) => !Object.is(number, next[i]));
  return at < 0 ? undefined : changed(old[at], next[at]);
}

/** As in `the number 0.01 is now 0.009`. */
function valueDifference(before: unknown, now: unknown): string | undefined {
  if (before === now) return undefined;
  if (typeof before === 'object' && before !== null && typeof now === 'object' && now !== null) {
    const [old, next] = [before, now] as Readonly<Record<string, unknown>>[];
    for (const name of new Set([...Object.keys(old), ...Object.keys(next)])) {
      const inner = valueDifference(old[name], next[name]);
      if (inner !== undefined) return inner;
    }
    return undefined;
  }
  return Object.is(before, now) ? undefined : changed(before, now);
}

const changed = (before: unknown, now: unknown): string =>
  typeof before === 'number' && typeof now === 'number'
    ? `the number ${precise(before, now)} is now ${precise(now, before)}`
    : `${String(before)} is now ${String(now)}`;

/** A number in six digits, or in all of them where six do not distinguish it from the other. */
const precise = (number: number, other: number): string =>
  formatNumber(number) === formatNumber(other) ? String(number) : formatNumber(number);
