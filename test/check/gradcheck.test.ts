import { describe, expect, it } from 'vitest';
import {
  DTypeError,
  Generator,
  type Tensor,
  UsageError,
  abs,
  add,
  cast,
  crossEntropy,
  embedding,
  exp,
  fromTypedArray,
  linear,
  log,
  matmul,
  mul,
  normal,
  relu,
  sin,
  sum,
  tanh,
  tensor,
  zeros,
} from '../../engine/index.js';
import { GradientError, assertGradients, gradcheck } from '../../engine/check/gradcheck.js';

const double = (values: number | readonly number[] | readonly (readonly number[])[]): Tensor =>
  tensor(values, { dtype: 'float64' });

const random = new Generator(11);
const draw = (...shape: number[]): Tensor => normal(random, shape, { dtype: 'float64' });

describe('gradcheck', () => {
  it('confirms a right gradient, order by order', () => {
    const f = (x: Tensor, y: Tensor) => sum(mul(sin(x), exp(y)));
    const [first, third] = [1, 3].map((order) => gradcheck(f, [draw(3), draw(3)], { order }));
    expect(first.ok).toBe(true);
    expect(first.compared).toBe(6);
    expect(third.ok).toBe(true);
    // Arguments and cotangents by gradients: 6 x 1, 7 x 6 and 13 x 7.
    expect(third.compared).toBe(6 + 42 + 91);
    expect(String(third)).toMatch(/^gradcheck: 139 derivatives agree, the worst to .* of its tolerance\.$/);
  });

  it('has differences that leave room below its tolerance', () => {
    // What the tolerance of 1e-9 is measured against; an error of the differences would add to it.
    const model = (x: Tensor, w: Tensor, b: Tensor) => tanh(linear(x, w, b));
    const { worst } = gradcheck(model, [draw(4, 3), draw(5, 3), draw(5)], { order: 2 });
    expect(worst).toBeLessThan(0.05);
  });

  it('takes trees of arguments and results, and leaves int32 tensors alone', () => {
    const indices = tensor([2, 0, 2], { dtype: 'int32' });
    const f = (params: { table: Tensor; scale: Tensor }, data: { indices: Tensor }) => {
      const rows = mul(embedding(params.table, data.indices), params.scale);
      return { rows, parts: [sum(rows), data.indices] };
    };
    const report = gradcheck(f, [{ table: draw(3, 2), scale: double(1.5) }, { indices }], { order: 2 });
    expect(report.ok).toBe(true);
    expect(report.problems).toEqual([]);
    // 7 results (the int32 one is left out) by 7 arguments, then 7 gradients by 7 + 7.
    expect(report.compared).toBe(49 + 98);
  });

  it('checks a large function along random directions', () => {
    const [w0, w1] = [draw(40, 30), draw(10, 40)];
    const x = draw(8, 30);
    const target = tensor([0, 1, 2, 3, 4, 5, 6, 7], { dtype: 'int32' });
    const loss = (weights: readonly Tensor[]) =>
      crossEntropy(linear(tanh(linear(x, weights[0])), weights[1]), target);
    const report = gradcheck(loss, [[w0, w1]], { order: 2 });
    expect(String(report)).toMatch(/agree/);
    // Three directions of each of two weights; then three of each gradient by three of both weights and the cotangent.
    expect(report.compared).toBe(3 * 6 + 6 * 9);
  });

  it('follows functions that change fast, and stays on its own side of a kink or a pole', () => {
    expect(gradcheck((x: Tensor) => sin(mul(x, 50)), [double([0.3, 1])], { order: 3 }).ok).toBe(true);
    expect(gradcheck((x: Tensor) => log(x), [double([1e-3, 1])], { order: 2 }).ok).toBe(true);
    expect(gradcheck((x: Tensor) => abs(x), [double([1e-5, -3e-5, 1])]).ok).toBe(true);
    expect(gradcheck((x: Tensor) => mul(x, x), [double([1e-30, 3e-30])]).ok).toBe(true);
    expect(gradcheck((x: Tensor) => exp(mul(x, 1e-8)), [double([1e8, -1e7])], { order: 2 }).ok).toBe(true);
  });

  it('gives zeros where a function is constant, and checks that it is', () => {
    expect(
      gradcheck((x: Tensor) => add(zeros([2], { dtype: 'float64' }), sum(mul(x, 0))), [double([1])]).ok,
    ).toBe(true);
    expect(gradcheck((x: Tensor) => mul(x, 3), [double([1, 2])], { order: 3 }).ok).toBe(true);
  });
});

describe('what gradcheck refuses', () => {
  it('reports a kink as a kink', () => {
    const { ok, problems } = gradcheck((x: Tensor) => relu(x), [double([1, 0, -1])]);
    expect(ok).toBe(false);
    expect(problems).toHaveLength(1);
    expect(problems[0]).toMatchObject({
      kind: 'kink',
      order: 1,
      result: 'result[1]',
      argument: 'args[0][1]',
    });
    expect(problems[0].message).toBe(
      'order 1: d result[1] / d args[0][1] is not smooth here: the slope is 0 from below and 1 from above, 0 by gradient. ' +
        'Check at another point, and compute in float64 throughout.',
    );
    // Where the gradient happens to be the mean of both sides it is no less a kink.
    expect(gradcheck((x: Tensor) => abs(x), [double([0])]).problems[0].kind).toBe('kink');
    // A kink of the second derivative shows at second order.
    const spline = (x: Tensor) => add(x, mul(mul(relu(x), x), x));
    expect(gradcheck(spline, [double([0])], { order: 2 }).problems[0]).toMatchObject({
      kind: 'kink',
      order: 2,
    });
  });

  it('reports a jump', () => {
    const step = (x: Tensor) => x.floor();
    expect(gradcheck(step, [double([2])]).problems[0].kind).toBe('kink');
    expect(gradcheck(step, [double([2.5])]).ok).toBe(true);
  });

  it('reports non-finite numbers', () => {
    const { problems } = gradcheck((x: Tensor) => log(x), [double([1, 0])]);
    expect(problems.map(({ kind, argument }) => [kind, argument])).toContainEqual([
      'nonfinite',
      'args[0][1]',
    ]);
  });

  it('notices a function that is not a function', () => {
    const noisy = new Generator(0);
    const f = (x: Tensor) => mul(x, fromTypedArray(noisy.uniform(2, { dtype: 'float64' })));
    const { problems } = gradcheck(f, [double([1, 2])]);
    expect(problems[0]).toMatchObject({ kind: 'nondeterministic', result: 'result[0]' });
    expect(problems[0].message).toMatch(/in one run and .* in the next .* Draw random numbers outside/);
  });

  it('insists on float64 all the way', () => {
    const single = tensor([1, 2]);
    expect(() => gradcheck((x: Tensor) => x, [single])).toThrow(DTypeError);
    expect(() => gradcheck((p: { w: Tensor }) => p.w, [{ w: single }])).toThrow(
      /gradcheck: args\[0\]\.w is float32\[2\]; .*\{dtype: 'float64'\}/,
    );
    expect(() => gradcheck((x: Tensor) => cast(x, 'float32'), [double([1])])).toThrow(
      /result is float32\[1\]/,
    );
    const inside = gradcheck((x: Tensor) => cast(exp(cast(x, 'float32')), 'float64'), [double([1, 2])]);
    expect(inside.problems[0].message).toMatch(/compute in float64 throughout/);
  });

  it('says so when there is nothing to differentiate', () => {
    const whole = tensor([1], { dtype: 'int32' });
    expect(() => gradcheck((x: Tensor) => x, [whole])).toThrow(UsageError);
    expect(() => gradcheck((x: Tensor) => cast(x, 'int32'), [double([1])])).toThrow(
      /returned no float tensor/,
    );
  });

  it('throws its report from assertGradients', () => {
    const f = (x: Tensor) => relu(x);
    expect(() => {
      assertGradients(f, [double([1])], { order: 2 });
    }).not.toThrow();
    expect(() => {
      assertGradients(f, [double([0])]);
    }).toThrow(GradientError);
  });

  it('finds the one wrong entry among many', () => {
    const weight = draw(20, 30);
    const x = draw(30);
    const f = (w: Tensor) => sum(tanh(matmul(w, x)));
    expect(gradcheck(f, [weight]).ok).toBe(true);
    // A kink at exactly one entry: the gradient of abs is right everywhere else.
    const place = 17 * 30 + 11;
    const data = weight.toTypedArray();
    const at = fromTypedArray(Float64Array.of(data[place]), []);
    const kinked = (w: Tensor) =>
      add(
        f(w),
        abs(
          w
            .reshape([-1])
            .slice({ start: place, end: place + 1 })
            .sub(at)
            .sum(),
        ),
      );
    const { problems } = gradcheck(kinked, [weight]);
    expect(problems[0]).toMatchObject({ kind: 'kink', argument: 'args[0][17,11]' });
  });
});
