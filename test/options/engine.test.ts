import { describe, expect, it } from 'vitest';
import * as engine from '../../engine/index.js';
import { layerSamples } from './layerSamples.js';
import { type Samples, walkExports } from './walk.js';

const {
  Generator,
  Tensor,
  adaptiveAvgPool2d,
  arange,
  argmax,
  assertGradients,
  avgPool2d,
  batchNormEval,
  conv1d,
  crossEntropy,
  eye,
  fromTypedArray,
  full,
  gradcheck,
  layerNorm,
  lstm,
  maxPool2d,
  normal,
  ones,
  tensor,
  uniform,
  zeros,
} = engine;

const x = tensor([
  [1, 2],
  [3, 4],
]);
const double = tensor([0.3], { dtype: 'float64' });
const image = ones([1, 1, 4, 4]);
const two = ones([2]);
const generator = new Generator(0);

type Operation = (x: engine.Tensor, options?: never) => unknown;

/** What takes options after a tensor: the same for the function and for the method of its name. */
const ofTensor = {
  sum: { dim: 0, keepdim: true, where: x },
  mean: { dim: [0, 1], keepdim: true, where: x },
  var: { dim: 0, keepdim: true, where: x, unbiased: false },
  std: { dim: 0, keepdim: true, correction: 0 },
  norm: { dim: 0, keepdim: true, where: x, p: 3 },
  amax: { dim: 0, keepdim: true, where: x },
  amin: { dim: 0, keepdim: true, where: x },
  max: { dim: 0, keepdim: true },
  min: { dim: 0, keepdim: true },
  argmax: { dim: 0, keepdim: true },
  argmin: { dim: 0, keepdim: true },
  median: { dim: 0, keepdim: true },
  logsumexp: { dim: 0, keepdim: true, where: x },
  softmax: { dim: 0 },
  logSoftmax: { dim: 0 },
  prod: { dim: 0, keepdim: true },
  cumsum: { dim: 0 },
  cumprod: { dim: 0 },
  logcumsumexp: { dim: 0 },
  cummax: { dim: 0 },
  cummin: { dim: 0 },
  sort: { dim: 0, descending: true },
  argsort: { dim: 0, descending: true },
  diagonal: { offset: 1, dim1: 0, dim2: 1 },
  diag: { diagonal: 1 },
  tril: { diagonal: 1 },
  triu: { diagonal: 1 },
  clamp: { min: 0, max: 1 },
  hardtanh: { min: 0, max: 1 },
  gelu: { approximate: 'tanh' },
  softplus: { beta: 2 },
  leakyRelu: { negativeSlope: 0.1 },
  elu: { alpha: 2 },
  slice: { dim: 0, start: 0, end: 1, step: 1 },
} as const;

/** Methods whose options come after another argument. */
const ofMore = {
  pad: { args: [[1, 1]], options: { value: 2 } },
  topk: { args: [1], options: { dim: 0, largest: false } },
  repeatInterleave: { args: [2], options: { dim: 0 } },
  roll: { args: [1], options: { dims: 0 } },
  split: { args: [1], options: { dim: 1 } },
  tensordot: { args: [x], options: { dims: 1 } },
  scatter: { args: [tensor([[0, 0]], { dtype: 'int32' }), x], options: { dim: 0 } },
  scatterAdd: { args: [tensor([[0, 0]], { dtype: 'int32' }), x], options: { dim: 0 } },
  indexAdd: { args: [arange(2), x], options: { dim: 0 } },
  indexSelect: { args: [arange(2)], options: { dim: 0 } },
  gather: { args: [tensor([[0, 0]], { dtype: 'int32' })], options: { dim: 0 } },
} as const;

const withTensor = Object.fromEntries(
  Object.entries(ofTensor).map(([name, options]) => [
    name,
    { call: (o: never) => (engine[name as keyof typeof ofTensor] as Operation)(x, o), options },
  ]),
);

const withMore = Object.fromEntries(
  Object.entries(ofMore).map(([name, { args, options }]) => [
    name,
    {
      call: (o: never) =>
        (engine[name as keyof typeof ofMore] as (...all: unknown[]) => unknown)(x, ...args, o),
      options,
    },
  ]),
);

const gates = { wi: ones([4, 1]), wh: ones([4, 1]), bi: ones([4]), bh: ones([4]) };

const none = <Name extends string>(...names: readonly Name[]): Record<Name, 'none'> =>
  Object.fromEntries(names.map((name) => [name, 'none'])) as Record<Name, 'none'>;

/** What has no options. */
const plain = none(
  ...([
    'add',
    'sub',
    'mul',
    'div',
    'maximum',
    'minimum',
    'pow',
    'lt',
    'le',
    'gt',
    'ge',
    'eq',
    'ne',
    'where',
  ] as const),
  ...(['neg', 'exp', 'expm1', 'log', 'log1p', 'tanh', 'sigmoid', 'sin', 'cos', 'tan', 'atan'] as const),
  ...(['erf', 'floor', 'sqrt', 'square', 'reciprocal', 'rsqrt', 'abs', 'sign', 'opposite'] as const),
  ...(['asin', 'acos', 'sinh', 'cosh', 'asinh', 'acosh', 'atanh', 'exp2', 'log2', 'log10', 'logit'] as const),
  ...(['atan2', 'hypot', 'logaddexp', 'xlogy', 'remainder', 'ceil', 'round', 'trunc'] as const),
  ...(['isNan', 'isFinite', 'relu6', 'hardswish', 'mish', 'selu', 'softsign', 'prelu'] as const),
  ...(['tile', 'matrixTrace', 'einsum', 'outer', 'kron', 'maskedFill'] as const),
  ...(['relu', 'silu', 'logsigmoid', 'cast', 'stopGradient', 'peek'] as const),
  ...(['reshape', 'permute', 'transpose', 'expand', 'unsqueeze', 'squeeze', 'flatten', 'flip'] as const),
  ...(['narrow', 'matmul', 'dot', 'linear', 'embedding'] as const),
  ...(['cholesky', 'solve', 'inv', 'det', 'slogdet', 'logdet'] as const),
  ...(['zerosLike', 'onesLike', 'fromTypedArray', 'mapTree', 'leavesOf', 'zipTrees'] as const),
  ...(['vjp', 'jvp', 'hvp', 'jacobian', 'hessian', 'trapNonFinite'] as const),
  ...(['graphOf', 'graphToText', 'graphToDot', 'graphToSvg', 'explainBackward', 'group'] as const),
  ...(['parseNpy', 'formatNpy', 'parseNpz', 'formatNpz'] as const),
);

const operations: Samples = {
  ...plain,
  ...withTensor,
  ...withMore,
  ...layerSamples,
  solveTriangular: {
    call: (o) => engine.solveTriangular(x, x, o),
    options: { upper: true, left: false, unitriangular: true },
  },
  variance: { call: (o) => engine.variance(x, o), options: ofTensor.var },
  tensor: { call: (o) => tensor([1], o), options: { dtype: 'float64' } },
  full: { call: (o) => full([2], 1, o), options: { dtype: 'float64' } },
  zeros: { call: (o) => zeros([2], o), options: { dtype: 'float64' } },
  ones: { call: (o) => ones([2], o), options: { dtype: 'float64' } },
  eye: { call: (o) => eye(2, o), options: { dtype: 'float64' } },
  arange: { call: (o) => arange(0, 4, o), options: { step: 2, dtype: 'float64' } },
  linspace: { call: (o) => engine.linspace(0, 1, 3, o), options: { dtype: 'float64' } },
  oneHot: { call: (o) => engine.oneHot(arange(2), 3, o), options: { dtype: 'float64' } },
  randint: { call: (o) => engine.randint(generator, [2], o), options: { low: 1, high: 3 } },
  bernoulli: { call: (o) => engine.bernoulli(generator, [2], o), options: { p: 0.2, dtype: 'float64' } },
  uniform: { call: (o) => uniform(generator, [2], o), options: { low: -1, high: 2, dtype: 'float64' } },
  normal: { call: (o) => normal(generator, [2], o), options: { mean: 1, std: 2, dtype: 'float64' } },
  cat: { call: (o) => engine.cat([x, x], o), options: { dim: 1 } },
  stack: { call: (o) => engine.stack([x, x], o), options: { dim: 1 } },
  grad: { call: (o) => engine.grad((t: engine.Tensor) => t.sum(), o)(x), options: { allowZero: ['b'] } },
  valueAndGrad: {
    call: (o) => engine.valueAndGrad((t: engine.Tensor) => t.sum(), o)(x),
    options: { allowZero: ['b'] },
  },
  gradcheck: {
    call: (o) => gradcheck((t) => t.sin(), [double], o),
    options: { order: 2, directions: 2, seed: 1 },
  },
  assertGradients: {
    call: (o) => {
      assertGradients((t) => t.sin(), [double], o);
    },
    options: { order: 2, directions: 2, seed: 1 },
  },
};

const square = (t: engine.Tensor): engine.Tensor => t.mul(t).sum();

const onChoice = (): void => undefined;
const onPass = (): void => undefined;
const backend = { backend: 'auto', simd: 128, allowDegraded: true, onChoice, onPass };
const device = { mode: 'cpu', allowDegraded: true };
const count = (carry: engine.Tensor, item: engine.Tensor): [engine.Tensor, engine.Tensor] => [
  carry.add(item),
  carry,
];

const stacked = engine.stack([x, x]);

/** Plans. */
const plans: Samples = {
  compile: [
    { call: (o) => engine.compile(square, o), options: { ...backend, donate: [0] } },
    { call: (o) => engine.compile(square, o), options: device },
  ],
  repeat: [
    { call: (o) => engine.repeat(2, count, o), options: backend },
    { call: (o) => engine.repeat(2, count, o), options: device },
  ],
  compileAsync: { call: (o) => engine.compileAsync(square, o), options: { ...device, onPass } },
  vmap: { call: (o) => engine.vmap((y: engine.Tensor) => y, o)(x), options: { in: 0, out: 0 } },
  customVjp: {
    call: (o) => engine.customVjp(square, o),
    options: { forward: (t: engine.Tensor) => [square(t), t], backward: (t: engine.Tensor) => t },
  },
  scan: { call: (o) => engine.scan(count, x, stacked, o), options: { length: 2, reverse: true, chunks: 1 } },
  whileLoop: {
    call: (o) =>
      engine.whileLoop(
        (y) => engine.lt(engine.sum(y), 9),
        (y) => engine.add(y, 9),
        x,
        o,
      ),
    options: { max: 9 },
  },
  ...none('eagerProducts', 'cond', 'remat', 'keep', 'trace', 'gpuDevice', 'deviceThreadAt', 'wasmFeatures'),
};

walkExports(
  'engine',
  engine,
  { ...operations, ...plans },
  {
    deviceThreadAt: 'it would start from another file for the rest of the process',
    gpuDevice: 'it looks for a device',
  },
);

describe('methods of tensors', () => {
  const methods = x as object as Readonly<Record<string, (...args: readonly unknown[]) => unknown>>;
  const method =
    (name: string) =>
    (...args: readonly unknown[]): unknown =>
      methods[name](...args);

  it.each(Object.entries(ofTensor))('%s takes and checks the options of the function', (name, options) => {
    expect(() => method(name)(options)).not.toThrow();
    for (const [option, value] of Object.entries(options)) {
      const wrong = `${option}_x`;
      expect(() => method(name)({ [wrong]: value as unknown })).toThrow(
        new RegExp(`^${name === 'var' ? 'variance' : name}: there is no option '${wrong}'`),
      );
    }
  });

  it.each(Object.entries(ofMore))(
    '%s takes and checks its options after the rest',
    (name, { args, options }) => {
      expect(() => method(name)(...args, options)).not.toThrow();
      expect(() => method(name)(...args, { what: 1 })).toThrow(`${name}: there is no option 'what'.`);
    },
  );

  it('give a result or an error of the library for whatever argument', () => {
    const names = Object.getOwnPropertyNames(Tensor.prototype).filter(
      (name) => !['constructor', 'rank', 'size'].includes(name),
    );
    expect(names.length).toBeGreaterThan(60);
    const strange = [[], [null], ['a'], [5], [{}], [[]], [[9]], [new Map()], [null, null], [{}, {}], [x, {}]];
    for (const name of names)
      for (const args of strange) {
        let error: unknown;
        try {
          method(name)(...args);
        } catch (thrown) {
          error = thrown;
        }
        if (error === undefined) continue;
        expect(error, `${name}(${args.map(String).join()})`).not.toBeInstanceOf(TypeError);
        expect(error, `${name}(${args.map(String).join()})`).not.toBeInstanceOf(RangeError);
        expect((error as Error).message).toMatch(/^[\w.]+: /);
      }
  });
});

describe('where a bare value is the habit of the field', () => {
  const a = tensor([
    [1, 2],
    [9, 5],
  ]);

  it('it stands for the axis or the axes', () => {
    expect(a.sum(0).toArray()).toEqual([10, 7]);
    expect(engine.sum(a, [0, 1]).item()).toBe(17);
    expect(a.mean(-1).toArray()).toEqual([1.5, 7]);
    expect(a.amax(0).toArray()).toEqual([9, 5]);
    expect(a.max(1).toArray()).toEqual([2, 9]);
    expect(a.prod(0).toArray()).toEqual([9, 10]);
    expect(a.cumsum(1).toArray()).toEqual([
      [1, 3],
      [9, 14],
    ]);
    expect(zeros([2, 2]).softmax(-1).toArray()).toEqual([
      [0.5, 0.5],
      [0.5, 0.5],
    ]);
    expect(engine.cat([a, a], 1).shape).toEqual([2, 4]);
    expect(engine.stack([a, a], -1).shape).toEqual([2, 2, 2]);
    expect(a.indexSelect(arange(1), 1).toArray()).toEqual([[1], [9]]);
    expect(a.gather(tensor([[1, 0]], { dtype: 'int32' }), 0).toArray()).toEqual([[9, 2]]);
  });

  it('it stands for bounds, windows, slopes and steps', () => {
    expect(tensor([-1, 0.5, 3]).clamp(0, 1).toArray()).toEqual([0, 0.5, 1]);
    expect(tensor([-1, 3]).clamp(0).toArray()).toEqual([0, 3]);
    expect(tensor([-1, 3]).clamp(undefined, 1).toArray()).toEqual([-1, 1]);
    expect(() => tensor([1]).clamp()).toThrow('clamp: needs a bound, as in {min: 0}');
    expect(maxPool2d(image, 2).shape).toEqual([1, 1, 2, 2]);
    expect(avgPool2d(image, [4, 2]).shape).toEqual([1, 1, 1, 2]);
    expect(adaptiveAvgPool2d(image, 1).shape).toEqual([1, 1, 1, 1]);
    expect(() => maxPool2d(image, {} as never)).toThrow('maxPool2d: needs the size of its windows');
    expect(tensor([-1]).leakyRelu(0.5).toArray()).toEqual([-0.5]);
    expect(arange(0, 1, 0.25).toArray()).toEqual([0, 0.25, 0.5, 0.75]);
    expect(arange(0, 1, { step: 0.1, dtype: 'float64' }).toArray()).toEqual(
      Array.from({ length: 10 }, (_, i) => i * 0.1),
    );
    expect(() => arange(0, 1, { step: 0.25, dtype: 'int32' })).toThrow(/^arange: .*int32 does not hold/);
  });

  it("of PyTorch's words for padding, 'valid' is none", () => {
    expect(conv1d(ones([1, 1, 5]), ones([1, 1, 3]), undefined, { padding: 'valid' }).toArray()).toEqual([
      [[3, 3, 3]],
    ]);
    expect(() => conv1d(ones([1, 1, 5]), ones([1, 1, 3]), undefined, { padding: 'full' as never })).toThrow(
      'conv1d: padding must be',
    );
  });

  it('several numbers in place of a list are refused', () => {
    const wild = x as never as Record<string, (...args: readonly unknown[]) => unknown>;
    expect(() => wild.reshape(4, 1)).toThrow(/^reshape: .*\[4,1\]/);
    expect(() => wild.permute(1, 0)).toThrow(/^permute: .*\[1,0\]/);
    expect(() => wild.expand(2, 2)).toThrow(/^expand: .*\[2,2\]/);
    expect(() => wild.sum(0, 1)).toThrow(/^sum: .*\[0,1\]/);
    expect(() => zeros(2 as never, 3 as never)).toThrow('zeros: a shape is a list of sizes, as in [2, ...]');
    expect(() => [x].map(engine.sum as never)).toThrow('sum: takes at most 2 arguments');
    expect([x].map(engine.relu)[0].shape).toEqual([2, 2]);
  });

  it('argmax and prod without an axis go over all elements', () => {
    expect(argmax(a).item()).toBe(2);
    expect(argmax(a, { keepdim: true }).toArray()).toEqual([[2]]);
    expect(argmax(a).dtype).toBe('int32');
    expect(a.prod().item()).toBe(90);
    expect(a.max({ keepdim: true }).toArray()).toEqual([[9]]);
  });

  it('a scalar has the axes 0 and -1, as in NumPy and PyTorch', () => {
    const scalar = tensor(3);
    for (const dim of [0, -1]) {
      for (const name of ['sum', 'mean', 'amax', 'amin', 'max', 'min', 'prod', 'cumsum'] as const)
        expect(scalar[name](dim).toArray(), name).toBe(3);
      expect(scalar.norm({ dim }).item()).toBe(3);
      expect(scalar.argmax(dim).item()).toBe(0);
      expect(scalar.softmax(dim).item()).toBe(1);
      expect(scalar.logSoftmax(dim).item()).toBe(0);
      expect(scalar.logsumexp(dim).item()).toBe(3);
      expect(scalar.var({ dim, unbiased: false }).item()).toBe(0);
      expect(scalar.flip(dim).item()).toBe(3);
      expect(scalar.squeeze(dim).item()).toBe(3);
      expect(scalar.transpose(dim, 0).item()).toBe(3);
      expect(scalar.flatten(dim).toArray()).toEqual([3]);
    }
    expect(() => scalar.sum(1)).toThrow('sum: axis 1 does not exist in a tensor of rank 0');
  });
});

describe('errors name the function that was called', () => {
  const wrong = engine.eye(2);
  const empty = zeros([0]);
  it.each<[string, () => unknown]>([
    ['softmax', () => wrong.softmax(2)],
    ['mean', () => empty.mean()],
    ['std', () => wrong.std(2)],
    ['logsumexp', () => empty.logsumexp()],
    ['max', () => empty.max(0)],
    ['min', () => empty.min()],
    ['crossEntropy', () => crossEntropy(wrong, arange(2, 4))],
    ['embedding', () => engine.embedding(wrong, tensor([5], { dtype: 'int32' }))],
    ['batchNormEval', () => batchNormEval(wrong, ones([3]), two, two, two)],
    ['avgPool2d', () => avgPool2d(arange(16).reshape([1, 4, 4]), 2)],
    ['maxPool2d', () => maxPool2d(arange(16).reshape([1, 4, 4]), 2)],
    ['layerNorm', () => layerNorm(x, 2 as never, two)],
    ['cat', () => engine.cat([wrong, zeros([1, 3])])],
    ['stack', () => engine.stack([wrong, two])],
    ['expand', () => wrong.expand([3, 3])],
    ['gt', () => wrong.gt(zeros([3]))],
    ['minimum', () => engine.minimum(undefined as never, 1)],
    ['gather', () => wrong.gather(tensor([[7]], { dtype: 'int32' }), 0)],
    ['linear', () => engine.linear(wrong, wrong, arange(2))],
    ['lstm', () => lstm(ones([1, 1, 2]), gates)],
    ['eye', () => eye(1e6)],
    ['add', () => zeros([1e6, 1e6]).add(1)],
    ['Generator.normal', () => generator.normal(1e13)],
    ['jvp', () => engine.jvp((t: engine.Tensor) => t)(two, ones([3]))],
    ['hvp', () => engine.hvp((t: engine.Tensor) => t.sum())(two, ones([3]))],
    ['hessian', () => engine.hessian((t: engine.Tensor) => t)(two)],
    ['jacobian', () => engine.jacobian(() => 3)(two)],
    ['mapTree', () => engine.mapTree(3, () => two)],
    ['zipTrees', () => engine.zipTrees({ a: two }, { b: two }, (a) => a)],
    ['graphOf', () => engine.graphOf(() => 3, two)],
    [
      'assertGradients',
      () => {
        assertGradients((t) => t, [double], { order: 0 });
      },
    ],
  ])('%s', (name, run) => {
    expect(run).toThrow(new RegExp(`^${name}: `));
  });

  it('too large a tensor, with what it would take and what to do', () => {
    expect(() => zeros([1e6, 1e6]).add(1)).toThrow(
      /float32\[1000000,1000000\] takes 3814698 MiB, .*use smaller shapes, or compute it in parts/,
    );
    expect(() => arange(1e12)).toThrow(/int32/);
    expect(() => arange(1e12, undefined, { dtype: 'float32' })).toThrow(/^arange: .* MiB/);
  });

  it('orders of gradcheck that do not exist', () => {
    for (const order of [NaN, 0, 1.5, 7, Infinity, '2'])
      expect(() => gradcheck((t) => t.sin(), [double], { order: order as never })).toThrow(
        /^gradcheck: order must be an integer from 1 to 6; got /,
      );
  });

  it('all paths at once as allowZero', () => {
    expect(() => engine.grad(square, { allowZero: true as never })).toThrow(
      /^grad: allowZero must be a list of the paths .*; got the boolean true/,
    );
  });
});

describe('what is no tensor and no tree', () => {
  it.each<[string, unknown, RegExp]>([
    ['a Map', new Map([['a', two]]), /^grad: the root is a Map/],
    ['an instance of a class', { layer: new Date(0) }, /^grad: layer is a Date/],
    ['a list with a hole', [two, , two], /^grad: 1 is undefined/], // eslint-disable-line no-sparse-arrays
    ['no tensor at all', {}, /^grad: the first argument holds no tensor/],
    ['a clone', { w: structuredClone(two) }, /^grad: w is a copy of a tensor that is no longer a Tensor/],
  ])('%s is refused as a tree', (_, tree, message) => {
    expect(() => engine.grad(() => tensor(1))(tree as never)).toThrow(message);
  });

  it('trees and arrays that contain themselves, or are nested too deep', () => {
    const tree: Record<string, unknown> = {};
    tree.self = tree;
    const list: unknown[] = [];
    list[0] = list;
    expect(() => engine.leavesOf(tree)).toThrow(/^leavesOf: .* does it contain itself/);
    expect(() => tensor(list as never)).toThrow(/^tensor: .* does one of them contain itself/);
    let deep: unknown = 1;
    for (let i = 0; i < 20_000; i++) deep = [deep];
    expect(() => tensor(deep as never)).toThrow(/^tensor: the arrays are nested more than 64 deep/);
    expect(() => zeros(new Array<number>(65).fill(1))).toThrow('zeros: a tensor has at most 64 axes');
  });

  it('trees from another realm, whose objects have another prototype, are trees', () => {
    const foreign = Object.create(Object.create(null) as object, {
      w: { value: two, enumerable: true },
    }) as object;
    expect(engine.leavesOf(foreign).map(({ path }) => path)).toEqual(['w']);
  });

  it.each([
    ['BigInt64Array', new BigInt64Array(2)],
    ['Uint8Array', new Uint8Array(2)],
    ['DataView', new DataView(new ArrayBuffer(8))],
  ])('%s is refused as numbers', (name, data) => {
    expect(() => tensor(data as never)).toThrow(`Float32Array, Float64Array or Int32Array, got a`);
    expect(() => fromTypedArray(data as never)).toThrow(name);
  });
});

describe('values are immutable', () => {
  it('fromTypedArray copies, and so do the shapes that tensors are made with', () => {
    const data = Float32Array.of(1, 2);
    const shape = [2];
    const made = fromTypedArray(data, shape);
    data[0] = 9;
    shape[0] = 7;
    expect(made.toArray()).toEqual([1, 2]);
    expect(made.shape).toEqual([2]);
    const sizes = [2, 2];
    const filled = zeros(sizes);
    sizes[0] = 5;
    expect(filled.shape).toEqual([2, 2]);
  });
});
