/** Functions whose error must be small relative to what they give, also where that is close to 0. */
import { expect, it } from 'vitest';
import {
  type Tensor,
  compile,
  expm1,
  fromTypedArray,
  log,
  log1p,
  mul,
  neg,
  pow,
} from '../../engine/index.js';
import { withDeviceThread } from './support.js';

withDeviceThread();

const steps = Float32Array.from({ length: 40 }, (_, i) => i + 1);
const nearOne = Float32Array.from({ length: 2001 }, (_, i) => 2 ** ((i - 1000) / 500));
const small = Float32Array.from({ length: 2000 }, (_, i) => (i % 2 === 0 ? 0.9 : -0.45) * 2 ** (-i / 100));
const beta = Math.fround(0.999);

it.each(['webgpu', 'webasm'] as const)('logarithms and small powers on %s', (mode) => {
  const errorOf = (f: (x: Tensor) => Tensor, exact: (x: number) => number, xs: Float32Array): number => {
    const found = compile(f, { backend: 'gpu', mode })(fromTypedArray(xs, [xs.length])).toTypedArray();
    return Math.max(
      ...found.map((y, i) => (exact(xs[i]) === 0 ? Math.abs(y) : Math.abs(y / exact(xs[i]) - 1))),
    );
  };
  expect(errorOf(log, Math.log, nearOne)).toBeLessThan(5e-7);
  expect(errorOf(log1p, Math.log1p, small)).toBeLessThan(5e-7);
  // Adam's bias correction, in which a wrong logarithm shows undiminished.
  const correction = (t: Tensor): Tensor =>
    neg(expm1(mul(t, log(fromTypedArray(Float32Array.of(beta), [1])))));
  expect(errorOf(correction, (t) => 1 - beta ** t, steps)).toBeLessThan(1e-6);
  expect(
    errorOf(
      (t) => pow(fromTypedArray(Float32Array.of(beta), [1]), t),
      (t) => beta ** t,
      steps,
    ),
  ).toBeLessThan(5e-7);
});
