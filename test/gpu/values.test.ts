/** Where numbers on a device differ from those elsewhere, and what is refused because of it. */
import { describe, expect, it } from 'vitest';
import {
  Generator,
  type Tensor,
  add,
  cast,
  compile,
  cos,
  fromTypedArray,
  log,
  maximum,
  mean,
  mul,
  normal,
  repeat,
  sin,
  sub,
  sum,
  tensor,
} from '../../engine/index.js';
import { expectSame } from '../compile/values.js';
import { withDeviceThread } from './support.js';

withDeviceThread();
const mode = 'webasm';
const options = { backend: 'gpu', mode } as const;
const random = new Generator(3);
const draw = (...shape: number[]): Tensor => normal(random, shape);
const whole = (...values: number[]): Tensor => tensor(values, { dtype: 'int32' });

describe('a device', () => {
  it('has sines of large numbers, and none of numbers too large', () => {
    for (const [f, exact] of [
      [sin, Math.sin],
      [cos, Math.cos],
    ] as const) {
      const onDevice = compile((x: Tensor) => f(x), options);
      const x = Float32Array.from({ length: 2000 }, (_, i) => 1e7 * (i / 1000 - 1));
      const y = onDevice(fromTypedArray(x)).toTypedArray();
      // Measured: 1.1e-5.
      expect(Math.max(...y.map((value, i) => Math.abs(value - exact(x[i]))))).toBeLessThan(3e-5);
      expect(() => onDevice(tensor([1e10]))).toThrow(/result 0 has/);
    }
  });

  it('refuses what came of the logarithm of 0', () => {
    const f = compile((x: Tensor) => mean(log(x)), options);
    expect(() => f(tensor([0, 1, 1]))).toThrow(/result 0 has/);
  });

  it('refuses numbers of a plan that it takes for others', () => {
    const ofNaN = compile((x: Tensor) => maximum(x, tensor([NaN, 1])), options);
    expect(() => ofNaN(tensor([1, 2]))).toThrow(/literal 0 of the plan has NaN \(number 0 of 2\)/);
    for (const f of [(x: Tensor) => sub(x, whole(16777217, 5)), (x: Tensor) => sub(x, 16777217)])
      expect(() => compile(f, options)(whole(1, 2))).toThrow(/the int32 16777217/);
  });

  it('casts into the range of int32', () => {
    const f = compile((x: Tensor) => cast(cast(x, 'int32'), 'float32'), options);
    expect(f(tensor([1e10, -1e10, 1.7])).toArray()).toEqual([2 ** 31, -(2 ** 31), 1]);
  });

  it('leaves what was donated to a call that it refuses', () => {
    const step = compile((w: Tensor, x: Tensor) => add(w, log(x)), { ...options, donate: [0] });
    const w = step(draw(20), draw(20).square());
    const before = w.toArray();
    const again = step(step(draw(20), draw(20).square()), draw(20).square());
    const numbers = again.add(0).toArray();
    expect(() => step(again, draw(20).mul(0))).toThrow(/result 0 has/);
    expect(again.toArray()).toEqual(numbers);
    expect(w.toArray()).toEqual(before);
  });
});

describe('many steps on a device', () => {
  it('put out what they were given', () => {
    const run = repeat(
      45,
      (w: Tensor, x: Tensor) => [add(w, x), { x, rows: x.reshape([2, 10]) }] as const,
      options,
    );
    const items = draw(45, 20);
    for (let call = 0; call < 2; call++) {
      const [, outs] = run(draw(20), items);
      expectSame(outs, { x: items, rows: items.reshape([45, 2, 10]) });
    }
  });

  it('may be given nothing', () => {
    const run = repeat(20, (w: Tensor, x: Tensor) => [sin(w), sum(x)] as const, options);
    const none = fromTypedArray(new Float32Array(0), [20, 0]);
    for (let call = 0; call < 2; call++) expect(run(draw(5), none)[1].toArray()).toEqual(Array(20).fill(0));
  });
});

describe('what plans run on', () => {
  const double = (x: Tensor): Tensor => mul(x, 2);

  it('is a backend that there is', () => {
    expect(() => compile(double, { backend: 'webgpu' as 'gpu' })(tensor([1]))).toThrow(
      "compile: backend must be 'cpu' or 'wasm' or 'gpu' or 'auto'; got 'webgpu'.",
    );
  });

  it('is the device of a mode, if only the mode is named', () => {
    const f = compile(double, { mode });
    f(tensor([1]));
    expect(f.plans[0].backend).toBe('gpu');
  });
});
