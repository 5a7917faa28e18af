/** Every primitive, and its gradients to second order, compiled for a device. */
import { describe, expect, it } from 'vitest';
import type { GpuMode } from '../../engine/backends/gpu/program.js';
import { Generator, type Tensor, cast, compile, vjp } from '../../engine/index.js';
import { relativeError } from '../compile/values.js';
import { apply, cases, isFloating, randomLike } from '../primitives/samples.js';

type Step = (given: readonly Tensor[], fixed: readonly Tensor[]) => readonly Tensor[];

/** Measured: 7.3e-7 on webgpu and webasm, relative to each tensor's root mean square. */
const tolerance = 2e-6;

export function describePrimitives(mode: GpuMode, orders: number): void {
  describe(`every primitive compiled for ${mode} agrees with float32 numbers, and so do its VJPs`, () => {
    it.each(cases)('$name', (item) => {
      if (JSON.stringify(item.params).includes('float64')) return;
      const floating = item.inputs.map(isFloating);
      const fixed = item.inputs.filter((_, i) => !floating[i]);
      let step: Step = (given, indices) => {
        let [next, index] = [0, 0];
        return [
          apply(
            item,
            floating.map((isFloat) => (isFloat ? given[next++] : indices[index++])),
          ),
        ];
      };
      let point = item.inputs.filter(isFloating).map((x) => cast(x, 'float32'));
      const random = new Generator(11);
      for (let order = 0; order <= orders; order++) {
        const [run, values] = [step, step(point, fixed)];
        const compiled = compile(run, { backend: 'gpu', mode });
        const error = relativeError(compiled(point, fixed), values);
        expect(compiled.plans[0].gpu?.device.mode).toBe(mode);
        expect(error).toBeLessThan(tolerance);
        if (point.length === 0 || !values.every(isFloating)) break;
        const count = point.length;
        step = (given, indices) =>
          vjp((x: readonly Tensor[]) => run(x, indices))(given.slice(0, count)).pullback(given.slice(count));
        point = [...point, ...values.map((value) => cast(randomLike(value, random), 'float32'))];
      }
    });
  });
}
