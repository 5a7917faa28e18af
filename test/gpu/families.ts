/** Every family of kernels on random views, against the cpu backend in double precision. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { sizeOf } from '../../engine/ir/layout.js';
import type { BinaryFunction, ScalarExpression, UnaryFunction } from '../../engine/ir/expression.js';
import type { Shape, Strided } from '../../engine/ir/kernel.js';
import { dense, reference, someIntegers, someNumbers, views } from '../wasm/support.js';
import { randomWindows } from '../wasm/windows.js';
import { type Kernel, type Way, runKernels } from './ways.js';

const input = (index: number): ScalarExpression => ({ kind: 'input', index });
const constant = (value: number): ScalarExpression => ({ kind: 'constant', value });
const unary = (fn: UnaryFunction, x: ScalarExpression): ScalarExpression => ({ kind: 'unary', fn, x });
const binary = (fn: BinaryFunction, a: ScalarExpression, b: ScalarExpression): ScalarExpression => ({
  kind: 'binary',
  fn,
  a,
  b,
});

/**
 * Expects a kernel to agree within `roundings` roundings of numbers as large as its results, or as `scale`. Measured over
 * 60 cases on webgpu: at most half of what is allowed here.
 */
async function check(
  { way, runs }: Settings,
  kernels: fc.Arbitrary<Kernel>,
  roundings: number,
  scale = 1,
): Promise<void> {
  await fc.assert(
    fc.asyncProperty(kernels, async (kernel) => {
      const [actual] = await runKernels([kernel], way);
      const exact = reference(kernel.spec, kernel.inputs, kernel.signature);
      const largest = Array.from(exact).reduce((most, x) => Math.max(most, Math.abs(x)), scale);
      expect(actual.length).toBe(exact.length);
      for (let i = 0; i < exact.length; i++)
        expect(Math.abs(actual[i] - exact[i])).toBeLessThanOrEqual(roundings * 2 ** -24 * largest);
    }),
    { numRuns: runs, seed: 7 },
  );
}

interface Settings {
  readonly way: Way;
  /** How many random cases each test tries. */
  readonly runs: number;
}

const float = (shape: Shape) => ({ shape, dtype: 'float32' }) as const;
const size = fc.integer({ min: 1, max: 6 });
const seeded = (shape: Shape, seed: number): fc.Arbitrary<Strided> =>
  views(shape, (count) => someNumbers(count, seed));

/** Trees whose rounding errors stay small: sums and products of bounded functions. */
const trees = (inputs: number, rank: number): fc.Arbitrary<ScalarExpression> =>
  fc.letrec<{ tree: ScalarExpression }>((tie) => ({
    tree: fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      fc.nat(inputs - 1).map(input),
      fc.constantFrom(0.5, -1.25, 3).map(constant),
      ...(rank > 0
        ? [fc.nat(rank - 1).map((axis) => unary('sin', { kind: 'coordinate' as const, axis }))]
        : []),
      fc
        .tuple(fc.constantFrom<UnaryFunction>('neg', 'tanh', 'sigmoid', 'cos', 'atan', 'erf'), tie('tree'))
        .map(([fn, x]) => unary(fn, x)),
      fc
        .tuple(fc.constantFrom<BinaryFunction>('add', 'sub', 'mul', 'maximum'), tie('tree'), tie('tree'))
        .map(([fn, a, b]) => binary(fn, a, b)),
      fc.tuple(tie('tree'), tie('tree')).map(([a, b]): ScalarExpression => ({
        kind: 'select',
        condition: binary('lt', input(0), constant(0.3)),
        a,
        b,
      })),
    ),
  })).tree;

const maps = fc.array(fc.integer({ min: 1, max: 9 }), { maxLength: 4 }).chain((shape) =>
  fc.record({
    spec: trees(3, shape.length).map((expression) => ({ family: 'map' as const, expression })),
    inputs: fc.tuple(seeded(shape, 1), seeded(shape, 2), seeded(shape, 3)),
    signature: fc.constant(float(shape)),
  }),
);

/** Some of them so long, and of such odd sizes, that they have several stages. */
const reductions = fc
  .oneof(
    fc.array(fc.oneof(size, fc.integer({ min: 1, max: 45 })), { minLength: 1, maxLength: 4 }),
    fc.constantFrom([3, 1031], [1531, 3], [4099]),
  )
  .filter((shape) => sizeOf(shape) < 20000)
  .chain((shape) =>
    fc
      .record({
        axes: fc.subarray([...shape.keys()], { minLength: 1 }),
        inputs: fc.tuple(seeded(shape, 1), seeded(shape, 2)),
        expression: fc.constantFrom(
          input(0),
          binary('mul', input(0), input(1)),
          unary('exp', binary('sub', input(0), input(1))),
          binary('mul', input(0), { kind: 'coordinate', axis: 0 }),
        ),
        reduction: fc.constantFrom('sum' as const, 'max' as const),
      })
      .map(({ axes, inputs, expression, reduction }): Kernel => ({
        spec: { family: 'reduce', reduction, axes, expression },
        inputs,
        signature: float(shape.filter((_, axis) => !axes.includes(axis))),
      })),
  );

const argmaxes = fc.array(fc.integer({ min: 1, max: 12 }), { minLength: 1, maxLength: 3 }).chain((shape) =>
  fc.record({ axis: fc.nat(shape.length - 1), x: seeded(shape, 1) }).map(({ axis, x }): Kernel => ({
    spec: { family: 'reduce', reduction: 'argmax', axes: [axis] },
    inputs: [x],
    signature: { shape: shape.filter((_, i) => i !== axis), dtype: 'int32' },
  })),
);

const orders = fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 3 }).chain((shape) =>
  fc
    .record({
      axis: fc.nat(shape.length - 1),
      descending: fc.boolean(),
      // Few numbers, so that many are equal.
      x: views(shape, (count) => Float32Array.from(someNumbers(count), Math.round)),
    })
    .map(({ axis, descending, x }): Kernel => ({
      spec: { family: 'sort', axis, descending },
      inputs: [x],
      signature: { shape, dtype: 'int32' },
    })),
);

const biased = binary('add', input(0), input(1));
const epilogues: readonly (ScalarExpression | undefined)[] = [
  undefined,
  biased,
  unary('tanh', biased),
  { kind: 'select', condition: binary('lt', constant(0), biased), a: biased, b: constant(0) },
];

const products = fc
  .record({
    batch: fc.array(fc.integer({ min: 1, max: 3 }), { maxLength: 2 }),
    n: fc.integer({ min: 1, max: 20 }),
    k: fc.constantFrom(1, 2, 7, 40, 301),
    m: fc.integer({ min: 1, max: 20 }),
    epilogue: fc.constantFrom(...epilogues),
  })
  .chain(({ batch, n, k, m, epilogue }) => {
    const shape = [...batch, n, m];
    return fc
      .tuple(seeded([...batch, n, k], 1), seeded([...batch, k, m], 2), seeded(shape, 3))
      .map(([a, b, bias]): Kernel => ({
        spec: { family: 'matmul', ...(epilogue !== undefined && { epilogue }) },
        inputs: epilogue === undefined ? [a, b] : [a, b, bias],
        signature: float(shape),
      }));
  });

const pads = fc
  .array(fc.record({ size, low: fc.nat(2), high: fc.nat(2), step: fc.integer({ min: 1, max: 3 }) }), {
    minLength: 1,
    maxLength: 3,
  })
  .chain((axes) =>
    fc
      .record({
        x: seeded(
          axes.map((axis) => axis.size),
          1,
        ),
        fill: fc.constantFrom(0, 1.5),
      })
      .map(({ x, fill }): Kernel => {
        const box = { start: axes.map(({ low }) => low), step: axes.map(({ step }) => step) };
        const shape = axes.map((axis) => axis.low + (axis.size - 1) * axis.step + 1 + axis.high);
        return { spec: { family: 'copy', fill, boxes: [box] }, inputs: [x], signature: float(shape) };
      }),
  );

/** So many pieces that several kernels must join them. */
const joins = fc
  .record({ pieces: fc.integer({ min: 1, max: 40 }), rows: size })
  .map(({ pieces, rows }): Kernel => ({
    spec: {
      family: 'copy',
      fill: 0,
      boxes: Array.from({ length: pieces }, (_, i) => ({ start: [0, 2 * i], step: [1, 1] })),
    },
    inputs: Array.from({ length: pieces }, (_, i) => dense(someNumbers(2 * rows, i + 1), [rows, 2])),
    signature: float([rows, 2 * pieces]),
  }));

const lists = fc
  .record({
    outer: fc.array(size, { maxLength: 2 }),
    rows: size,
    inner: fc.array(size, { maxLength: 2 }),
    listed: fc.array(size, { maxLength: 2 }),
    access: fc.constantFrom('gather' as const, 'scatterAdd' as const),
  })
  .chain(({ outer, rows, inner, listed, access }) => {
    const [placed, list] = [
      [...outer, rows, ...inner],
      [...outer, ...listed, ...inner],
    ];
    const [from, to] = access === 'gather' ? [placed, list] : [list, placed];
    return fc.record({
      spec: fc.constant({ family: 'index', access, axis: outer.length } as const),
      inputs: fc.tuple(
        seeded(from, 1),
        views(listed, (count) => someIntegers(count, rows, 5)),
      ),
      signature: fc.constant(float(to)),
    });
  });

const unfolds = randomWindows.chain((w) => {
  const [plane, columns] = [
    [2, ...w.inputSize],
    [2, ...w.kernelSize, ...w.outputSize],
  ];
  return fc.constantFrom('unfold' as const, 'fold' as const).chain((access) =>
    seeded(access === 'unfold' ? plane : columns, 1).map((x): Kernel => ({
      spec: { family: 'window', access, windows: w, value: access === 'unfold' ? -2.5 : 0 },
      inputs: [x],
      signature: float(access === 'unfold' ? columns : plane),
    })),
  );
});

const convolutions = fc
  .record({
    w: randomWindows,
    groups: fc.integer({ min: 1, max: 2 }),
    n: fc.integer({ min: 1, max: 3 }),
    c: fc.integer({ min: 1, max: 3 }),
    o: fc.integer({ min: 1, max: 3 }),
    result: fc.constantFrom('y' as const, 'weight' as const, 'x' as const),
  })
  .chain(({ w, groups, n, c, o, result }) => {
    const shapes = {
      x: [n, c * groups, ...w.inputSize],
      weight: [o * groups, c, ...w.kernelSize],
      y: [n, o * groups, ...w.outputSize],
    };
    const names = (['x', 'weight', 'y'] as const).filter((name) => name !== result);
    return fc.tuple(seeded(shapes[names[0]], 1), seeded(shapes[names[1]], 2)).map((inputs): Kernel => ({
      spec: { family: 'conv', result, windows: w, groups },
      inputs,
      signature: float(shapes[result]),
    }));
  });

export function describeFamilies(settings: Settings): void {
  describe(`kernels of random views on ${settings.way.name}`, () => {
    it('map expressions', () => check(settings, maps, 8, 4));
    it('reduce axes', () => check(settings, reductions, 100));
    it('find the first largest element', () => check(settings, argmaxes, 0));
    it('sort', () => check(settings, orders, 0));
    it('multiply matrices', () => check(settings, products, 60, 4));
    it('pad and dilate', () => check(settings, pads, 0));
    it('join', () => check(settings, joins, 0));
    it('pick rows and add them back', () => check(settings, lists, 4));
    it('unfold windows and fold them', () => check(settings, unfolds, 4));
    it('convolve in all three directions', () => check(settings, convolutions, 12));
  });
}
