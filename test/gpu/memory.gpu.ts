/** A device without memory for a program, which it says at the first run. */
import { beforeAll, expect, it } from 'vitest';
import { type Device, openDevice } from '../../engine/backends/gpu/device/device.js';
import { memoryOf } from '../../engine/backends/gpu/lower/memory.js';
import type { DeviceProgram } from '../../engine/backends/gpu/lower/program.js';

interface BufferDescriptor {
  readonly size: number;
  readonly usage: number;
}

const uniform = 0x40;
const size = 5000;
const program: DeviceProgram = {
  kernels: [
    { source: 'function (a0) {\n  return 2 * a0[this.thread.x];\n}', size },
    { source: 'function (a0, a1) {\n  return a0[this.thread.x] + a1[this.thread.x];\n}', size: 300 },
  ],
  arguments: [{ dtype: 'float32', size }],
  literals: [new Float32Array(300).fill(3)],
  steps: [
    { kernel: 0, inputs: [0] },
    { kernel: 0, inputs: [2] },
    { kernel: 0, inputs: [3] },
    { kernel: 1, inputs: [4, 1] },
  ],
  results: [
    { dtype: 'float32', size, value: 3 },
    { dtype: 'float32', size: 300, value: 5 },
  ],
  checks: [],
};
const given = [new Float32Array(size).fill(1)];

let device: Device;
let buffers: { createBuffer(descriptor: BufferDescriptor): object };

beforeAll(async () => {
  device = await openDevice('webgpu');
  // gpu.js makes a device at its first run.
  await device.prepare({ ...program, literals: [new Float32Array(300)] }).run(given);
  buffers = device.watched!.device() as object as typeof buffers;
});

it('what gpu.js keeps on the device is what we reckon', async () => {
  const createBuffer = buffers.createBuffer.bind(buffers);
  const sizes: number[] = [];
  buffers.createBuffer = (descriptor) => {
    if ((descriptor.usage & uniform) === 0) sizes.push(descriptor.size);
    return createBuffer(descriptor);
  };
  const prepared = device.prepare(program);
  await prepared.run(given);
  buffers.createBuffer = createBuffer;
  // While it is built, each kernel has an array besides, the first as one of arguments and as one of values; the mark that
  // a call sends along has two arrays.
  for (const bytes of [4 * size, 4 * size, 1200, 1200, 4, 4, 4]) sizes.splice(sizes.indexOf(bytes), 1);
  expect(sizes.sort((a, b) => b - a)).toEqual(memoryOf(program).arrays);
});

it.each([
  ['an array', 4 * size],
  ['the array that results are read back in', 4 * (size + 300 + 4)],
])('a device that has no room for %s is an error at every run, with sizes', async (_, bytes) => {
  const createBuffer = buffers.createBuffer.bind(buffers);
  buffers.createBuffer = (descriptor) =>
    // No buffer may have such a size; what comes back is not usable, as where there is no memory.
    createBuffer(descriptor.size === bytes ? { ...descriptor, size: 2 ** 52 } : descriptor);
  const prepared = device.prepare(program);
  for (let call = 0; call < 2; call++)
    await expect(prepared.run(given)).rejects.toThrow(
      /^gpu: the device reported: .* The plan keeps 82\.8 KiB in 7 arrays, the largest of 20\.7 KiB, 19\.5 KiB, 19\.5 KiB on the device/s,
    );
  buffers.createBuffer = createBuffer;
  expect((await device.prepare(program).run(given))[1][0]).toBe(11);
});
