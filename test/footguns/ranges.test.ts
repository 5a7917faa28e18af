/** Axes, ranges and biases that fit only by accident, and tensors without elements. */
import { describe, expect, it } from 'vitest';
import {
  DTypeError,
  ShapeError,
  UsageError,
  add,
  arange,
  clamp,
  flatten,
  full,
  linear,
  lt,
  matmul,
  ones,
  pad,
  slice,
  tensor,
  zeros,
} from '../../engine/index.js';
import { narrow } from '../../engine/ops/movement.js';

const x = tensor([
  [1, 2, 3],
  [4, 5, 6],
]);

describe('narrow', () => {
  it('counts axes from the end too, and refuses those that there are not', () => {
    expect(narrow(x, -1, 0, 2).toArray()).toEqual([
      [1, 2],
      [4, 5],
    ]);
    expect(() => narrow(x, 7, 0, 2)).toThrow(/narrow: axis 7 does not exist in a tensor of rank 2/);
  });
});

describe('ranges and sizes that are not integers', () => {
  it.each<[string, () => unknown, RegExp]>([
    [
      'a step of slice',
      () => slice(x, { dim: 1, step: 1.5 }),
      /^slice: step must be an integer >= 1; got the number 1\.5\.$/,
    ],
    [
      'the start of slice, NaN',
      () => slice(x, { start: NaN }),
      /^slice: start must be an integer; got the number NaN\.$/,
    ],
    [
      'the start of slice',
      () => slice(x, { start: 0.5 }),
      /^slice: start must be an integer; got the number 0\.5\.$/,
    ],
    [
      'the end of slice',
      () => slice(x, { end: 1.5 }),
      /^slice: end must be an integer; got the number 1\.5\.$/,
    ],
  ])('are refused: %s', (_, run, message) => {
    expect(run).toThrow(UsageError);
    expect(run).toThrow(message);
  });

  it.each<[string, () => unknown, RegExp]>([
    ['pad, NaN', () => pad(x, [NaN, 0]), /pad: cannot add NaN, 0 and 0 elements .* axis 1/],
    ['pad', () => pad(x, [0, 0.5]), /pad: cannot add 0, 0 and 0\.5 elements .* axis 1/],
  ])('are refused: %s', (_, run, message) => {
    expect(run).toThrow(ShapeError);
    expect(run).toThrow(message);
  });
});

describe('a bias', () => {
  it.each([[[5], 1] as const, [[7, 1, 4], 4] as const, [[1], 4] as const])(
    'of shape [%s] is refused beside %i outputs, though it would broadcast',
    (shape, outputs) => {
      const run = () => linear(zeros([2, 3]), zeros([outputs, 3]), zeros(shape));
      expect(run).toThrow(ShapeError);
      expect(run).toThrow(`needs a bias of shape [${outputs}], got [${shape.join(',')}]`);
    },
  );
});

describe('tensors without elements', () => {
  it('become flat', () => {
    expect(flatten(zeros([0, 3, 2]), 1).shape).toEqual([0, 6]);
    expect(flatten(zeros([2, 0, 3]), 2).shape).toEqual([2, 0, 3]);
    expect(flatten(zeros([2, 0])).shape).toEqual([0]);
  });

  it('have products of zeros', () => {
    expect(matmul(zeros([2, 3, 0]), zeros([0, 4])).toArray()).toEqual(zeros([2, 3, 4]).toArray());
    expect(linear(zeros([2, 3, 0]), zeros([4, 0]), ones([4])).toArray()).toEqual(ones([2, 3, 4]).toArray());
  });
});

describe('numbers that are not int32', () => {
  const whole = arange(2);
  const int32 = { dtype: 'int32' } as const;

  it.each<[string, () => unknown, RegExp]>([
    ['lt', () => lt(whole, 3e9), /lt: 3000000000 is outside int32, .* use cast\(x, 'float64'\)/],
    ['clamp', () => clamp(whole, { max: 3e9 }), /is outside int32/],
    ['add', () => add(whole, 3e9), /add: 3000000000 is outside int32/],
    ['a fraction in tensor', () => tensor([1.5], int32), /tensor: 1\.5 is not an int32/],
    ['tensor', () => tensor([[1], [3e9]], int32), /tensor: 3000000000 is not an int32/],
    ['NaN in tensor', () => tensor([NaN], int32), /tensor: NaN is not an int32/],
    ['a typed array', () => tensor(Float64Array.of(1, 3e9), int32), /tensor: 3000000000 is not an int32/],
    ['full', () => full([2], 3e9, int32), /3000000000 is not an int32/],
    ['pad', () => pad(whole, [1, 1], { value: 0.5 }), /pad: 0\.5 is not an int32/],
    ['NaN in pad', () => pad(whole, [1, 1], { value: NaN }), /pad: NaN is not an int32/],
  ])('are refused: %s', (_, run, message) => {
    expect(run).toThrow(DTypeError);
    expect(run).toThrow(message);
  });

  it.each<[string, () => unknown]>([
    ['the last', () => arange(2147483646, 2147483650)],
    ['the first', () => arange(-3e9, -3e9 + 5)],
    ['a fraction', () => arange(0, 1, { step: 0.25, dtype: 'int32' })],
  ])('are refused by arange: %s', (_, run) => {
    expect(run).toThrow(UsageError);
    expect(run).toThrow(/^arange: .*int32/);
  });

  it('make arange count in float32 where they are fractions', () => {
    expect(arange(0, 1, { step: 0.25 }).toArray()).toEqual([0, 0.25, 0.5, 0.75]);
    expect([arange(0, 1, { step: 0.25 }).dtype, arange(2.5).dtype, arange(3).dtype]).toEqual([
      'float32',
      'float32',
      'int32',
    ]);
    expect(arange(2147483645, 2147483648).toArray()).toEqual([2147483645, 2147483646, 2147483647]);
    expect(arange(2147483647, -2147483649, { step: -2147483648 }).toArray()).toEqual([2147483647, -1]);
  });

  it('are not those at the ends of the range', () => {
    const ends = [-(2 ** 31), 2 ** 31 - 1];
    expect(tensor(ends, int32).toArray()).toEqual(ends);
    expect(tensor(Float64Array.from(ends), int32).toArray()).toEqual(ends);
    for (const end of ends) expect(full([1], end, int32).toArray()).toEqual([end]);
  });
});

it('NaN is not a bound of clamp', () => {
  const x = ones([2]);
  expect(() => clamp(x, { min: NaN })).toThrow(/clamp: NaN is not a bound, got min NaN/);
  expect(() => clamp(x, { min: 0, max: NaN })).toThrow(UsageError);
});
