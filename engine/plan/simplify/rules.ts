/**
 * What the simplifier knows of primitives: for each name, a simpler form of `name(inputs)`, or nothing. Rules are
 * written with the primitives themselves, and what they return is simplified in turn.
 *
 * A rule may not change a value: not for NaN, not for infinities, not in the last bit. Two exceptions: the sign of a
 * zero is free (x + 0 is x, though -0 + 0 is 0), and `x^2` is rounded as `x*x`. So `0*x` stays (it is NaN for
 * infinite x), and sums are not reordered.
 */
import { isFloat } from '../../core/dtype.js';
import { withoutAxes } from '../../core/shape.js';
import { sameShape } from '../../ir/layout.js';
import type { Tensor } from '../../core/tensor.js';
import { stretch } from '../../primitives/broadcast.js';
import {
  add,
  batchMatmul,
  broadcastTo,
  div,
  mul,
  neg,
  permute,
  reshape,
  sliceBox,
  sub,
  sumReduce,
  type Box,
} from '../../primitives/index.js';

/** How a tensor of a plan is computed. */
export interface Definition {
  readonly name: string;
  readonly inputs: readonly Tensor[];
  readonly params: unknown;
}

/** What rules may ask about the tensors of a plan. */
export interface Known {
  /** Equal for tensors that are the same value. */
  id(tensor: Tensor): number;
  /** Undefined for the plan's inputs and literals. */
  definition(tensor: Tensor): Definition | undefined;
}

type Rule = (inputs: readonly Tensor[], params: unknown, known: Known) => Tensor | undefined;

/** The number that a tensor is everywhere, if it is known. */
export function numberOf(tensor: Tensor, known: Known): number | undefined {
  const definition = known.definition(tensor);
  if (definition?.name === 'broadcastTo') return numberOf(definition.inputs[0], known);
  return definition?.name === 'constant'
    ? (definition.params as { readonly value: number }).value
    : undefined;
}

/** The inputs of a tensor that the primitive `name` computes. */
const inputsOf = (name: string, tensor: Tensor, known: Known): readonly Tensor[] | undefined => {
  const definition = known.definition(tensor);
  return definition?.name === name ? definition.inputs : undefined;
};

/** x, of a tensor that is -x. */
const negated = (tensor: Tensor, known: Known): Tensor | undefined => inputsOf('neg', tensor, known)?.[0];

const isNumber = (tensor: Tensor, number: number, known: Known): boolean =>
  numberOf(tensor, known) === number;

const addRule: Rule = ([a, b], _, known) => {
  if (isNumber(b, 0, known)) return a;
  if (isNumber(a, 0, known)) return b;
  const [minusA, minusB] = [negated(a, known), negated(b, known)];
  if (minusB !== undefined) return sub(a, minusB);
  return minusA === undefined ? undefined : sub(b, minusA);
};

const subRule: Rule = ([a, b], _, known) => {
  if (isNumber(b, 0, known)) return a;
  const minusB = negated(b, known);
  return minusB === undefined ? undefined : add(a, minusB);
};

const mulRule: Rule = ([a, b], _, known) => {
  if (isNumber(b, 1, known)) return a;
  if (isNumber(a, 1, known)) return b;
  if (isNumber(b, -1, known)) return neg(a);
  if (isNumber(a, -1, known)) return neg(b);
  const [minusA, minusB] = [negated(a, known), negated(b, known)];
  if (minusA !== undefined) return neg(mul(minusA, b));
  return minusB === undefined ? undefined : neg(mul(a, minusB));
};

const divRule: Rule = ([a, b], _, known) => {
  const divisor = numberOf(b, known);
  if (divisor === 1) return a;
  if (divisor !== undefined && hasExactReciprocal(divisor)) return mul(a, 1 / divisor);
  const [minusA, minusB] = [negated(a, known), negated(b, known)];
  if (minusA !== undefined) return neg(div(minusA, b));
  return minusB === undefined ? undefined : neg(div(a, minusB));
};

/** Powers of two, kept well inside of float32's range. */
const hasExactReciprocal = (x: number): boolean =>
  Number.isInteger(Math.log2(Math.abs(x))) && Math.abs(Math.log2(Math.abs(x))) < 100;

const negRule: Rule = ([x], _, known) => {
  const definition = known.definition(x);
  if (definition?.name === 'neg') return definition.inputs[0];
  if (definition?.name === 'sub') return sub(definition.inputs[1], definition.inputs[0]);
  if (definition?.name !== 'mul') return undefined;
  const [a, b] = definition.inputs;
  const [numberA, numberB] = [numberOf(a, known), numberOf(b, known)];
  // The lowest int32 is its own negative.
  const minus = (number: number): number => (isFloat(x.dtype) ? -number : -number | 0);
  if (numberB !== undefined) return mul(a, minus(numberB));
  return numberA === undefined ? undefined : mul(b, minus(numberA));
};

const powRule: Rule = ([x, exponent], _, known) => {
  const number = numberOf(exponent, known);
  if (number === 1) return x;
  return number === 2 ? mul(x, x) : undefined;
};

const maximumRule: Rule = ([a, b], _, known) => (known.id(a) === known.id(b) ? a : undefined);

const whereRule: Rule = ([condition, a, b], _, known) => {
  const chosen = numberOf(condition, known);
  if (chosen !== undefined) return chosen === 0 ? b : a;
  if (known.id(a) === known.id(b)) return a;
  return isNumber(b, 0, known) && isRectified(condition, a, known) ? condition : undefined;
};

/** Whether a tensor is `maximum(x, 0)`; relu(x) is `where(maximum(x, 0), x, 0)`, which is the same number. */
function isRectified(tensor: Tensor, x: Tensor, known: Known): boolean {
  const inputs = inputsOf('maximum', tensor, known);
  return inputs !== undefined && known.id(inputs[0]) === known.id(x) && isNumber(inputs[1], 0, known);
}

const broadcastRule: Rule = ([x], params, known) => {
  const { shape } = params as { readonly shape: readonly number[] };
  if (sameShape(x.shape, shape)) return x;
  const inner = inputsOf('broadcastTo', x, known);
  return inner && broadcastTo(inner[0], shape);
};

const reshapeRule: Rule = ([x], params, known) => {
  const { shape } = params as { readonly shape: readonly number[] };
  if (sameShape(x.shape, shape)) return x;
  const inner = inputsOf('reshape', x, known);
  return inner && reshape(inner[0], shape);
};

const permuteRule: Rule = ([x], params, known) => {
  const { axes } = params as { readonly axes: readonly number[] };
  if (axes.every((axis, i) => axis === i)) return x;
  const definition = known.definition(x);
  if (definition?.name !== 'permute') return undefined;
  const inner = (definition.params as { readonly axes: readonly number[] }).axes;
  return permute(
    definition.inputs[0],
    axes.map((axis) => inner[axis]),
  );
};

const sliceRule: Rule = ([x], params, known) => {
  const { start, stop, step } = params as Box;
  if (x.shape.every((size, i) => start[i] === 0 && stop[i] === size && step[i] === 1)) return x;
  const definition = known.definition(x);
  if (definition?.name !== 'concat') return undefined;
  const { axis } = definition.params as { readonly axis: number };
  let offset = 0;
  for (const part of definition.inputs) {
    const size = part.shape[axis];
    if (offset <= start[axis] && stop[axis] <= offset + size) {
      const shift = (positions: readonly number[]): number[] =>
        positions.map((position, i) => (i === axis ? position - offset : position));
      return sliceBox(part, { start: shift(start), stop: shift(stop), step });
    }
    offset += size;
  }
  return undefined;
};

interface Axes {
  readonly axes: readonly number[];
}

const sumRule: Rule = ([x], params, known) => {
  const { axes } = params as Axes;
  const minus = negated(x, known);
  return minus === undefined ? overSingle(x, axes) : neg(sumReduce(minus, axes));
};

/** A reduction over axes of size 1. */
const overSingle = (x: Tensor, axes: readonly number[]): Tensor | undefined =>
  axes.every((axis) => x.shape[axis] === 1) ? reshape(x, withoutAxes(x.shape, axes)) : undefined;

const matmulRule: Rule = ([a, b], _, known) => {
  const shape = [...a.shape.slice(0, -1), b.shape[b.rank - 1]];
  // Column times row: there is nothing to add up.
  if (a.shape[a.rank - 1] === 1) return mul(stretch(a, shape), stretch(b, shape));
  const [minusA, minusB] = [negated(a, known), negated(b, known)];
  if (minusA !== undefined) return neg(batchMatmul(minusA, b));
  return minusB === undefined ? undefined : neg(batchMatmul(a, minusB));
};

/** By the name of the primitive. */
export const rules: ReadonlyMap<string, Rule> = new Map<string, Rule>([
  ['add', addRule],
  ['sub', subRule],
  ['mul', mulRule],
  ['div', divRule],
  ['neg', negRule],
  ['pow', powRule],
  ['maximum', maximumRule],
  ['where', whereRule],
  ['broadcastTo', broadcastRule],
  ['reshape', reshapeRule],
  ['permute', permuteRule],
  ['slice', sliceRule],
  ['stopGradient', ([x]) => x],
  ['sum', sumRule],
  ['maxReduce', ([x], params) => overSingle(x, (params as Axes).axes)],
  ['matmul', matmulRule],
]);
