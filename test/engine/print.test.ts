import { describe, expect, it } from 'vitest';
import { arange, grad, tensor, trace, zeros } from '../../engine/index.js';
import type { Tensor } from '../../engine/index.js';

describe('printed tensors', () => {
  it('show scalars and vectors in a line', () => {
    expect(String(tensor(3))).toBe('Tensor(float32[]: 3)');
    expect(String(tensor([1, -0.5, 0.1]))).toBe('Tensor(float32[3]: [   1, -0.5,  0.1])');
    expect(String(tensor([NaN, -Infinity, -0]))).toBe(
      'Tensor(float32[3]: [      NaN, -Infinity,        -0])',
    );
    expect(String(zeros([0, 3]))).toBe('Tensor(float32[0,3]: [])');
  });

  it('show integers with all digits, and no zeros in place of digits', () => {
    expect(String(tensor([-2147483648, 123456789], { dtype: 'int32' }))).toBe(
      'Tensor(int32[2]: [-2147483648,   123456789])',
    );
    expect(String(tensor(16777216))).toBe('Tensor(float32[]: 16777216)');
    expect(String(tensor(1234567.5, { dtype: 'float64' }))).toBe('Tensor(float64[]: 1.23457e+6)');
    expect(String(tensor([1e20, 1e-20, 0.000012345678], { dtype: 'float64' }))).toBe(
      'Tensor(float64[3]: [       1e+20,        1e-20, 0.0000123457])',
    );
  });

  it('show matrices by rows with aligned columns, whatever the strides', () => {
    const matrix = tensor([
      [1, 2.5],
      [-30, 4],
    ]);
    expect(String(matrix)).toBe('Tensor(float32[2,2]:\n[[  1, 2.5],\n [-30,   4]])');
    expect(String(matrix.transpose())).toBe('Tensor(float32[2,2]:\n[[  1, -30],\n [2.5,   4]])');
    expect(String(arange(4).reshape([2, 1, 2]))).toBe('Tensor(int32[2,1,2]:\n[[[0, 1]],\n [[2, 3]]])');
  });

  it('break long rows, and show of large tensors the first and the last of each axis', () => {
    expect(String(arange(40))).toBe(
      'Tensor(int32[40]:\n' +
        '[ 0,  1,  2,  3,  4,  5,  6,  7,  8,  9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24,\n' +
        ' 25, 26, 27, 28, 29, 30, 31, 32, 33, 34, 35, 36, 37, 38, 39])',
    );
    expect(String(arange(1200).reshape([4, 300]))).toBe(
      'Tensor(int32[4,300]:\n' +
        '[[   0,    1,    2, ...,  297,  298,  299],\n' +
        ' [ 300,  301,  302, ...,  597,  598,  599],\n' +
        ' [ 600,  601,  602, ...,  897,  898,  899],\n' +
        ' [ 900,  901,  902, ..., 1197, 1198, 1199]])',
    );
    expect(String(zeros([1e6, 1e6])).split('\n')).toHaveLength(8);
  });

  it('say that they are tracked or traced', () => {
    let seen: Tensor | undefined;
    grad((x: Tensor) => {
      expect(String(x)).toBe('Tensor(float32[], tracked)');
      return x.mul(x);
    })(tensor(1));
    trace((x: Tensor) => (seen = x.mul(2)), tensor(1));
    expect(String(seen)).toBe('Tensor(float32[], traced)');
    expect(JSON.stringify(seen)).toBe(
      '{"shape":[],"dtype":"float32","data":"traced: it has no numbers yet"}',
    );
  });
});

describe('tensors as JSON', () => {
  it('have shape, dtype and nested data, with NaN and infinities as text', () => {
    expect(
      JSON.parse(
        JSON.stringify({
          w: tensor([
            [1, NaN],
            [Infinity, 2],
          ]),
        }),
      ),
    ).toEqual({
      w: {
        shape: [2, 2],
        dtype: 'float32',
        data: [
          [1, 'NaN'],
          ['Infinity', 2],
        ],
      },
    });
  });

  it('say that a gradient is being taken', () => {
    grad((x: Tensor) => {
      expect(JSON.stringify(x)).toMatch(/"data":"tracked: a gradient is being taken/);
      return x.mul(x);
    })(tensor(1));
  });
});
