import { describe, expect, it } from 'vitest';
import { type Tensor, UsageError, arange, fromTypedArray, slice } from '../../engine/index.js';
import { refuseLeak } from '../../optimizers/index.js';

const data = arange(24).reshape([6, 4]);
const check = (train: Tensor, test: Tensor) => () => {
  refuseLeak('driver', 'train', { name: 'train', x: train }, { name: 'test', x: test }, {});
};
const rows = (start: number, end: number, step = 1): Tensor => slice(data, { start, end, step });
const columns = (start: number, end: number): Tensor => slice(data, { dim: 1, start, end });

describe('splits of one data set', () => {
  it.each([
    ['every second row and the third', rows(0, 6, 2), rows(2, 3)],
    ['every second row and every third', rows(0, 6, 2), rows(0, 6, 3)],
    ['columns that overlap', columns(0, 3), columns(2, 4)],
    ['a column and a row that cross', columns(1, 2), rows(3, 4)],
    ['the last row and all', rows(5, 6), data],
    ['a transpose of the same rows', rows(0, 2), rows(1, 2).transpose()],
  ])('are refused where they share numbers: %s', (_, train, test) => {
    expect(check(train, test)).toThrow(UsageError);
    expect(check(train, test)).toThrow(/split 'train' is to be trained on and is also \(as 'test'\)/);
    expect(check(test, train)).toThrow(/\(as 'test'\) what is reported/);
  });

  it.each([
    ['halves of the columns', columns(0, 2), columns(2, 4)],
    ['even and odd rows', rows(0, 6, 2), rows(1, 6, 2)],
    ['rows one after the other', rows(0, 3), rows(3, 6)],
    ['no rows and all', rows(2, 2), data],
  ])('are taken where they only lie in between each other: %s', (_, train, test) => {
    expect(check(train, test)).not.toThrow();
    expect(check(test, train)).not.toThrow();
  });

  it('may hold more numbers than fit into a Set', () => {
    const large = fromTypedArray(new Int32Array(2 * 17e6), [2, 17e6]);
    const [first, second] = [slice(large, { end: 1 }), slice(large, { start: 1 })];
    expect(check(first, second)).not.toThrow();
    expect(check(first, large)).toThrow(UsageError);
  });
});
