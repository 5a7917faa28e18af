import { type ScalarExpression, everyPart } from '../../ir/expression.js';
import type { DType, Signature } from '../../ir/kernel.js';
import { contiguousStrides } from '../../ir/layout.js';
import { binary, isExact, unary } from './functions.js';
import { type Row, cutsFractions } from './row.js';

/** The number of elements that a step computes at a time. */
export const blockSize = 512;

/** The elements of a row that the steps compute together. */
interface Block {
  readonly arrays: Parameters<Row>[3];
  readonly positions: Parameters<Row>[4];
  readonly strides: Parameters<Row>[5];
  /** The first element of the block, within the row and within the output. */
  readonly first: number;
  readonly at: number;
  readonly size: number;
}

/** Computes one part of an expression for a block, into the part's own array. */
type Step = (block: Block) => void;

/**
 * A row kernel that evaluates the expression part by part, for hosts that forbid generated code: the same numbers to the last
 * bit, several times slower.
 */
export function interpretedRow(
  expression: ScalarExpression,
  inputs: readonly DType[],
  output: Signature,
): Row {
  const numbers = new Map<ScalarExpression, Float64Array>();
  const steps: Step[] = [];
  for (const part of everyPart(expression)) {
    const to = new Float64Array(blockSize);
    const of = (operand: ScalarExpression): Float64Array => numbers.get(operand)!;
    // The output's own array rounds what is stored in it.
    const round = part === expression ? undefined : rounding(part, output.dtype);
    steps.push(stepOf(part, to, of, output, round));
    numbers.set(part, to);
  }
  const result = numbers.get(expression)!;
  const isCut = cutsFractions(inputs, output);
  return (out, at, n, arrays, positions, strides) => {
    for (let first = 0; first < n; first += blockSize) {
      const size = Math.min(blockSize, n - first);
      const block = { arrays, positions, strides, first, at: at + first, size };
      for (const step of steps) step(block);
      for (let i = 0; i < size; i++)
        out[at + first + i] = isCut ? Math.max(-2147483648, Math.min(2147483647, result[i])) : result[i];
    }
  };
}

function rounding(part: ScalarExpression, dtype: DType): ((x: number) => number) | undefined {
  if (!('fn' in part) || isExact(part.fn, dtype)) return undefined;
  return dtype === 'float32' ? Math.fround : (x) => x | 0;
}

function stepOf(
  part: ScalarExpression,
  to: Float64Array,
  of: (operand: ScalarExpression) => Float64Array,
  { shape, dtype }: Signature,
  round: ((x: number) => number) | undefined,
): Step {
  switch (part.kind) {
    case 'input':
      return ({ arrays, positions, strides, first, size }) => {
        const [data, stride] = [arrays[part.index], strides[part.index]];
        const from = positions[part.index] + first * stride;
        for (let i = 0; i < size; i++) to[i] = data[from + i * stride];
      };
    case 'constant':
      to.fill(part.value);
      return () => undefined;
    case 'coordinate': {
      const [stride, extent] = [contiguousStrides(shape)[part.axis], shape[part.axis]];
      return ({ at, size }) => {
        for (let i = 0; i < size; i++) to[i] = Math.floor((at + i) / stride) % extent;
      };
    }
    case 'unary': {
      const [f, x] = [unary[part.fn], of(part.x)];
      return ({ size }) => {
        for (let i = 0; i < size; i++) to[i] = round === undefined ? f(x[i]) : round(f(x[i]));
      };
    }
    case 'binary': {
      // The product of large integers has more digits than a double.
      const f = part.fn === 'mul' && dtype === 'int32' ? Math.imul : binary[part.fn];
      const [a, b] = [of(part.a), of(part.b)];
      return ({ size }) => {
        for (let i = 0; i < size; i++) to[i] = round === undefined ? f(a[i], b[i]) : round(f(a[i], b[i]));
      };
    }
    case 'select': {
      const [condition, a, b] = [of(part.condition), of(part.a), of(part.b)];
      return ({ size }) => {
        for (let i = 0; i < size; i++) to[i] = condition[i] !== 0 ? a[i] : b[i];
      };
    }
  }
}
