/** Programs for a device without one: their kernels are run as they are. */
import { runInThisContext } from 'node:vm';
import type { DeviceInfo, DeviceProgram } from '../../engine/backends/gpu/lower/program.js';

export const device: DeviceInfo = {
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
export function run(
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
