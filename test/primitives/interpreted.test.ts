/** Row kernels where code may be generated and where it may not: the same numbers to the last bit. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { generatedRow } from '../../engine/backends/cpu/generatedRow.js';
import { blockSize, interpretedRow } from '../../engine/backends/cpu/interpretedRow.js';
import { allocate } from '../../engine/ir/array.js';
import {
  type BinaryFunction,
  type ScalarExpression,
  type UnaryFunction,
  binary,
  binaryCosts,
  constant,
  coordinate,
  input,
  select,
  unary,
  unaryCosts,
} from '../../engine/ir/expression.js';
import type { DType, Signature, TypedArray } from '../../engine/ir/kernel.js';
import { cases } from './samples.js';

const awkward = [
  0,
  -0,
  1,
  -1,
  0.5,
  -2.5,
  NaN,
  Infinity,
  -Infinity,
  1e-320,
  3e38,
  2 ** 31,
  -(2 ** 31),
  123456789,
];

/** Numbers of a dtype, the awkward ones first. */
function numbers(dtype: DType, size: number, seed: number): TypedArray {
  const data = allocate(dtype, size);
  for (let i = 0; i < size; i++)
    data[i] = i < awkward.length ? awkward[(i * seed) % awkward.length] : Math.sin(i * seed) * 10 ** (i % 7);
  return data;
}

/** The bits of a row by either kernel. */
function rows(
  expression: ScalarExpression,
  dtypes: readonly DType[],
  output: Signature,
  step = 1,
): Uint8Array[] {
  const size = output.shape.reduce((product, n) => product * n, 1);
  const arrays = dtypes.map((dtype, i) => numbers(dtype, 4 + size * step, i + 1));
  return [generatedRow, interpretedRow].map((make) => {
    const out = allocate(output.dtype, size);
    const row = make(expression, dtypes, output);
    row(
      out,
      0,
      size,
      arrays,
      dtypes.map(() => 3),
      dtypes.map(() => step),
    );
    // Not a number has many forms, of which either may stand.
    if (!(out instanceof Int32Array)) out.forEach((x, i) => Number.isNaN(x) && (out[i] = NaN));
    return new Uint8Array(out.buffer);
  });
}

function expectEqual(...args: Parameters<typeof rows>): void {
  const [generated, interpreted] = rows(...args);
  expect(Buffer.compare(generated, interpreted)).toBe(0);
}

const dtypes: readonly DType[] = ['float32', 'float64', 'int32'];
const long = { shape: [3, blockSize], dtype: 'float32' } as const;

/** Either side of a block, and of several. */
const sizes = [0, 1, blockSize - 1, blockSize, blockSize + 1, 3 * blockSize - 1, 3 * blockSize + 1];

const tree = fc.letrec<{ node: ScalarExpression }>((tie) => ({
  node: fc.oneof(
    { maxDepth: 5 },
    fc.nat(2).map(input),
    fc.constantFrom(...awkward).map(constant),
    fc.nat(1).map(coordinate),
    fc
      .tuple(fc.constantFrom(...(Object.keys(unaryCosts) as UnaryFunction[])), tie('node'))
      .map(([fn, x]) => unary(fn, x)),
    fc
      .tuple(fc.constantFrom(...(Object.keys(binaryCosts) as BinaryFunction[])), tie('node'), tie('node'))
      .map(([fn, a, b]) => binary(fn, a, b)),
    fc.tuple(tie('node'), tie('node'), tie('node')).map(([condition, a, b]) => select(condition, a, b)),
  ),
})).node;

describe('interpreted row kernels give the bits of generated ones', () => {
  const maps = cases.flatMap(({ name, primitive, inputs, params }) => {
    const lowering = primitive.lower(inputs, params);
    return lowering.family === 'map'
      ? [{ name, expression: lowering.expression, inputs, output: primitive.signature(inputs, params) }]
      : [];
  });

  it.each(maps)('$name', ({ expression, inputs, output }) => {
    const sampled = inputs.map(({ dtype }) => dtype);
    expectEqual(expression, sampled, output);
    for (const dtype of dtypes) {
      const shape = [2, 700];
      expectEqual(
        expression,
        sampled.map((each) => (each === 'int32' ? each : dtype)),
        { shape, dtype },
      );
    }
  });

  it.each(sizes)('for a row of %i elements', (size) => {
    const expression = binary('sub', unary('tanh', input(0)), binary('mul', coordinate(0), constant(0.1)));
    for (const dtype of dtypes) expectEqual(expression, [dtype], { shape: [size], dtype }, 2);
  });

  it('for random trees of random dtypes, longer than a block', () => {
    const anyDType = fc.constantFrom(...dtypes);
    fc.assert(
      fc.property(
        tree,
        fc.tuple(anyDType, anyDType, anyDType),
        anyDType,
        fc.nat(2),
        (expression, inputs, dtype, step) => {
          expectEqual(expression, inputs, { ...long, dtype }, step);
        },
      ),
      { numRuns: 200 },
    );
  });
});
