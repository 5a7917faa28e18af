/** Buffers that are written part by part, as values of a device, which never change. The kernels are run as they are. */
import { runInThisContext } from 'node:vm';
import { expect, it } from 'vitest';
import { type Tensor, cat, mul, tensor, trace } from '../../engine/index.js';
import { lowerForDevice } from '../../engine/backends/gpu/lower/lower.js';
import type { DeviceInfo, DeviceProgram } from '../../engine/backends/gpu/lower/program.js';
import { runPasses } from '../../engine/plan/passes.js';

const device: DeviceInfo = {
  mode: 'webgpu',
  adapter: 'none',
  isSoftware: true,
  arrays: 8,
  elements: 1000,
  resultNumbers: 1000,
};

type Kernel = (
  this: { readonly thread: { readonly x: number } },
  ...arrays: readonly ArrayLike<number>[]
) => number;

/** The results of a program whose kernels need nothing but JavaScript. */
function run(
  { kernels, literals, steps, results }: DeviceProgram,
  args: readonly ArrayLike<number>[],
): number[][] {
  const values: ArrayLike<number>[] = [...args, ...literals];
  for (const { kernel, inputs } of steps) {
    const { source, size } = kernels[kernel];
    const compute = runInThisContext(`(${source})`) as Kernel;
    const arrays = inputs.map((input) => values[input]);
    values.push(Array.from({ length: size }, (_, x) => compute.call({ thread: { x } }, ...arrays)));
  }
  return results.map(({ value }) => Array.from(values[value]));
}

it('parts are read as they are, and put together where the whole is read', () => {
  const f = (a: Tensor, b: Tensor): readonly Tensor[] => {
    const half = mul(a, 0.5);
    const all = cat([half, mul(b, 2), mul(half, b)]);
    return [all.sum(), mul(half, 3), all];
  };
  const [a, b] = [tensor([2, 4]), tensor([3, 5])];
  const { lowered } = runPasses(trace(f, a, b));
  expect(lowered.stages.flat().some(({ outputs }) => outputs.some(({ offset }) => offset > 0))).toBe(true);
  const { program } = lowerForDevice(lowered, device);
  const numbers = run(program, [a.toTypedArray(), b.toTypedArray()]);
  expect(numbers.flat().sort((x, y) => x - y)).toEqual(
    f(a, b)
      .flatMap((result) => Array.from(result.toTypedArray()))
      .sort((x, y) => x - y),
  );
});
