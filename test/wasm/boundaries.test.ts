/**
 * Both sides of every constant by which the kernels choose a form or cut their work, in float64 on the cpu backend as
 * reference. Sizes follow from the constants themselves, so that a changed constant moves the test.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { panelWidth } from '../../engine/backends/cpu/matmul.js';
import { pairwiseFrom } from '../../engine/backends/cpu/reduce.js';
import { compute } from '../../engine/backends/cpu/kernels.js';
import {
  isWorthwhile,
  leastMultiplications,
  matmulFloat32,
  mostKernels,
} from '../../engine/backends/wasm/kernels/matmul/eager.js';
import { reciprocalExponent, scaledExponent } from '../../engine/backends/wasm/emit/expression.js';
import { fewRows, fewWeights, mostPadding, mostTaps } from '../../engine/backends/wasm/kernels/conv/conv.js';
import { pairsAtATime } from '../../engine/backends/wasm/kernels/conv/copyRow.js';
import { bytesTogether } from '../../engine/backends/wasm/kernels/conv/forward.js';
import { sumsAbreast } from '../../engine/backends/wasm/kernels/conv/oneOutput.js';
import { tapsTogether } from '../../engine/backends/wasm/kernels/conv/packPanels.js';
import { mostRowsTogether } from '../../engine/backends/wasm/kernels/conv/weightGradient.js';
import { mostDepth, mostFusedOperands } from '../../engine/backends/wasm/kernels/matmul/matmul.js';
import { mostUnrolled, vectorsTogether } from '../../engine/backends/wasm/kernels/mapRow.js';
import { nearestCache, rowsAtATime } from '../../engine/backends/wasm/kernels/matmul/product.js';
import { tileShape } from '../../engine/backends/wasm/kernels/matmul/tileShape.js';
import { float32, float64 } from '../../engine/backends/wasm/emit/vector.js';
import { rowsTogether } from '../../engine/backends/wasm/kernels/reduce/rows.js';
import { abreast } from '../../engine/backends/wasm/kernels/reduce/sideBySide.js';
import { block, stepsOf } from '../../engine/backends/wasm/kernels/reduce/work.js';
import { largest } from '../../engine/backends/wasm/emit/trigonometry.js';
import { fromTypedArray, matmul } from '../../engine/index.js';
import type { ReduceSpec, Strided } from '../../engine/ir/kernel.js';
import {
  around,
  binary,
  checkConvolutions,
  checkProduct,
  constant,
  input,
  tanh,
  transpositions,
  windowsOf,
} from './boundaries.js';
import {
  dense,
  featureSets,
  firstBeyond,
  reference,
  runKernel,
  someDoubles,
  someNumbers,
  worstError,
} from './support.js';

const lanes = 4;
/** Of a tile of a map. */
const side = lanes;
const plain = { operands: 0, heavy: false };

/** How many random cases a property is tried on; more for a campaign. */
const numRuns = Number(process.env.BOUNDARY_RUNS ?? 25);

describe.each(featureSets)('products on both sides of a constant, %s', (_, features) => {
  const { rows: tile, columns: panelColumns, narrow: narrowColumns } = tileShape(features, float32);
  const table: readonly (readonly [string, number, readonly (readonly [number, number, number])[]])[] = [
    ['rows of a tile', tile, around(tile, 2, 3, 4).map((rows) => [rows, 7, 9])],
    [
      'columns of a panel',
      panelColumns,
      around(panelColumns, 2, 3).flatMap((columns) => [
        [2 * tile, 5, columns],
        [2 * tile + 1, 6, columns],
        [1, 9, columns],
      ]),
    ],
    ['narrow panels', narrowColumns, around(narrowColumns).map((columns) => [3 * tile + 1, 9, columns])],
    [
      'bytes of a first factor that is not packed',
      nearestCache,
      around(nearestCache / (16 * float32.bytes)).map((depth) => [16, depth, 2 * panelColumns + 1]),
    ],
    [
      'rows packed at a time',
      rowsAtATime,
      around(rowsAtATime, 2).flatMap((rows) => [
        [rows, 3, 2 * panelColumns],
        [rows, 3, 2 * panelColumns + 1],
      ]),
    ],
    [
      'depth of a part',
      mostDepth,
      around(mostDepth, 2, 3).flatMap((depth) => [
        [1, depth, 6],
        [7, depth, 1],
        [2 * tile + 1, depth, 2 * panelColumns + 3],
      ]),
    ],
  ];

  it.each(table)('%s: %i', (__, ___, all) => {
    for (const [rows, depth, columns] of all)
      for (const form of [plain, { operands: 1, heavy: false }, { operands: 2, heavy: true }])
        for (const transposition of transpositions)
          checkProduct({ rows, depth, columns }, transposition, form, features);
  });

  it(`fused operands: ${mostFusedOperands}, for batches`, () => {
    for (const operands of around(mostFusedOperands))
      for (const depth of [3, mostDepth + 1])
        for (const batch of [1, 2, 3])
          checkProduct({ batch, rows: 7, depth, columns: 10 }, 'TN', { operands, heavy: false }, features);
  });

  it('random sizes around all of them', () => {
    const near = (...constants: readonly number[]): fc.Arbitrary<number> =>
      fc.constantFrom(...constants.flatMap((c) => [c - 1, c, c + 1, c + 2, 2 * c - 1, 2 * c, 2 * c + 1]));
    const cases = fc.record({
      batch: fc.integer({ min: 1, max: 3 }),
      rows: fc.oneof({ weight: 5, arbitrary: near(tile, panelColumns) }, near(rowsAtATime)),
      depth: fc.oneof(near(4, 8), near(mostDepth)),
      columns: near(narrowColumns, panelColumns, 2 * panelColumns),
      transposition: fc.constantFrom(...transpositions),
      operands: fc.constantFrom(0, 0, 1, mostFusedOperands, mostFusedOperands + 1),
      heavy: fc.boolean(),
    });
    fc.assert(
      fc.property(cases, ({ transposition, operands, heavy, ...sizes }) => {
        checkProduct(sizes, transposition, { operands, heavy }, features);
      }),
      { numRuns },
    );
  });
});

describe.each(featureSets)('convolutions on both sides of a constant, %s', (_, features) => {
  const small = { samples: 2, channels: 2, outputs: 3, groups: 1 };

  it(`positions: ${mostDepth}, for 1 to 3 samples`, () => {
    for (const positions of around(mostDepth, 2))
      for (const samples of [1, 2, 3]) {
        checkConvolutions({ ...small, samples, windows: windowsOf([positions]) }, features);
        checkConvolutions({ ...small, samples, windows: windowsOf([positions], { kernel: 3 }) }, features);
      }
  });

  it(`positions in the plane: ${mostDepth}, for groups, strides, dilation and padding`, () => {
    for (const outputSize of [
      [16, mostDepth / 16],
      [19, 27],
      [28, 28],
    ])
      for (const options of [
        {},
        { kernel: 3 },
        { kernel: 3, stride: 2, low: 1 },
        { kernel: 2, dilation: 2, low: 1 },
      ])
        for (const groups of [1, 2]) {
          const windows = windowsOf(outputSize, options);
          checkConvolutions({ samples: 3, channels: 2, outputs: 2, groups, windows }, features);
        }
  });

  it(`channels: ${mostDepth} and ${rowsAtATime}`, () => {
    const windows = windowsOf([3], { kernel: 2, low: 1 });
    for (const many of [...around(rowsAtATime), ...around(mostDepth)]) {
      checkConvolutions({ ...small, channels: many, windows }, features);
      checkConvolutions({ ...small, outputs: many, windows }, features);
    }
    for (const channels of around(mostDepth / 2))
      checkConvolutions({ samples: 2, channels: 2 * channels, outputs: 4, groups: 2, windows }, features);
  });

  it(`taps: ${mostTaps}, and ${mostRowsTogether} cut into tiles together`, () => {
    for (const kernel of around(mostTaps)) {
      checkConvolutions({ ...small, windows: windowsOf([9], { kernel, low: 3 }) }, features);
      checkConvolutions(
        { ...small, windows: windowsOf([7, 5], { kernel: Math.ceil(Math.sqrt(kernel)) }) },
        features,
      );
    }
    for (const kernel of [1, 2, 3, 5, 6, ...around(mostRowsTogether)])
      for (const channels of [4, 5])
        for (const outputs of [2, 19])
          checkConvolutions(
            { ...small, channels, outputs, windows: windowsOf([11], { kernel, low: 1 }) },
            features,
          );
  });

  it(`rows of lines: vectors, pairs of them, and ${2 * pairsAtATime} pairs`, () => {
    for (const width of [1, ...around(lanes), ...around(2 * lanes), ...around(4 * lanes * pairsAtATime, 2)])
      for (const options of [
        { kernel: 2 },
        { kernel: 3, low: 1 },
        { kernel: 3, stride: 2, low: 1 },
        { kernel: 2, stride: 3, dilation: 2 },
        { kernel: 4, stride: 4, dilation: 6, low: 2 },
      ])
        checkConvolutions({ ...small, windows: windowsOf([3, width], options) }, features);
  });

  it(`columns of panels: those of ${bytesTogether} bytes are packed together`, () => {
    const { columns, narrow } = tileShape(features, float32);
    for (const positions of [...around(narrow), ...around(bytesTogether / 4, 2, 3), ...around(columns, 3, 5)])
      for (const channels of [1, 3, tapsTogether - 1, tapsTogether, 2 * tapsTogether + 1])
        checkConvolutions({ ...small, channels, windows: windowsOf([positions]) }, features);
  });

  it(`one output: ${sumsAbreast} vectors of positions, and gradients of ${fewWeights} weights an output`, () => {
    const width = (sumsAbreast * lanes * features.simd) / 128;
    for (const positions of [...around(lanes), ...around(width), ...around(width, 2)])
      for (const groups of [1, 3])
        checkConvolutions(
          {
            samples: 2,
            channels: 2 * groups,
            outputs: groups,
            groups,
            windows: windowsOf([positions], { kernel: 3, low: 1 }),
          },
          features,
        );
    for (const kernel of around(fewWeights))
      for (const outputs of [2, 3, 4, 6])
        for (const positions of [3, 21])
          checkConvolutions(
            { ...small, channels: 1, outputs, windows: windowsOf([positions], { kernel, low: 2 }) },
            features,
          );
  });

  it('in float64', () => {
    const { columns, narrow } = tileShape(features, float64);
    const line = [1, 3, ...around(narrow), ...around(columns), mostDepth + 1];
    for (const positions of line)
      for (const options of [
        { kernel: 3, low: 1 },
        { kernel: 3, stride: 2 },
      ])
        for (const [channels, outputs] of [
          [2, 7],
          [5, 1],
        ])
          checkConvolutions(
            { ...small, channels, outputs, windows: windowsOf([positions], options) },
            features,
            float64,
          );
    for (const width of [1, 2, 3, 4, 5, ...around(4 * pairsAtATime)])
      for (const stride of [1, 2, 3])
        for (const [channels, groups] of [
          [4, 1],
          [60, 1],
          [3, 3],
        ]) {
          const windows = windowsOf([3, width], { kernel: 3, stride, low: 1 });
          checkConvolutions({ samples: 2, channels, outputs: 3, groups, windows }, features, float64);
        }
  });

  it(`input gradients: ${fewRows} rows, and ${mostPadding} times the windows`, () => {
    for (const channels of around(fewRows))
      for (const outputs of around(channels, 2).filter((n) => n > 0))
        checkConvolutions(
          { ...small, channels, outputs, windows: windowsOf([6, 20], { kernel: 3, low: 1 }) },
          features,
        );
    for (const size of [2, 3, 16, 17, 18, 19, 20])
      checkConvolutions({ ...small, channels: 5, windows: windowsOf([size, size], { kernel: 3 }) }, features);
  });

  it('random sizes around all of them', () => {
    const tile = tileShape(features, float32);
    const positions = fc.oneof(
      fc.constantFrom(...around(mostDepth, 2).map((n) => [n])),
      fc.tuple(fc.integer({ min: 1, max: 30 }), fc.integer({ min: 1, max: 40 })),
    );
    const cases = fc.record({
      samples: fc.integer({ min: 1, max: 3 }),
      channels: fc.constantFrom(1, 2, 3, tile.columns, tile.columns + 1),
      outputs: fc.constantFrom(1, 2, 3, ...around(tile.rows, 2)),
      groups: fc.constantFrom(1, 1, 2, 3),
      positions,
      kernel: fc.integer({ min: 1, max: 3 }),
      stride: fc.integer({ min: 1, max: 2 }),
      dilation: fc.integer({ min: 1, max: 2 }),
      low: fc.integer({ min: 0, max: 1 }),
    });
    fc.assert(
      fc.property(cases, ({ samples, channels, outputs, groups, positions: outputSize, ...options }) => {
        const windows = windowsOf(outputSize, options);
        fc.pre(windows.inputSize.every((size) => size > 0));
        const [c, o] = [channels * groups, outputs * groups];
        checkConvolutions({ samples, channels: c, outputs: o, groups, windows }, features);
      }),
      { numRuns },
    );
  });
});

describe('eager products on both sides of a constant', () => {
  const exact = ([a, b]: readonly Strided[], shape: readonly number[]): ArrayLike<number> =>
    reference({ family: 'matmul' }, [a, b], { shape, dtype: 'float32' });

  it(`multiplications: ${leastMultiplications}`, () => {
    const [depth, columns] = [leastMultiplications / 32 / 32, 32];
    for (const rows of around(32)) {
      const factors = [
        dense(someNumbers(rows * depth, 1), [rows, depth]),
        dense(someNumbers(depth * columns, 2), [depth, columns]),
      ];
      const shape = [rows, columns];
      const output = { shape, dtype: 'float32' } as const;
      expect(isWorthwhile(factors[0], output)).toBe(rows >= 32);
      const [a, b] = factors.map(({ data, shape: sizes }) => fromTypedArray(data, sizes));
      expect(worstError(matmul(a, b).toTypedArray(), exact(factors, shape), () => depth)).toBeLessThan(4);
    }
  });

  it(`kernels kept: ${mostKernels}`, () => {
    const factorsOf = (n: number): [Strided, Strided] => [
      dense(someNumbers(n, 1), [1, n]),
      dense(someNumbers(n * 2, 2), [n, 2]),
    ];
    for (const n of [...Array.from({ length: mostKernels + 2 }, (_, i) => i + 1), 1, 2, mostKernels]) {
      const factors = factorsOf(n);
      const product = matmulFloat32(...factors, { shape: [1, 2], dtype: 'float32' });
      expect(worstError(product, exact(factors, [1, 2]), () => n)).toBeLessThan(4);
    }
  });
});

describe.each(featureSets)('maps on both sides of a constant, %s', (_, features) => {
  const turned = (rows: number, columns: number): Strided => ({
    data: someNumbers(rows * columns, 7),
    shape: [rows, columns],
    strides: [1, rows],
    offset: 0,
  });
  const light = binary('add', binary('mul', input(0), input(1)), input(0));

  it(`lanes: ${lanes}, rows written out: ${mostUnrolled.light} and ${mostUnrolled.heavy} vectors, ${vectorsTogether} at once`, () => {
    const sizes = new Set([
      ...around(lanes * vectorsTogether, 2, 3),
      ...around(lanes, 2),
      ...around(lanes * (mostUnrolled.light + 1)),
      ...around(lanes * mostUnrolled.light),
      ...around(lanes * (mostUnrolled.heavy + 1)),
    ]);
    for (const expression of [light, tanh(light)])
      for (const rows of [1, ...around(side, 2)])
        for (const columns of sizes) {
          const row: Strided = {
            ...dense(someNumbers(columns, 3), [columns]),
            shape: [rows, columns],
            strides: [0, 1],
          };
          const whole = dense(someNumbers(rows * columns, 5), [rows, columns]);
          const column: Strided = {
            ...dense(someNumbers(rows, 4), [rows]),
            shape: [rows, columns],
            strides: [1, 0],
          };
          for (const second of [whole, row, column, turned(rows, columns)])
            for (const first of [whole, turned(rows, columns)]) {
              const spec = { family: 'map', expression } as const;
              const output = { shape: [rows, columns], dtype: 'float32' } as const;
              const actual = runKernel(spec, [first, second], output, features);
              expect(worstError(actual, reference(spec, [first, second], output), () => 4)).toBeLessThan(4);
            }
        }
  });

  it(`divisors: 2^${reciprocalExponent.float32} as a number, 2^${scaledExponent.float32} in a row`, () => {
    const x = dense(someNumbers(9), [9]);
    const output = { shape: [9], dtype: 'float32' } as const;
    const factors = [0.99999994, 1, 1.0000001, 1.5];
    for (const exponent of [reciprocalExponent.float32, scaledExponent.float32].flatMap((e) => [e, -e]))
      for (const divisor of factors.map((factor) => Math.fround(factor * 2 ** exponent))) {
        const repeated: Strided = { data: Float32Array.of(divisor), shape: [9], strides: [0], offset: 0 };
        for (const [b, inputs] of [
          [constant(divisor), [x]],
          [input(1), [x, repeated]],
        ] as const) {
          const spec = { family: 'map', expression: binary('div', input(0), b) } as const;
          expect(
            worstError(runKernel(spec, inputs, output, features), reference(spec, inputs, output)),
          ).toBeLessThan(2);
        }
      }
  });

  it(`arguments of sine: ${largest}`, () => {
    const x = Float32Array.of(largest, largest - 1, largest + 1, -largest - 0.5, 3, 2 * largest, -1e30);
    for (const fn of ['sin', 'cos'] as const) {
      const spec = { family: 'map', expression: { kind: 'unary', fn, x: input(0) } } as const;
      const output = { shape: [x.length], dtype: 'float32' } as const;
      const inputs = [dense(x, [x.length])];
      expect(
        worstError(runKernel(spec, inputs, output, features), reference(spec, inputs, output)),
      ).toBeLessThan(2);
    }
  });
});

describe.each(featureSets)('reductions on both sides of a constant, %s', (_, features) => {
  const expressions = { light: binary('mul', input(0), input(0)), heavy: tanh(input(0)) };
  const kinds = [float32, float64] as const;
  const forms = ['light', 'heavy'] as const;

  it.each(kinds.flatMap((kind) => forms.map((form) => [kind.dtype, form, kind] as const)))(
    'vectors in a block, vectors beside each other, and rows: %s, %s',
    (dtype, form, { lanes: width }) => {
      const vectors = block[form];
      const along = [
        ...around(width),
        ...around(width * vectors),
        ...around((width * vectors) / rowsTogether),
      ];
      const beside = [...around(width), ...around(width * abreast[form], 2)];
      const sizes = [
        ...along.flatMap((columns) => around(rowsTogether).map((rows) => [rows, columns, 1] as const)),
        ...beside.flatMap((columns) =>
          around(stepsOf(vectors), 2).map((rows) => [rows, columns, 0] as const),
        ),
      ];
      for (const [rows, columns, axis] of sizes.filter(([n]) => n > 0))
        for (const [reduction, expression] of [
          ['sum', expressions[form]],
          ...(form === 'light' ? ([['max', undefined]] as const) : []),
        ] as const) {
          const numbers = dtype === 'float32' ? someNumbers : someDoubles;
          const x = dense(numbers(rows * columns), [rows, columns]);
          const spec: ReduceSpec = {
            family: 'reduce',
            reduction,
            axes: [axis],
            ...(expression && { expression }),
          };
          const output = { shape: [axis === 0 ? columns : rows], dtype };
          const roundings = dtype === 'float32' ? 8 * 2 ** -22 : 8 * 2 ** -51;
          const exact = reference(spec, [x], output);
          expect(
            firstBeyond(
              runKernel(spec, [x], output, features),
              exact,
              (i) => roundings * Math.max(1, Math.abs(exact[i]) / 4),
            ),
          ).toBeNull();
        }
    },
  );
});

describe('the cpu backend on both sides of a constant', () => {
  it(`rows and columns of a block: ${panelWidth}`, () => {
    for (const n of around(panelWidth, 2))
      for (const m of around(panelWidth, 2)) {
        const [a, b] = [someNumbers(n * 5, 1), someNumbers(5 * m, 2)].map((data) => Float64Array.from(data));
        const product = compute({ family: 'matmul' }, [dense(a, [n, 5]), dense(b, [5, m])], {
          shape: [n, m],
          dtype: 'float64',
        });
        product.forEach((value, at) => {
          const [i, j] = [Math.floor(at / m), at % m];
          const terms = [0, 1, 2, 3, 4].map((k) => a[i * 5 + k] * b[k * m + j]);
          expect(value).toBeCloseTo(
            terms.reduce((sum, term) => sum + term, 0),
            12,
          );
        });
      }
  });

  it(`elements summed in one run: ${pairwiseFrom}`, () => {
    for (const n of around(pairwiseFrom, 2, 3)) {
      const x = Float64Array.from({ length: n }, (_, i) => i + 1);
      const spec = { family: 'reduce', reduction: 'sum', axes: [0] } as const;
      const [sum] = compute(spec, [dense(x, [n])], { shape: [], dtype: 'float64' });
      expect(sum).toBe((n * (n + 1)) / 2);
    }
  });
});
