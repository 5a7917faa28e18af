import {
  type BinaryFunction,
  type ScalarExpression,
  type UnaryFunction,
  usesCoordinates,
} from '../../ir/expression.js';
import type { DType, MapSpec, Signature, Strided, TypedArray } from '../../ir/kernel.js';
import { contiguousStrides, isContiguous, sizeOf } from '../../ir/layout.js';
import { allocate, dtypeOf } from '../../ir/array.js';
import { collapse, eachRow } from '../../ir/loops.js';
import { erf } from './erf.js';
import { power } from '../power.js';

/** Computes one row: `out[at + i] = expression(in0[p0 + i*s0], in1[p1 + i*s1], ...)` for i < n. */
type Row = (
  out: TypedArray,
  at: number,
  n: number,
  arrays: readonly TypedArray[],
  positions: readonly number[],
  strides: readonly number[],
) => void;

/** `output[i] = expression(inputs[i])`, by a loop generated once for each expression and combination of dtypes. */
export function map(spec: MapSpec, inputs: readonly Strided[], output: Signature): TypedArray {
  const size = sizeOf(output.shape);
  const out = allocate(output.dtype, size);
  const row = rowKernel(spec, inputs, output);
  const arrays = inputs.map(({ data }) => data);
  const strides = inputs.map(uniformStride);
  if (!strides.includes(-1)) {
    row(
      out,
      0,
      size,
      arrays,
      inputs.map(({ offset }) => offset),
      strides,
    );
    return out;
  }
  const loops = collapse(output.shape, [
    ...inputs.map((input) => input.strides),
    contiguousStrides(output.shape),
  ]);
  const last = loops.shape.length - 1;
  const inner = loops.strides.map((operand) => operand[last]);
  eachRow(loops, [...inputs.map(({ offset }) => offset), 0], (positions) => {
    row(out, positions[inputs.length], loops.shape[last], arrays, positions, inner);
  });
  return out;
}

/** 1 if the elements lie in row-major order, 0 if they are all the same one, -1 if one stride does not reach them all. */
function uniformStride(input: Strided): number {
  if (isContiguous(input)) return 1;
  for (let axis = 0; axis < input.shape.length; axis++)
    if (input.strides[axis] !== 0 && input.shape[axis] !== 1) return -1;
  return 0;
}

const kernels = new WeakMap<MapSpec, Map<number | string, Row>>();

/** Loops are specialised by dtype because V8 compiles an element access well only for one kind of array. */
function rowKernel(spec: MapSpec, inputs: readonly Strided[], output: Signature): Row {
  let versions = kernels.get(spec);
  if (versions === undefined) kernels.set(spec, (versions = new Map<number | string, Row>()));
  let key: number | string = codeOf(output.dtype);
  for (const { data } of inputs) key = key * 3 + codeOf(dtypeOf(data));
  if (usesCoordinates(spec.expression)) key = `${key} ${output.shape.join()}`;
  let row = versions.get(key);
  if (row === undefined) versions.set(key, (row = compileRow(spec.expression, inputs, output)));
  return row;
}

const codeOf = (dtype: DType): number => (dtype === 'float32' ? 0 : dtype === 'float64' ? 1 : 2);

function compileRow(expression: ScalarExpression, inputs: readonly Strided[], output: Signature): Row {
  const each = (text: (i: number) => string): string => inputs.map((_, i) => text(i)).join('');
  const { statements, result } = source(expression, output);
  const isCut = output.dtype === 'int32' && inputs.some(({ data }) => dtypeOf(data) !== 'int32');
  const body = `
    return function (out, at, n, arrays, positions, strides) {
      ${each((i) => `const a${i} = arrays[${i}], s${i} = strides[${i}]; let p${i} = positions[${i}];`)}
      for (let i = 0; i < n; i++) {
        ${statements.join('\n        ')}
        out[at + i] = ${isCut ? `Math.max(-2147483648, Math.min(2147483647, ${result}))` : result};
        ${each((i) => `p${i} += s${i};`)}
      }
    };`;
  // A generated loop is what lets V8 inline the expression; nothing of it comes from outside the engine.
  // eslint-disable-next-line @typescript-eslint/no-implied-eval, @typescript-eslint/no-unsafe-call
  return new Function('sigmoid', 'softplus', 'erf', 'power', body)(sigmoid, softplus, erf, power) as Row;
}

/**
 * The expression as JavaScript over the arrays a0, a1, ... at the positions p0, p1, ... Parts of a fused expression are
 * rounded to the output's dtype, so that it gives to the last bit what its operations give one by one.
 */
function source(
  expression: ScalarExpression,
  output: Signature,
): { readonly statements: readonly string[]; readonly result: string } {
  const statements: string[] = [];
  const names = new Map<ScalarExpression, string>();
  const nameOf = (part: ScalarExpression): string => {
    const known = names.get(part);
    if (known !== undefined) return known;
    const value = rounded(part, formula(part, output, nameOf), output.dtype);
    const name = `t${names.size}`;
    statements.push(`const ${name} = ${value};`);
    names.set(part, name);
    return name;
  };
  const result = formula(expression, output, nameOf);
  return { statements, result };
}

const exact: ReadonlySet<UnaryFunction | BinaryFunction> = new Set(['floor', 'lt', 'eq', 'maximum']);

function rounded(part: ScalarExpression, value: string, dtype: DType): string {
  if (dtype === 'float64' || (part.kind !== 'unary' && part.kind !== 'binary') || exact.has(part.fn))
    return value;
  // The lowest int32 has no negative.
  if (part.fn === 'neg' && dtype === 'float32') return value;
  return dtype === 'float32' ? `Math.fround(${value})` : `(${value} | 0)`;
}

function formula(
  expression: ScalarExpression,
  { shape, dtype }: Signature,
  of: (part: ScalarExpression) => string,
): string {
  switch (expression.kind) {
    case 'input':
      return `a${expression.index}[p${expression.index}]`;
    case 'constant':
      return Object.is(expression.value, -0) ? '-0' : `(${expression.value})`;
    case 'coordinate': {
      const stride = contiguousStrides(shape)[expression.axis];
      return `(Math.floor((at + i) / ${stride}) % ${shape[expression.axis]})`;
    }
    case 'unary':
      return unary[expression.fn](of(expression.x));
    case 'binary': {
      const [a, b] = [of(expression.a), of(expression.b)];
      switch (expression.fn) {
        case 'add':
          return `(${a} + ${b})`;
        case 'sub':
          return `(${a} - ${b})`;
        case 'mul':
          // A product of large whole numbers has more places than a double.
          return dtype === 'int32' ? `Math.imul(${a}, ${b})` : `(${a} * ${b})`;
        case 'div':
          return `(${a} / ${b})`;
        case 'lt':
          return `(${a} < ${b} ? 1 : 0)`;
        case 'eq':
          return `(${a} === ${b} ? 1 : 0)`;
        case 'maximum':
          return `Math.max(${a}, ${b})`;
        case 'pow':
          return `power(${a}, ${b})`;
      }
    }
    // eslint-disable-next-line no-fallthrough
    case 'select':
      return `(${of(expression.condition)} !== 0 ? ${of(expression.a)} : ${of(expression.b)})`;
  }
}

const unary: Readonly<Record<UnaryFunction, (x: string) => string>> = {
  neg: (x) => `(-${x})`,
  exp: (x) => `Math.exp(${x})`,
  expm1: (x) => `Math.expm1(${x})`,
  log: (x) => `Math.log(${x})`,
  log1p: (x) => `Math.log1p(${x})`,
  tanh: (x) => `Math.tanh(${x})`,
  sigmoid: (x) => `sigmoid(${x})`,
  softplus: (x) => `softplus(${x})`,
  sin: (x) => `Math.sin(${x})`,
  cos: (x) => `Math.cos(${x})`,
  atan: (x) => `Math.atan(${x})`,
  erf: (x) => `erf(${x})`,
  floor: (x) => `Math.floor(${x})`,
  sqrt: (x) => `Math.sqrt(${x})`,
};

function sigmoid(x: number): number {
  return 1 / (1 + Math.exp(-x));
}

/** log(1 + e^x), without overflow for large x or cancellation for small. */
function softplus(x: number): number {
  return Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));
}
