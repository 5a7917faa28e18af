import { describe, expect, it } from 'vitest';
import {
  Generator,
  LinAlgError,
  type Tensor,
  add,
  cholesky,
  compile,
  det,
  fromTypedArray,
  grad,
  inv,
  logdet,
  matmul,
  mul,
  normal,
  slogdet,
  solve,
  solveTriangular,
  sum,
  tensor,
  transpose,
  zeros,
} from '../../engine/index.js';
import { identityLike } from '../../engine/primitives/index.js';
import '../matchers.js';

const random = new Generator(5);
const draw = (...shape: number[]): Tensor => normal(random, shape, { dtype: 'float64' });
/** Matrices far from singular. */
const regular = (...shape: number[]): Tensor => {
  const a = draw(...shape);
  return add(a, mul(identityLike(a), 4));
};
const symmetric = (a: Tensor): Tensor => mul(add(a, transpose(a, -1, -2)), 0.5);

function expectClose(actual: Tensor, expected: Tensor, tolerance = 1e-13): void {
  expect(actual.shape).toEqual(expected.shape);
  const wanted = expected.toTypedArray();
  actual.toTypedArray().forEach((x, i) => {
    expect(Math.abs(x - wanted[i])).toBeLessThan(tolerance);
  });
}

describe('solutions, factors and inverses multiply to what they are of', () => {
  it.each([0, 1, 2, 5, 12])('for matrices of %i rows', (n) => {
    const a = regular(2, n, n);
    const spd = matmul(a, transpose(a, -1, -2));
    const l = cholesky(spd);
    expectClose(matmul(l, transpose(l, -1, -2)), spd, 1e-12);
    expectClose(matmul(a, inv(a)), identityLike(a));
    const b = draw(2, n, 3);
    expectClose(matmul(a, solve(a, b)), b);
    expectClose(matmul(l, solveTriangular(l, b, { upper: false })), b, 1e-12);
    const c = draw(2, 3, n);
    expectClose(matmul(solveTriangular(l, c, { upper: false, left: false }), l), c, 1e-12);
    expectClose(logdet(spd), mul(slogdet(a).logabsdet, 2), 1e-12);
  });

  it('take vectors as PyTorch does, and broadcast leading axes', () => {
    const a = regular(3, 3);
    const b = draw(3);
    expectClose(matmul(a, solve(a, b)), b);
    const many = regular(3, 3, 3);
    // Vectors, one for each matrix, though it might be one matrix for all of them.
    const vectors = draw(3, 3);
    expectClose(matmul(many, solve(many, vectors).unsqueeze(-1)).squeeze(-1), vectors);
    expect(solve(many, draw(3, 2)).shape).toEqual([3, 3, 2]);
    expect(solve(a, draw(5, 3, 2)).shape).toEqual([5, 3, 2]);
    expect(solveTriangular(a, draw(5, 3, 2), { upper: true }).shape).toEqual([5, 3, 2]);
  });

  it('exchange rows where a pivot is 0', () => {
    const a = tensor(
      [
        [0, 2, 1],
        [1, 0, 0],
        [0, 3, 1],
      ],
      { dtype: 'float64' },
    );
    expect(det(a).item()).toBeCloseTo(1, 14);
    expectClose(matmul(a, inv(a)), identityLike(a));
  });
});

describe('determinants', () => {
  it('of large matrices have a logarithm where they overflow', () => {
    const a = mul(identityLike(zeros([40, 40])), -100);
    expect(det(a).item()).toBe(Infinity);
    expect(slogdet(a).sign.item()).toBe(1);
    expect(slogdet(a).logabsdet.item()).toBeCloseTo(40 * Math.log(100), 4);
  });

  it('of singular matrices are 0, also where one of no elements is 1', () => {
    const singular = tensor([
      [1, 2],
      [2, 4],
    ]);
    expect(det(singular).item()).toBe(0);
    expect(logdet(singular).item()).toBe(-Infinity);
    expect(slogdet(singular).sign.item()).toBe(0);
    expect(det(zeros([0, 0])).item()).toBe(1);
    expect(() => grad(det)(singular)).toThrow(LinAlgError);
  });

  it('that are negative have no logarithm', () => {
    const a = tensor([
      [1, 2],
      [3, 4],
    ]);
    expect(logdet(a).item()).toBeNaN();
    expect(slogdet(a).sign.item()).toBe(-1);
    expect(slogdet(a).logabsdet.item()).toBeCloseTo(Math.log(2), 6);
  });
});

describe('gradients of linear algebra', () => {
  const a = regular(2, 2);
  const b = draw(2, 2);
  it.each<readonly [string, (...x: Tensor[]) => Tensor, readonly Tensor[]]>([
    ['inv', inv, [a]],
    ['logdet', (x) => logdet(matmul(x, transpose(x))), [a]],
    ['slogdet', (x) => slogdet(x).logabsdet, [a]],
    ['cholesky, whatever is above the diagonal', cholesky, [add(symmetric(a), mul(a, 0.1))]],
    ['solve with vectors', solve, [a, draw(2)]],
    [
      'solveTriangular from the right',
      (x, y) => solveTriangular(x, y, { upper: true, left: false }),
      [a, transpose(b)],
    ],
    [
      'a Gaussian log-likelihood',
      (x, y) => {
        const l = cholesky(add(matmul(x, transpose(x)), identityLike(x)));
        const z = solveTriangular(l, y, { upper: false });
        return add(sum(mul(z, z)), logdet(matmul(l, transpose(l))));
      },
      [a, b],
    ],
  ])('%s to third order', (_, f, args) => {
    expect(f).toHaveCorrectGradients([...args], { order: 3 });
  });

  it('of a factor is symmetric, as in PyTorch', () => {
    const g = grad((x: Tensor) => sum(cholesky(x)))(
      tensor(
        [
          [4, 2],
          [2, 3],
        ],
        { dtype: 'float64' },
      ),
    );
    const [[, upper], [lower]] = g.toArray() as number[][];
    expect(upper).toBe(lower);
  });
});

describe('a matrix without a result', () => {
  const good = [2, 1, 1, 3];
  const batch = (...bad: number[]): Tensor =>
    fromTypedArray(Float32Array.from([...good, ...bad, ...good]), [3, 2, 2]);
  const cases: Readonly<Record<string, readonly [(a: Tensor) => Tensor, Tensor, string]>> = {
    cholesky: [
      cholesky,
      batch(1, 2, 2, 1),
      'cholesky: matrix number 1 of 3 is not positive definite: the pivot of column 1 is not above 0.',
    ],
    solve: [
      (a) => solve(a, identityLike(a)),
      batch(1, 2, 2, 4),
      'solve: matrix number 1 of 3 is singular: no pivot is left in column 1.',
    ],
    'the gradient of det': [
      (a) => grad((x: Tensor) => sum(det(x)))(a),
      batch(1, 2, 2, 4),
      'solve: matrix number 1 of 3 is singular: no pivot is left in column 1.',
    ],
    solveTriangular: [
      (a) => solveTriangular(a, identityLike(a), { upper: false }),
      batch(0, 2, 2, 4),
      'solveTriangular: matrix number 1 of 3 is singular: element [0,0] is 0.',
    ],
  };
  const runs = Object.entries(cases).flatMap(([name, item]) =>
    (['eagerly', 'cpu', 'wasm'] as const).map((how) => [name, how, ...item] as const),
  );

  it.each(runs)('%s, %s', (_, how, f, bad, message) => {
    const run = how === 'eagerly' ? f : compile(f, { backend: how });
    const expected = f(batch(...good)).toArray();
    expect(run(batch(...good)).toArray()).toEqual(expected);
    expect(() => run(bad)).toThrow(LinAlgError);
    expect(() => run(bad)).toThrow(how === 'eagerly' ? message : `: ${message}`);
    expect(run(batch(...good)).toArray()).toEqual(expected);
  });

  it('is named by the function that the user called, on its own without a number', () => {
    const singular = tensor([
      [1, 2],
      [2, 4],
    ]);
    expect(() => inv(singular)).toThrow('inv: the matrix is singular: no pivot is left in column 1.');
    const constant = compile((x: Tensor) =>
      add(
        x,
        inv(
          tensor([
            [1, 2],
            [2, 4],
          ]),
        ),
      ),
    );
    for (let call = 0; call < 2; call++)
      expect(() => constant(singular)).toThrow('solve: the matrix is singular');
  });
});

it('refuses what is no matrix, and options that are missing', () => {
  expect(() => inv(zeros([2, 3]))).toThrow('inv: takes square matrices, [...,n,n]; got [2,3].');
  expect(() => det(zeros([3]))).toThrow('det: takes square matrices, [...,n,n]; got [3].');
  expect(() => solve(zeros([2, 2]), zeros([3, 1]))).toThrow(
    /solve: \[3,1\] are no right-hand sides for \[2,2\]/,
  );
  expect(() => cholesky(tensor([[1]], { dtype: 'int32' }))).toThrow(/cholesky: works on float32 and float64/);
  // @ts-expect-error A triangle must be named.
  expect(() => solveTriangular(zeros([2, 2]), zeros([2, 1]), {})).toThrow(
    'solveTriangular: upper is missing',
  );
});
