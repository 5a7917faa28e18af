import type { ScalarExpression, UnaryFunction } from '../../ir/expression.js';
import type { MapSpec, Shape, Signature, Strided, TypedArray } from '../../ir/kernel.js';
import { allocate, contiguousStrides, dtypeOf, sizeOf } from '../layout.js';
import { collapse, eachRow } from './array.js';
import { erf } from './erf.js';

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
  const out = allocate(output.dtype, sizeOf(output.shape));
  if (out.length === 0) return out;
  const arrays = inputs.map((input) => input.data);
  const row = rowKernel(spec, arrays, output);
  const loops = collapse(output.shape, [
    contiguousStrides(output.shape),
    ...inputs.map((input) => input.strides),
  ]);
  const last = loops.shape.length - 1;
  const n = loops.shape[last];
  const strides = loops.strides.map((operand) => operand[last]);
  eachRow(loops, [0, ...inputs.map((input) => input.offset)], (positions) => {
    row(out, positions[0], n, arrays, positions, strides);
  });
  return out;
}

const kernels = new WeakMap<MapSpec, Map<string, Row>>();

function rowKernel(spec: MapSpec, arrays: readonly TypedArray[], output: Signature): Row {
  let versions = kernels.get(spec);
  if (versions === undefined) kernels.set(spec, (versions = new Map<string, Row>()));
  // Loops are specialised by dtype because V8 compiles an element access well only for one kind of array.
  let key: string = output.dtype;
  for (const array of arrays) key += ` ${dtypeOf(array)}`;
  if (usesCoordinates(spec.expression)) key += output.shape.join();
  let row = versions.get(key);
  if (row === undefined) versions.set(key, (row = compileRow(spec.expression, arrays.length, output.shape)));
  return row;
}

function compileRow(expression: ScalarExpression, inputs: number, shape: Shape): Row {
  const each = (text: (i: number) => string): string =>
    Array.from({ length: inputs }, (_, i) => text(i)).join('');
  const body = `
    return function (out, at, n, arrays, positions, strides) {
      ${each((i) => `const a${i} = arrays[${i}], s${i} = strides[${i + 1}]; let p${i} = positions[${i + 1}];`)}
      for (let i = 0; i < n; i++) {
        out[at + i] = ${source(expression, shape)};
        ${each((i) => `p${i} += s${i};`)}
      }
    };`;
  // A generated loop is what lets V8 inline the expression; nothing of it comes from outside the engine.
  // eslint-disable-next-line @typescript-eslint/no-implied-eval, @typescript-eslint/no-unsafe-call
  return new Function('sigmoid', 'softplus', 'erf', body)(sigmoid, softplus, erf) as Row;
}

/** The expression as JavaScript over the arrays a0, a1, ... at the positions p0, p1, ... */
function source(expression: ScalarExpression, shape: Shape): string {
  const of = (part: ScalarExpression): string => source(part, shape);
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
          return `(${a} * ${b})`;
        case 'div':
          return `(${a} / ${b})`;
        case 'lt':
          return `(${a} < ${b} ? 1 : 0)`;
        case 'eq':
          return `(${a} === ${b} ? 1 : 0)`;
        case 'maximum':
          return `Math.max(${a}, ${b})`;
        case 'pow':
          return `Math.pow(${a}, ${b})`;
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

function usesCoordinates(expression: ScalarExpression): boolean {
  switch (expression.kind) {
    case 'coordinate':
      return true;
    case 'unary':
      return usesCoordinates(expression.x);
    case 'binary':
      return usesCoordinates(expression.a) || usesCoordinates(expression.b);
    case 'select':
      return [expression.condition, expression.a, expression.b].some(usesCoordinates);
    default:
      return false;
  }
}
