/** Whole plans on a device: what stays from call to call, and what is refused. */
import { describe, expect, it } from 'vitest';
import type { GpuMode } from '../../engine/backends/gpu/lower/program.js';
import type { ScalarExpression } from '../../engine/ir/expression.js';
import {
  Generator,
  type Tensor,
  add,
  argmax,
  compile,
  exp,
  gather,
  grad,
  log,
  maxPool2d,
  mul,
  normal,
  repeat,
  sin,
  sum,
  tanh,
  tensor,
} from '../../engine/index.js';
import { expectSame, relativeError } from '../compile/values.js';
import { dense, someNumbers } from '../wasm/support.js';
import { type Way, runKernels } from './ways.js';

const random = new Generator(3);
const draw = (...shape: number[]): Tensor => normal(random, shape);

export function describePlans(way: Way): void {
  const { mode, name, compile } = way;

  describe(`plans on ${name}`, () => {
    it('say what ran them', async () => {
      const double = compile((x: Tensor) => mul(x, 2));
      expect((await double(tensor([1, 2]))).toArray()).toEqual([2, 4]);
      const [plan] = double.plans;
      expect(plan.backend).toBe('gpu');
      expect(plan.gpu?.execution()).toMatchObject({ backend: mode === 'webgl2' ? 'gpu' : mode });
      expect(plan.toString()).toMatch(new RegExp(`^compile(Async)?\\(f\\) on gpu \\(${mode}, `));
    });

    it('keep results apart from those of the next call', async () => {
      const f = compile((x: Tensor) => [mul(x, 3), x] as const);
      const [x, y] = [draw(100), draw(100)];
      const [first] = await f(x);
      await f(y);
      expectSame(first, mul(x, 3));
    });

    it('know the numbers that they were made with', async () => {
      const table = draw(5, 3).toArray();
      const f = (x: Tensor): Tensor => mul(add(x, tensor(table)), tensor(2)).sum({ dim: 1 });
      const x = draw(5, 3);
      expect(relativeError(await compile(f)(x), f(x))).toBeLessThan(1e-6);
    });

    it('compute integers', async () => {
      const f = compile((x: Tensor) => gather(x, argmax(x, { dim: 0, keepdim: true }), { dim: 0 }));
      const x = draw(7, 9);
      expectSame(await f(x), gather(x, argmax(x, { dim: 0, keepdim: true }), { dim: 0 }));
      const largest = compile((y: Tensor) => argmax(y, { dim: 1 }));
      expect((await largest(x)).toTypedArray()).toEqual(argmax(x, { dim: 1 }).toTypedArray());
    });

    it('take padding of minus infinity for the lowest number', async () => {
      const f = (x: Tensor): Tensor => maxPool2d(x, { kernelSize: 3, stride: 2, padding: 1 });
      const x = draw(1, 2, 5, 7);
      expectSame(await compile(f)(x), f(x));
    });

    it('cut kernels that read more arrays than the device allows', async () => {
      const count = 60;
      const inputs = Array.from({ length: count }, (_, i) => dense(someNumbers(33, i + 1), [33]));
      const terms = inputs.map((_, index): ScalarExpression => ({ kind: 'input', index }));
      const expression = terms.reduce((a, b): ScalarExpression => ({ kind: 'binary', fn: 'add', a, b }));
      const signature = { shape: [33], dtype: 'float32' } as const;
      const total = { shape: [], dtype: 'float32' } as const;
      const [added, reduced] = await runKernels(
        [
          { spec: { family: 'map', expression }, inputs, signature },
          { spec: { family: 'reduce', reduction: 'sum', axes: [0], expression }, inputs, signature: total },
        ],
        way,
      );
      const sums = Array.from({ length: 33 }, (_, i) => inputs.reduce((s, { data }) => s + data[i], 0));
      sums.forEach((value, i) => {
        expect(added[i]).toBeCloseTo(value, 4);
      });
      expect(reduced[0]).toBeCloseTo(
        sums.reduce((a, b) => a + b),
        3,
      );
    });

    it('pick rows by indices that are one number throughout, and add them back', async () => {
      const rows = (x: Tensor): Tensor => gather(x, tensor([2, 2], { dtype: 'int32' }), { dim: 0 });
      const x = draw(4);
      expectSame(await compile(rows)(x), rows(x));
      const slope = grad((y: Tensor) => rows(y).square().sum());
      expect(relativeError(await compile(slope)(x), slope(x))).toBeLessThan(1e-6);
    });

    it('name an index out of range, and run on', async () => {
      const pick = compile((x: Tensor, rows: Tensor) => gather(x, rows, { dim: 0 }));
      const x = tensor([5, 6, 7]);
      await expect(async () => pick(x, tensor([0, 3], { dtype: 'int32' }))).rejects.toThrow(
        /^compile(Async)?\(f\): gather: index 3 \(one of 2\) is outside an axis of size 3; valid are 0 to 2\./,
      );
      await expect(async () => pick(x, tensor([-1, 2], { dtype: 'int32' }))).rejects.toThrow(
        'gather: index -1 (one of 2)',
      );
      expect((await pick(x, tensor([2, 0], { dtype: 'int32' }))).toArray()).toEqual([7, 5]);
    });

    it('refuse non-finite arguments and results', async () => {
      const f = compile((x: Tensor) => log(x));
      await expect(async () => f(tensor([1, NaN]))).rejects.toThrow(/argument 0 has NaN \(number 1 of 2\)/);
      await expect(async () => f(tensor([Infinity, 1]))).rejects.toThrow(/argument 0 has Infinity/);
      await expect(async () => f(tensor([1, 0]))).rejects.toThrow(
        /result 0 has -(Infinity|3.40\d*e\+38 \(which stands for infinity\))/,
      );
      await expect(async () => compile(exp)(tensor([1000]))).rejects.toThrow(/result 0 has/);
      expect((await f(tensor([1, 1]))).toArray()).toEqual([0, 0]);
    });

    it('refuse integers beyond those of float32', async () => {
      const f = compile((x: Tensor) => mul(x, 2));
      expect((await f(tensor([2 ** 22], { dtype: 'int32' }))).toArray()).toEqual([2 ** 23]);
      await expect(async () => f(tensor([2 ** 24], { dtype: 'int32' }))).rejects.toThrow(
        /argument 0 has the int32 16777216/,
      );
      await expect(async () => f(tensor([2 ** 23], { dtype: 'int32' }))).rejects.toThrow(
        /result 0 has the int32 16777216/,
      );
    });

    it('refuse float64 and arrays beyond 2^24 elements, naming the step', async () => {
      await expect(async () =>
        compile((x: Tensor) => sin(x))(tensor(1, { dtype: 'float64' })),
      ).rejects.toThrow(/^compile(Async)?\(f\): buffer 0 of 2 is float64/);
      const wider = compile((x: Tensor) => mul(x.reshape([4097, 1]), x.reshape([1, 4097])));
      await expect(async () => wider(draw(4097))).rejects.toThrow(
        /^compile(Async)?\(f\): map of .* -> float32\[4097,4097\] cannot run on gpu\.js: an array of 16785409 elements/,
      );
    });
  });
}

/** What only functions that sleep can do: be the standard, keep their results on the device, repeat. */
export function describeSleepingPlans(mode: GpuMode): void {
  const options = { backend: 'gpu', mode } as const;

  describe(`plans on ${mode}, slept for,`, () => {
    it('are meant where only a mode is given, and are not where another backend is', () => {
      const double = compile((x: Tensor) => mul(x, 2), { mode });
      double(tensor(1));
      expect(double.plans[0].backend).toBe('gpu');
      expect(() => compile((x: Tensor) => mul(x, 2), { mode, backend: 'wasm' })(tensor(1))).toThrow(
        `compile: mode '${mode}' is one of the gpu backend, but the plan is for 'wasm'`,
      );
    });

    it('write a donated argument over, from call to call', () => {
      const step = compile((w: Tensor, x: Tensor) => add(w, tanh(mul(w, x))), { ...options, donate: [0] });
      const x = draw(50);
      const start = draw(50);
      let [ours, theirs] = [start, start];
      for (let k = 0; k < 5; k++) [ours, theirs] = [step(ours, x), add(theirs, tanh(mul(theirs, x)))];
      expect(relativeError(ours, theirs)).toBeLessThan(1e-6);
    });

    it('repeat a step on the device as one by one', () => {
      const step = (w: Tensor, x: Tensor, scale: Tensor) => {
        const g = grad((v: Tensor) => sum(tanh(mul(v, x))))(w);
        return [add(w, mul(g, scale)), { loss: sum(mul(g, x)), g }] as const;
      };
      const n = 45;
      const [items, scale, start] = [draw(n, 20), tensor(0.1), draw(20)];
      const run = repeat(n, step, options);
      let expected = start;
      const losses: number[] = [];
      const alone = compile(step, options);
      for (let k = 0; k < n; k++) {
        const [next, { loss }] = alone(
          expected,
          items.slice({ dim: 0, start: k, end: k + 1 }).reshape([20]),
          scale,
        );
        expected = next;
        losses.push(loss.item());
      }
      // The second call has measured how long a step takes, and makes fewer calls of the device.
      for (let call = 0; call < 2; call++) {
        const [after, outs] = run(start, items, scale);
        expectSame(after, expected);
        expect(outs.loss.toArray()).toEqual(losses);
      }
    });
  });
}
