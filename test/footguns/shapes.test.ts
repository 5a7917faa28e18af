/** What fails without a word in other libraries has to fail with one here: shapes, dtypes and indices. */
import { describe, expect, it } from 'vitest';
import {
  DTypeError,
  Generator,
  ShapeError,
  type Tensor,
  UsageError,
  add,
  arange,
  binaryCrossEntropyWithLogits,
  cast,
  cat,
  crossEntropy,
  div,
  embedding,
  exp,
  expand,
  fromTypedArray,
  gather,
  grad,
  indexSelect,
  linear,
  matmul,
  max,
  maximum,
  mean,
  mseLoss,
  mul,
  permute,
  pow,
  relu,
  reshape,
  slice,
  smoothL1Loss,
  sqrt,
  squeeze,
  sum,
  tensor,
  uniform,
  where,
  zeros,
} from '../../engine/index.js';
import { trapNonFinite } from '../../engine/check/nan.js';
import { trace } from '../../engine/plan/trace/trace.js';

describe('shapes that do not fit', () => {
  const cases: [string, () => unknown, RegExp][] = [
    [
      'leading axes, with the reshape that aligns them',
      () => add(zeros([3, 4]), zeros([3])),
      /^add: shapes \[3,4\] and \[3\] do not broadcast\. To align the leading axes, reshape \[3\] to \[3,1\]\.$/,
    ],
    [
      'other axes, with the rule',
      () => mul(zeros([2, 3]), zeros([2, 4])),
      /shapes \[2,3\] and \[2,4\] do not broadcast\. Sizes are compared from the last axis back/,
    ],
    [
      'a product, with the sizes that should be equal',
      () => matmul(zeros([2, 3]), zeros([2, 3])),
      /matmul: \[2,3\] x \[2,3\] do not multiply; the last size of the first \(3\) must be the last but one of the second \(2\)/,
    ],
    ['a product with a scalar', () => matmul(zeros([]), zeros([2])), /scalars multiply with mul\(a, b\)/],
    [
      'a weight',
      () => linear(zeros([5, 3]), zeros([3, 4])),
      /needs a weight of shape \[out,3\], got \[3,4\]/,
    ],
    ['a reshape', () => reshape(zeros([2, 3]), [4, 2]), /\[2,3\] has 6 elements, \[4,2\] would have 8/],
    [
      'an axis',
      () => sum(zeros([2, 3]), { dim: 2 }),
      /axis 2 does not exist in a tensor of rank 2; valid axes are -2 to 1/,
    ],
    ['an axis named twice', () => sum(zeros([2, 3]), { dim: [1, -1] }), /axis 1 is named twice/],
    ['a permutation', () => permute(zeros([2, 3]), [0, 0]), /does not name each of the 2 axes/],
    ['a squeeze', () => squeeze(zeros([2, 3]), 0), /axis 0 of \[2,3\] has size 2, not 1/],
    ['a join', () => cat([zeros([2, 3]), zeros([2, 4])]), /\[2,3\], \[2,4\] do not join along axis 0/],
    ['a stretch', () => expand(zeros([3]), [2, 4]), /\[3\] does not stretch to \[2,4\]/],
    ['ragged lists', () => tensor([[1, 2], [3]] as never), /the nested arrays are ragged/],
    [
      'too few numbers',
      () => fromTypedArray(new Float32Array(5), [2, 3]),
      /5 numbers do not fill shape \[2,3\]/,
    ],
    ['sizes that are none', () => zeros([2, -1]), /\[2,-1\] is not a shape/],
    ['the largest of nothing', () => max(zeros([0]), { dim: 0 }), /no elements/],
    ['the mean of nothing', () => mean(zeros([0, 2]), { dim: 0 }), /has no elements to average/],
  ];

  it.each(cases)('name the remedy: %s', (_, run, message) => {
    expect(run).toThrow(ShapeError);
    expect(run).toThrow(message);
  });

  it('are refused in a loss even where they would broadcast', () => {
    const [prediction, target] = [zeros([4, 1]), zeros([4])];
    for (const loss of [mseLoss, smoothL1Loss, binaryCrossEntropyWithLogits]) {
      expect(() => loss(prediction, target)).toThrow(ShapeError);
      expect(() => loss(prediction, target)).toThrow(
        /prediction \[4,1\] and target \[4\] must have one shape/,
      );
    }
    // Of the logits' shape floats are probabilities; of any other they would be class numbers.
    expect(() => crossEntropy(zeros([4, 3]), zeros([4]))).toThrow(DTypeError);
    expect(() => crossEntropy(zeros([4, 3]), arange(3))).toThrow(/\[n,classes\] and class numbers \[n\]/);
  });
});

describe('dtypes that do not mix', () => {
  const [single, double, whole] = [tensor([1, 2]), tensor([1, 2], { dtype: 'float64' }), arange(2)];

  it.each<[string, () => Tensor]>([
    ['add', () => add(single, double)],
    ['mul', () => mul(single, whole)],
    ['maximum', () => maximum(double, whole)],
    ['where', () => where(single, single, double)],
    ['cat', () => cat([single, double])],
    ['matmul', () => matmul(single.reshape([1, 2]), double.reshape([2, 1]))],
  ])('are not promoted: %s', (name, run) => {
    expect(run).toThrow(DTypeError);
    expect(run).toThrow(/do not mix; convert one of them, for example with cast\(x, 'float(32|64)'\)/);
    expect(run).toThrow(new RegExp(`^${name}: `));
  });

  it('are not rounded: a fraction beside int32', () => {
    expect(add(whole, 3).toArray()).toEqual([3, 4]);
    expect(() => mul(whole, 0.5)).toThrow(DTypeError);
    expect(() => mul(whole, 0.5)).toThrow(
      "mul: 0.5 is not an integer and would be rounded beside an int32 tensor; use cast(x, 'float32') first.",
    );
    expect(() => where(tensor([1, 0]), whole, 0.5)).toThrow(DTypeError);
  });

  it('are refused by operations that have no whole-number meaning', () => {
    for (const run of [
      () => div(whole, 2),
      () => exp(whole),
      () => sqrt(whole),
      () => pow(whole, 2),
      () => mean(whole),
    ])
      expect(run).toThrow(/works on float32 and float64, got int32\[2?\]; use cast\(x, 'float32'\)/);
    expect(() => embedding(zeros([3, 2]), single)).toThrow(/indices are int32, got float32/);
  });

  it('keep their dtype beside a number', () => {
    expect(mul(double, 1 / 3).toTypedArray()).toEqual(Float64Array.of(1 / 3, 2 / 3));
    expect(add(single, 1).dtype).toBe('float32');
    expect(cast(double, 'float32').dtype).toBe('float32');
    expect(where(double, 1, 0).dtype).toBe('float64');
    expect(where(whole, 0.5, 0).dtype).toBe('float32');
  });
});

describe('indices out of range', () => {
  const table = tensor([
    [1, 2],
    [3, 4],
    [5, 6],
  ]);
  const indices = (...values: number[]): Tensor => tensor(values, { dtype: 'int32' });

  it.each<[string, () => Tensor]>([
    ['embedding', () => embedding(table, indices(0, 3))],
    ['a negative one', () => embedding(table, indices(-1))],
    ['indexSelect', () => indexSelect(table, indices(2), { dim: 1 })],
    // Row 0, column 2 would be the first element of row 1.
    [
      'gather, though the place is inside the tensor',
      () => gather(table, indices(2).reshape([1, 1]), { dim: 1 }),
    ],
    ['a class number', () => crossEntropy(zeros([1, 2]), indices(2))],
  ])('throw: %s', (_, run) => {
    expect(run).toThrow(ShapeError);
    expect(run).toThrow(/index -?\d+ .*is outside an axis of size \d/);
  });

  it('of slices are cut to the tensor, as in Python', () => {
    expect(slice(table, { start: -1, end: 99 }).toArray()).toEqual([[5, 6]]);
    expect(slice(table, { start: 2, end: 1 }).shape).toEqual([0, 2]);
  });
});

describe('numbers that are non-finite', () => {
  it('are traced to the operation and the cotangent where they began', () => {
    const loss = (w: Tensor) => sum(sqrt(w.sub(1)).log());
    const run = () => trapNonFinite(() => grad(loss)(tensor([2, 0.5])));
    expect(run).toThrow(/It began with sqrt float32\[2\], which computed NaN at \[1\] from -0\.5/);
    expect(run).toThrow(/The first non-finite cotangent is the one of input 0 of log/);
  });

  it('come through relu, abs and the maximum: a run that diverges does not look finite', () => {
    const x = tensor([NaN, -1, 2]);
    expect(relu(x).toArray()).toEqual([NaN, 0, 2]);
    expect(x.abs().toArray()).toEqual([NaN, 1, 2]);
    expect(x.clamp({ min: 0, max: 1 }).toArray()).toEqual([NaN, 0, 1]);
    expect([x.max().item(), x.amax().item(), x.argmax({ dim: 0 }).item()]).toEqual([NaN, NaN, 0]);
  });
});

describe('random numbers during a trace', () => {
  it('would be frozen into the plan, and throw', () => {
    const random = new Generator(0);
    const noisy = (x: Tensor) => add(x, uniform(random, x.shape));
    expect(() => trace(noisy, { shape: [2], dtype: 'float32' })).toThrow(
      /while a function is being traced; its result would be frozen into the plan/,
    );
  });
});

describe('tensors', () => {
  it('do not change when the array they came from does', () => {
    const numbers = Float64Array.of(1, 2);
    const copied = tensor(numbers);
    numbers[0] = 99;
    expect(copied.toArray()).toEqual([1, 2]);
    const out = copied.toTypedArray();
    out[0] = 99;
    expect(copied.toArray()).toEqual([1, 2]);
  });

  it('are shown as what they are, and are no number unless they are one', () => {
    expect(String(tensor([1, 2]))).toBe('Tensor(float32[2]: [1, 2])');
    expect(Number(tensor(3))).toBe(3);
    expect(() => Number(tensor([1, 2]))).toThrow(
      /a tensor of shape \[2\] is not one number; use toArray\(\)/,
    );
  });
});

describe('what JavaScript gives instead of numbers and dtypes', () => {
  it.each<[string, () => unknown, string]>([
    ['text', () => tensor('a' as never), "nested arrays of numbers, and got 'a'."],
    ['text in arrays', () => tensor([['1', '2']] as never), "got '1'."],
    ['text behind a number', () => tensor([1, '2'] as never), "got '2'."],
    ['nothing', () => tensor(undefined as never), 'got undefined.'],
    ['null behind a number', () => tensor([1, null] as never), 'got null.'],
    ['tensors', () => tensor([tensor(1), tensor(2)] as never), 'stack(...) and cat(...) join tensors'],
  ])('%s', (_, make, message) => {
    expect(make).toThrow(UsageError);
    expect(make).toThrow(message);
  });

  it('a dtype that there is not', () => {
    expect(() => cast(tensor([1]), 'int8' as never)).toThrow(
      "cast: there is no dtype 'int8'; there are float32, float64, int32.",
    );
    expect(() => tensor([1], { dtype: 'float' as never })).toThrow(
      "tensor: dtype must be a dtype (float32, float64, int32); got 'float'.",
    );
    expect(() => zeros([2], { dtype: 'int64' as never })).toThrow('zeros: dtype must be a dtype (float32,');
  });
});
