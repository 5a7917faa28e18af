/** Compiled functions that return promises: calls that overlap, calls that fail, and what cannot wait. */
import gpuJs, { type IPipelineRunShortcut } from 'gpu.js';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { GpuMode } from '../../engine/backends/gpu/lower/program.js';
import {
  type Tensor,
  UsageError,
  compile,
  compileAsync,
  fromTypedArray,
  gather,
  grad,
  mul,
  sin,
  sum,
  tensor,
} from '../../engine/index.js';
import { expectSame, relativeError } from '../compile/values.js';

/** Until mocks are restored, gpu.js makes pipelines that behave in another way. */
function disturbPipelines(
  handlerOf: (pipeline: IPipelineRunShortcut) => ProxyHandler<IPipelineRunShortcut>,
): void {
  const { prototype } = gpuJs.GPU;
  const create = Reflect.get(prototype, 'createPipeline') as (...given: unknown[]) => IPipelineRunShortcut;
  vi.spyOn(prototype, 'createPipeline').mockImplementation(function (this: object, ...given) {
    const pipeline = Reflect.apply(create, this, given);
    return new Proxy(pipeline, handlerOf(pipeline));
  });
}

export function describePromises(mode: GpuMode): void {
  const options = { mode };

  describe(`promises on ${mode}`, () => {
    afterEach(() => {
      vi.restoreAllMocks();
    });

    it('are each of their own arguments, however many calls overlap', async () => {
      const triple = compileAsync((x: Tensor) => mul(x, 3), options);
      const shifted = compileAsync((x: Tensor) => ({ sum: sum(x), x: x.add(1) }), options);
      const inputs = Array.from({ length: 12 }, (_, i) => tensor([i, i + 1, i * i]));
      const answers = await Promise.all(inputs.map((x) => Promise.all([triple(x), shifted(x)])));
      expectSame(
        answers,
        inputs.map((x) => [mul(x, 3), { sum: sum(x), x: x.add(1) }]),
      );
      expect([triple.plans.length, shifted.plans.length]).toEqual([1, 1]);
    });

    it('run in the order of the calls, one at a time, also of several functions', async () => {
      let running = 0;
      let most = 0;
      disturbPipelines((pipeline) => ({
        async apply(_, __, given: unknown[]) {
          most = Math.max(most, ++running);
          const results: unknown = await Reflect.apply(pipeline, undefined, given);
          running--;
          return results;
        },
      }));
      const order: string[] = [];
      const functions = ['a', 'b', 'c'].map((name, i) => {
        const f = compileAsync((x: Tensor) => mul(x, i), options);
        return (call: number) => f(tensor([call])).then(() => order.push(name + String(call)));
      });
      await Promise.all([0, 1].flatMap((call) => functions.map((f) => f(call))));
      expect(order.join(' ')).toBe('a0 b0 c0 a1 b1 c1');
      expect(most).toBe(1);
    });

    it('take the arguments as they are at the call', async () => {
      const next = compile((x: Tensor) => mul(x, 2), { donate: [0] });
      const triple = compileAsync((x: Tensor) => mul(x, 3), options);
      const x = next(fromTypedArray(Float32Array.from({ length: 100 }, (_, i) => i)));
      const tripled = triple(x);
      next(x);
      expect(() => x.toArray()).toThrow('the numbers of this tensor of shape [100] are gone');
      expectSame(await tripled, fromTypedArray(Float32Array.from({ length: 100 }, (_, i) => 6 * i)));
    });

    it('that are rejected do not hinder others', async () => {
      const pick = compileAsync((x: Tensor, rows: Tensor) => gather(x, rows, { dim: 0 }), options);
      const rows = (...indices: number[]) => pick(tensor([5, 6, 7]), tensor(indices, { dtype: 'int32' }));
      const wide = compileAsync((x: Tensor) => sin(x), options);
      const answers = await Promise.allSettled([
        rows(0, 1),
        rows(1, 3),
        pick(tensor([5, NaN, 7]), tensor([0, 0], { dtype: 'int32' })),
        wide(tensor([1], { dtype: 'float64' })),
        rows(2, 2),
      ]);
      const told = answers.map((answer) =>
        answer.status === 'fulfilled' ? answer.value.toArray() : String(answer.reason),
      );
      expect(told).toEqual([
        [5, 6],
        expect.stringContaining(
          'ShapeError: compileAsync(f): gather: index 3 (one of 2) is outside an axis of size 3',
        ),
        expect.stringContaining('UsageError: compileAsync(f): gpu: argument 0 has NaN'),
        expect.stringContaining('UsageError: compileAsync(f): buffer 0 of 2 is float64'),
        [7, 7],
      ]);
    });

    it('are rejected where compile throws', async () => {
      const captured = tensor([1, 2]);
      await expect(compileAsync((x: Tensor) => mul(x, captured), options)(tensor([1, 2]))).rejects.toThrow(
        /^compileAsync\(f\): mul reads .* which is not an argument/,
      );
      let scale = 2;
      const scaled = compileAsync((x: Tensor) => mul(x, scale), options);
      await scaled(tensor([1, 2]));
      scale = 3;
      await expect(scaled(tensor([1, 2]))).rejects.toThrow(
        'compileAsync(f): at call 2 the function is not what was compiled: the number 2 is now 3',
      );
      expect((await scaled(tensor([1, 2]))).toArray()).toEqual([3, 6]);
      await expect(compileAsync((x: Tensor) => Promise.resolve(x), options)(tensor([1]))).rejects.toThrow(
        'compileAsync(f): the function returned a promise',
      );
    });

    it('cannot be waited for inside of a gradient, nor of a compiled function', () => {
      const double = compileAsync((x: Tensor) => mul(x, 2), options);
      const inside = (x: Tensor): Tensor => {
        void double(x);
        return sum(x);
      };
      for (const call of [grad(inside), compile(inside), compile(grad(inside))])
        expect(() => call(tensor([1, 2]))).toThrow(
          new UsageError(
            'compileAsync(f): called inside of a gradient or of another compiled function, which cannot wait for a promise; ' +
              'call the function itself there, and compile what is outermost.',
          ),
        );
    });

    it('hold gradients of gradients', async () => {
      const f = (x: Tensor): Tensor => sum(sin(mul(x, x)));
      const second = grad((x: Tensor) => sum(mul(grad(f)(x), x)));
      const x = tensor([0.3, -1.2, 2]);
      expect(relativeError(await compileAsync(second, options)(x), second(x))).toBeLessThan(2e-6);
    });

    it('are rejected if something else ran than was asked for, unless that is allowed', async () => {
      disturbPipelines((pipeline) => ({
        get: (_, name) => (name === 'backend' ? 'another' : (Reflect.get(pipeline, name) as unknown)),
      }));
      const double = (x: Tensor): Tensor => mul(x, 2);
      await expect(compileAsync(double, options)(tensor([1]))).rejects.toThrow(
        new RegExp(`^compileAsync\\(double\\): gpu: asked for ${mode}, gpu.js ran \\w+ \\(another, `),
      );
      const degraded = compileAsync(double, { ...options, allowDegraded: true });
      expect((await degraded(tensor([1]))).toArray()).toEqual([2]);
      expect(degraded.plans[0].gpu?.execution()).toMatchObject({ backend: 'another' });
    });

    it('say where they ran as soon as they are answered', async () => {
      const double = compileAsync((x: Tensor) => mul(x, 2), options);
      const answer = double(tensor([1]));
      expect(double.plans[0].gpu).toBeUndefined();
      expect(String(double.plans[0])).toMatch(/^compileAsync\(f\) on gpu, /);
      await answer;
      expect(double.plans[0].gpu?.device).toMatchObject({ mode });
    });
  });
}
