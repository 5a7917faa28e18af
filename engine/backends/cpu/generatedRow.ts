import { type ScalarExpression, type UnaryFunction, everyPart } from '../../ir/expression.js';
import type { DType, Signature } from '../../ir/kernel.js';
import { contiguousStrides } from '../../ir/layout.js';
import { power } from '../power.js';
import { isExact, unary } from './functions.js';
import { type Row, cutsFractions } from './row.js';

let allowed: boolean | undefined;

/** Whether code may be generated here, which a Content-Security-Policy without 'unsafe-eval' forbids. */
export function mayGenerate(): boolean {
  if (allowed !== undefined) return allowed;
  try {
    // eslint-disable-next-line @typescript-eslint/no-implied-eval
    new Function('');
    allowed = true;
  } catch {
    allowed = false;
  }
  return allowed;
}

/** A row kernel as generated code, which is what lets V8 inline the expression. */
export function generatedRow(expression: ScalarExpression, inputs: readonly DType[], output: Signature): Row {
  const each = (text: (i: number) => string): string => inputs.map((_, i) => text(i)).join('');
  const { statements, result } = source(expression, output);
  const functions = [...unaryFunctionsIn(expression)].map((fn) => `const ${fn} = unary.${fn};`).join(' ');
  const body = `
    ${functions}
    return function (out, at, n, arrays, positions, strides) {
      ${each((i) => `const a${i} = arrays[${i}], s${i} = strides[${i}]; let p${i} = positions[${i}];`)}
      for (let i = 0; i < n; i++) {
        ${statements.join('\n        ')}
        out[at + i] = ${cutsFractions(inputs, output) ? `Math.max(-2147483648, Math.min(2147483647, ${result}))` : result};
        ${each((i) => `p${i} += s${i};`)}
      }
    };`;
  // Nothing of it comes from outside the engine.
  // eslint-disable-next-line @typescript-eslint/no-implied-eval, @typescript-eslint/no-unsafe-call
  return new Function('unary', 'power', body)(unary, power) as Row;
}

/** The expression as JavaScript over the arrays a0, a1, ... at the positions p0, p1, ... */
function source(
  expression: ScalarExpression,
  output: Signature,
): { readonly statements: readonly string[]; readonly result: string } {
  const statements: string[] = [];
  const names = new Map<ScalarExpression, string>();
  const nameOf = (part: ScalarExpression): string => {
    const existing = names.get(part);
    if (existing !== undefined) return existing;
    const value = rounded(part, formula(part, output, nameOf), output.dtype);
    const name = `t${names.size}`;
    statements.push(`const ${name} = ${value};`);
    names.set(part, name);
    return name;
  };
  const result = formula(expression, output, nameOf);
  return { statements, result };
}

function rounded(part: ScalarExpression, value: string, dtype: DType): string {
  if (!('fn' in part) || isExact(part.fn, dtype)) return value;
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
      return `${callOf(expression.fn)}(${of(expression.x)})`;
    case 'binary': {
      const [a, b] = [of(expression.a), of(expression.b)];
      switch (expression.fn) {
        case 'add':
          return `(${a} + ${b})`;
        case 'sub':
          return `(${a} - ${b})`;
        case 'mul':
          // The product of large integers has more digits than a double.
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

/** V8 calls its own functions by their global names somewhat faster than by a variable. */
const callOf = (fn: UnaryFunction): string =>
  unary[fn] === Object.getOwnPropertyDescriptor(Math, fn)?.value ? `Math.${fn}` : fn;

function unaryFunctionsIn(expression: ScalarExpression): Set<UnaryFunction> {
  const functions = new Set<UnaryFunction>();
  for (const part of everyPart(expression)) if (part.kind === 'unary') functions.add(part.fn);
  return functions;
}
