import { describe, expect, it } from 'vitest';
import { erf } from '../../engine/backends/cpu/erf.js';
import { power } from '../../engine/backends/power.js';
import type { ScalarExpression, UnaryFunction } from '../../engine/ir/expression.js';
import { dense, featureSets, runKernel, someNumbers, ulp } from './support.js';

/** The exact functions, and the errors in units in the last place that the backend's documentation states. */
const functions: Readonly<Record<UnaryFunction, readonly [(x: number) => number, number]>> = {
  exp: [Math.exp, 1.3],
  expm1: [Math.expm1, 1.8],
  log: [Math.log, 1.1],
  log1p: [Math.log1p, 1.8],
  tanh: [Math.tanh, 2.5],
  sigmoid: [(x) => 1 / (1 + Math.exp(-x)), 2.5],
  softplus: [(x) => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x))), 2],
  erf: [erf, 1.2],
  atan: [Math.atan, 2.2],
  sin: [Math.sin, 1.6],
  cos: [Math.cos, 1.6],
  floor: [Math.floor, 0],
  sqrt: [Math.sqrt, 0.5],
  neg: [(x) => -x, 0],
};

/** Results below it, which are denormal, are 0: they are slow wherever they are read. */
const tiny = 2 ** -126;
const flushed: ReadonlySet<string> = new Set(['exp', 'sigmoid', 'softplus']);

/** float32 of all magnitudes, with many near 0 and 1, and the extremes. */
function sample(): Float32Array {
  const patterns = Uint32Array.from({ length: 1 << 16 }, (_, i) => i * 65536 + ((i * 40503) & 0xffff));
  const moderate = [...someNumbers(1 << 15)].flatMap((x) => [x * 4, x * 60]);
  const extremes = [0, -0, Infinity, -Infinity, NaN, 1, -1, 2 ** -149, -(2 ** -149), 2 ** -126];
  const limits = [3.4028234663852886e38, 88.72283, 88.72284, -103.9, 1e6, 1.0000001, 0.99999994];
  const least = Array.from({ length: 200 }, (_, i) => -87.3365 + (i - 100) * 2e-6);
  const small = Array.from({ length: 200 }, (_, i) => -86 - i / 50);
  return Float32Array.from([
    ...extremes,
    ...limits,
    ...least,
    ...small,
    ...new Float32Array(patterns.buffer),
    ...moderate,
  ]);
}

/** The largest error, Infinity where something infinite or not a number differs. */
function worst(name: string, actual: ArrayLike<number>, exact: (i: number) => number): number {
  let largest = 0;
  for (let i = 0; i < actual.length; i++) {
    const value = exact(i);
    const want = flushed.has(name) && Math.abs(value) < tiny ? 0 : value;
    const [got, rounded] = [actual[i], Math.fround(want)];
    if (got === rounded || (Number.isNaN(got) && Number.isNaN(rounded))) continue;
    // A negative base is left to the host, which gives denormals.
    if (name === 'pow' && Math.abs(want) < tiny && got === 0) continue;
    if (!Number.isFinite(got) || !Number.isFinite(rounded)) return Infinity;
    largest = Math.max(largest, Math.abs(got - want) / ulp(want));
  }
  return largest;
}

const input = (index: number): ScalarExpression => ({ kind: 'input', index });

describe.each(featureSets)('functions on wasm, %s', (_, features) => {
  const x = sample();

  it.each(Object.entries(functions))('computes %s', (name, [exact, most]) => {
    const expression: ScalarExpression = { kind: 'unary', fn: name as UnaryFunction, x: input(0) };
    const output = { shape: [x.length], dtype: 'float32' } as const;
    const actual = runKernel({ family: 'map', expression }, [dense(x, [x.length])], output, features);
    expect(worst(name, actual, (i) => exact(x[i]))).toBeLessThanOrEqual(most);
  });

  it('computes pow', () => {
    const whole = x.map((_, i) => Math.round(((i * 7919) % 23) - 11));
    const close = x.map((_, i) => ((i * 7919) % 1000) / 100 - 5);
    for (const exponents of [whole, close, x.toReversed()]) {
      const spec = {
        family: 'map',
        expression: { kind: 'binary', fn: 'pow', a: input(0), b: input(1) },
      } as const;
      const inputs = [dense(x, [x.length]), dense(exponents, [x.length])];
      const actual = runKernel(spec, inputs, { shape: [x.length], dtype: 'float32' }, features);
      expect(worst('pow', actual, (i) => power(x[i], exponents[i]))).toBeLessThanOrEqual(0.6);
    }
  });

  it.each([-1, 2, 3])('computes powers with the exponent %i', (exponent) => {
    const value: ScalarExpression = { kind: 'constant', value: exponent };
    const spec = { family: 'map', expression: { kind: 'binary', fn: 'pow', a: input(0), b: value } } as const;
    const output = { shape: [x.length], dtype: 'float32' } as const;
    const actual = runKernel(spec, [dense(x, [x.length])], output, features);
    expect(worst('power', actual, (i) => x[i] ** exponent)).toBeLessThanOrEqual(1.5);
  });

  it('keeps the sign of zero', () => {
    for (const fn of ['expm1', 'log1p', 'tanh', 'erf', 'atan', 'sqrt'] as const) {
      const spec = { family: 'map', expression: { kind: 'unary', fn, x: input(0) } } as const;
      const zeros = dense(Float32Array.of(-0, 0), [2]);
      expect([...runKernel(spec, [zeros], { shape: [2], dtype: 'float32' }, features)]).toEqual([-0, 0]);
    }
  });
});
