/** Plain functions with a gradient of the user's own. */
import { describe, expect, expectTypeOf, it } from 'vitest';
import { type GradientLike, Generator, assertGradients, gradcheck, tensor } from '../../engine/index.js';
import '../../engine/check/vitest.js';

const random = new Generator(3);
const floats = (size: number): Float32Array => random.normal(size, { dtype: 'float32' });
const doubles = (size: number): Float64Array => random.normal(size, { dtype: 'float64' });

/** The mean of (tanh(W x + b) - y)^2, forward and backward by hand, in arrays of the class of `w`. */
interface Layer<Numbers> {
  readonly w: Numbers;
  readonly b: Numbers;
}

const hidden = 5;

function activations({ w, b }: Layer<Float32Array>, x: Float32Array): Float32Array {
  const inputs = x.length;
  return b.map((bias, i) => {
    let sum = bias;
    for (let j = 0; j < inputs; j++) sum += w[i * inputs + j] * x[j];
    return Math.tanh(sum);
  });
}

const layer = {
  f: (params: Layer<Float32Array>, x: Float32Array, labels: Int32Array): number =>
    activations(params, x).reduce((sum, a, i) => sum + (a - labels[i]) ** 2, 0) / hidden,
  df(params: Layer<Float32Array>, x: Float32Array, labels: Int32Array) {
    const a = activations(params, x);
    const b = a.map((value, i) => (2 / hidden) * (value - labels[i]) * (1 - value * value));
    const w = params.w.map((_, k) => b[Math.floor(k / x.length)] * x[k % x.length]);
    const dx = x.map((_, j) => b.reduce((sum, g, i) => sum + g * params.w[i * x.length + j], 0));
    return [{ w, b }, dx, undefined] as const;
  },
};

const labels = Int32Array.of(1, 0, -1, 0, 1);

describe('gradcheck of a plain function', () => {
  it('of one number confirms a right gradient and refuses a wrong one', () => {
    expect(gradcheck({ f: (x) => x ** 3, df: (x) => 3 * x * x }, [1.3]).ok).toBe(true);
    const { ok, problems } = gradcheck({ f: (x) => x ** 3, df: (x) => 2 * x * x }, [1.3]);
    expect(ok).toBe(false);
    expect(problems).toHaveLength(1);
    expect(problems[0]).toMatchObject({ kind: 'wrong', order: 1, result: 'result', argument: 'args[0]' });
    expect(problems[0].analytic).toBeCloseTo(3.38, 12);
    expect(problems[0].numeric).toBeCloseTo(5.07, 9);
    expect(problems[0].relativeError).toBeCloseTo(1 / 3, 9);
    expect(problems[0].message).toMatch(/The relative error is 0\.33333/);
    expect(() => {
      assertGradients({ f: (x) => x ** 3, df: (x) => 2 * x * x }, [1.3]);
    }).toThrow(/1 of 1 derivatives cannot be confirmed/);
  });

  it('of several numbers takes a list of gradients', () => {
    const product = { f: (a: number, b: number) => a * b, df: (a: number, b: number) => [b, a] as const };
    expect(gradcheck(product, [2, 3]).ok).toBe(true);
    expect(product).toHaveCorrectGradients([2, 3]);
    expect({ ...product, df: (a: number, b: number) => [a, b] as const }).not.toHaveCorrectGradients([2, 3]);
  });

  it('of arrays whose result is an array takes a vector-Jacobian product', () => {
    const softmax = {
      f(x: Float64Array) {
        const e = x.map(Math.exp);
        const sum = e.reduce((total, value) => total + value, 0);
        return e.map((value) => value / sum);
      },
      df(x: Float64Array, g: Float64Array) {
        const y = softmax.f(x);
        const dot = y.reduce((sum, value, i) => sum + value * g[i], 0);
        return y.map((value, i) => value * (g[i] - dot));
      },
    };
    const report = gradcheck(softmax, [doubles(4)]);
    expect(report.toString()).toMatch(/16 derivatives agree/);
    expect(report.worst).toBeLessThan(0.05);
    const mistaken = {
      ...softmax,
      df: (x: Float64Array, g: Float64Array) => softmax.f(x).map((y, i) => y * g[i]),
    };
    expect(gradcheck(mistaken, [doubles(4)]).problems[0].argument).toMatch(/^args\[0\]\[\d\]$/);
  });

  it('takes records and float32 arrays, and holds integers fixed', () => {
    const params = { w: floats(hidden * 3), b: floats(hidden) };
    expect(gradcheck(layer, [params, floats(3), labels]).toString()).toMatch(/23 derivatives agree/);
    const wrong: typeof layer = {
      ...layer,
      df(p, x, y) {
        const [{ w, b }, dx] = layer.df(p, x, y);
        w[7] *= 1.01;
        return [{ w, b }, dx, undefined];
      },
    };
    const { problems } = gradcheck(wrong, [params, floats(3), labels]);
    expect(problems.map(({ argument }) => argument)).toEqual(['args[0].w[7]']);
    expect(problems[0].relativeError).toBeCloseTo(0.01, 3);
  });

  it('is not alarmed by the rounding of float32, whatever the numbers', () => {
    for (let k = 0; k < 40; k++) {
      const size = 10 ** random.uniform(1, { low: -3, high: 3, dtype: 'float64' })[0];
      const params = { w: floats(hidden * 3), b: floats(hidden) };
      const x = floats(3).map((value) => value * Math.min(size, 1));
      expect(gradcheck(layer, [params, x, labels]).toString()).toMatch(/agree/);
      const softplus = {
        f: (v: Float32Array) => v.map((value) => size * Math.log1p(Math.exp(value / size))),
        df: (v: Float32Array, g: Float32Array) => v.map((value, i) => g[i] / (1 + Math.exp(-value / size))),
      };
      expect(gradcheck(softplus, [floats(6).map((value) => value * size)]).toString()).toMatch(/agree/);
    }
  });

  it('checks long arrays along random directions and finds the wrong entry', () => {
    const x = doubles(1000);
    const scaled = (at: number, factor: number) => ({
      f: (v: Float64Array) => v.reduce((sum, value) => sum + Math.sin(value), 0),
      df: (v: Float64Array) => v.map((value, i) => Math.cos(value) * (i === at ? factor : 1)),
    });
    expect(gradcheck(scaled(617, 1), [x])).toMatchObject({ ok: true, compared: 9 });
    expect(gradcheck(scaled(617, 1.5), [x]).problems[0].argument).toBe('args[0][617]');
  });

  it('reports kinks, and stays on its own side of them', () => {
    const relu = {
      f: (x: Float32Array) => x.map((value) => Math.max(0, value)),
      df: (x: Float32Array, g: Float32Array) => g.map((value, i) => (x[i] > 0 ? value : 0)),
    };
    expect(gradcheck(relu, [Float32Array.of(1, -1, 0.01, -0.01)]).ok).toBe(true);
    const { problems } = gradcheck(relu, [Float32Array.of(1, 0)]);
    expect(problems).toHaveLength(1);
    expect(problems[0]).toMatchObject({ kind: 'kink', result: 'result[1]', argument: 'args[0][1]' });
    expect(problems[0].message).toMatch(/Check at another point, or with Float64Arrays/);
  });

  it('calls f just before df, for a backward pass that uses what the forward pass kept', () => {
    let kept = 0;
    const stateful = {
      f(x: number) {
        kept = Math.exp(x);
        return kept;
      },
      df: () => kept,
    };
    expect(gradcheck(stateful, [0.5]).ok).toBe(true);
  });

  it('takes functions that return the same array each time, and change their arguments', () => {
    const buffer = new Float64Array(2);
    const square = {
      f(x: Float64Array) {
        x.forEach((value, i) => (buffer[i] = value * value));
        x.fill(0);
        return buffer;
      },
      df(x: Float64Array, g: Float64Array) {
        x.forEach((value, i) => (buffer[i] = 2 * value * g[i]));
        return buffer;
      },
    };
    const x = doubles(2);
    const before = [...x];
    expect(gradcheck(square, [x]).toString()).toMatch(/4 derivatives agree/);
    expect([...x]).toEqual(before);
  });

  it('notices a function or a gradient that changes from call to call', () => {
    let calls = 0;
    expect(gradcheck({ f: (x) => x + calls++, df: () => 1 }, [1]).problems[0].kind).toBe('nondeterministic');
    const { problems } = gradcheck({ f: (x) => x, df: () => 1 + calls++ }, [1]);
    expect(problems[0].message).toMatch(/the gradient for args\[0\] was .* in one run/);
  });

  it('has types: df is a vector-Jacobian product only where f returns arrays', () => {
    const product = ({ a, b }: { readonly a: number; readonly b: number }): number => a * b;
    // @ts-expect-error df lacks the part b
    expect(() => gradcheck({ f: product, df: ({ b }) => ({ a: b }) }, [{ a: 1, b: 2 }])).toThrow();
    // @ts-expect-error f returns a number, so there is no cotangent
    expect(() => gradcheck({ f: (x) => x, df: (_, g: number) => g }, [1])).toThrow(
      /df returned nothing for args/,
    );
    expectTypeOf<GradientLike<{ w: Float32Array; n: Int32Array; name: string }>>().toEqualTypeOf<{
      readonly w: Float32Array | Float64Array | readonly number[];
    }>();
  });
});

describe('suggestions', () => {
  const square = { f: (x: readonly number[]) => x[0] ** 2 + x[1] ** 2 };
  const suggested = (df: (x: readonly number[]) => number[]): readonly string[] =>
    gradcheck({ ...square, df }, [[0.7, -1.9]]).suggestions;

  it.each<[string, (x: readonly number[]) => number[]]>([
    ['has the opposite sign throughout.', (x) => x.map((value) => -2 * value)],
    ['is 1/2 of the differences throughout.', (x) => [...x]],
    ['is 3.5 times the differences throughout.', (x) => x.map((value) => 7 * value)],
    ['is zero throughout.', () => [0, 0]],
  ])('%s', (sentence, df) => {
    expect(suggested(df)).toEqual([`The gradient for args[0] ${sentence}`]);
    expect(gradcheck({ ...square, df }, [[0.7, -1.9]]).toString()).toMatch(
      /\n {2}The gradient for args\[0\] /,
    );
  });

  it('are none where only one entry is wrong, or nothing', () => {
    expect(suggested((x) => [2 * x[0], 3 * x[1]])).toEqual([]);
    expect(suggested((x) => [2 * x[0], 2 * x[1]])).toEqual([]);
  });

  it('say that the cotangent is not used', () => {
    const cube = { f: (x: readonly number[]) => x.map((value) => value ** 3) };
    const df = (x: readonly number[]) => x.map((value) => 3 * value ** 2);
    expect(gradcheck({ ...cube, df }, [[1, 2]]).suggestions).toEqual([
      'The gradient for args[0] is the same for all elements of the result: does it use the cotangent?',
    ]);
    expect(gradcheck({ ...cube, df }, [[1]]).suggestions).toEqual([
      'The gradient for args[0] is not multiplied by the cotangent.',
    ]);
  });
});

describe('gradcheck of a plain function refuses by name', () => {
  const f = ({ w, b }: { w: Float64Array; b: number }) => w[0] * b + w[1];
  const at: [{ w: Float64Array; b: number }] = [{ w: Float64Array.of(1, 2), b: 3 }];
  const wrong =
    (df: unknown, args: readonly unknown[] = at) =>
    () =>
      gradcheck({ f, df } as never, args as never);

  it.each<[unknown, string]>([
    [{ w: [3, 1] }, 'df returned nothing for args[0].b, which is a number.'],
    [{ w: [3, 1], b: 1, c: 2 }, 'df returned args[0].c, which does not exist.'],
    [{ w: [3, 1, 0], b: 1 }, 'df returned 3 numbers for args[0].w, which has 2 numbers.'],
    [{ w: 3, b: 1 }, 'df returned the number 3 for args[0].w, which has 2 numbers.'],
    [{ w: [3, 1], b: [1] }, 'df returned an array of 1 for args[0].b, which is a number.'],
    [{ w: tensor([3, 1]), b: 1 }, 'df returned a Tensor for args[0].w, which has 2 numbers.'],
    [undefined, 'df returned undefined for args[0], an object with w, b.'],
    [[{ w: [3, 1], b: 1 }], 'df returned an array of 1 for args[0], an object with w, b.'],
  ])('%o', (returned, message) => {
    expect(wrong(() => returned)).toThrow(`gradcheck: ${message}`);
  });

  it('a gradient that lacks an argument', () => {
    const pair = { f: (a: number, b: number) => a * b, df: (_: number, b: number) => [b] };
    expect(() => gradcheck(pair as never, [1, 2] as never)).toThrow(
      'gradcheck: df returned an array of 1; it returns a list of gradients, one for each of 2 arguments.',
    );
  });

  it('NaN in arguments; NaN in gradients is reported', () => {
    expect(wrong(() => at[0], [{ w: Float64Array.of(1, NaN), b: 3 }])).toThrow(
      'gradcheck: args[0].w[1] is NaN;',
    );
    const { problems } = gradcheck({ f, df: () => ({ w: [3, NaN], b: 1 }) }, at);
    expect(problems.map(({ kind, argument }) => [kind, argument])).toEqual([['nonfinite', 'args[0].w[1]']]);
  });

  it('results without numbers or of changing length, promises, and other data', () => {
    const pair = (own: (x: number) => unknown) => () =>
      gradcheck({ f: own, df: () => 1 } as never, [1] as never);
    expect(pair(() => 'text')).toThrow("gradcheck: f returned 'text'; it returns a number");
    expect(pair((x) => new Float64Array(x === 1 ? 2 : 3))).toThrow(
      'f returned 3 numbers for result, which has 2',
    );
    expect(pair(() => Promise.resolve(1))).toThrow(/^gradcheck: the function returned a promise/);
    expect(pair(() => new Map())).toThrow('gradcheck: result is a Map; with a gradient of your own');
    expect(() => gradcheck({ f: () => 1, df: () => 1 } as never, [tensor(1)] as never)).toThrow(
      'args[0] is a Tensor; with a gradient of your own',
    );
    expect(() => gradcheck({ f: () => 1, df: () => 1 } as never, ['x'] as never)).toThrow(
      'no argument holds a number',
    );
  });

  it('second order, and parts under other names', () => {
    expect(() => gradcheck({ f: (x) => x, df: () => 1 }, [1], { order: 2 })).toThrow(
      'gradcheck: {f, df} has one gradient, of order 1, so order 2 cannot be checked.',
    );
    expect(() => gradcheck({ f: Math.exp, grad: Math.exp } as never, [1] as never)).toThrow(
      "gradcheck: there is no option 'grad'. The gradient is df.",
    );
    expect(() => gradcheck({ f: Math.exp } as never, [1] as never)).toThrow('gradcheck: df is missing');
  });
});
