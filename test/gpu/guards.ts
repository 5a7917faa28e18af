/** What WebGPU and gpu.js do wrong without a word, and how each of it is found out. */
import { beforeAll, describe, expect, it } from 'vitest';
import { type Device, type DevicePipeline, openDevice } from '../../engine/backends/gpu/device/device.js';
import { type DeviceProgram, type GpuMode, drawing } from '../../engine/backends/gpu/lower/program.js';
import { kernelWriter } from '../../engine/backends/gpu/lower/writer.js';

const program = (
  sources: readonly (readonly [source: string, size: number])[],
  sizes: readonly number[],
): DeviceProgram => ({
  kernels: sources.map(([source, size]) => ({ source, size })),
  arguments: sizes.map((size) => ({ dtype: 'float32', size })),
  literals: [],
  steps: sources.map((_, kernel) => ({ kernel, inputs: sizes.map((__, i) => i) })),
  results: sources.map(([, size], i) => ({ dtype: 'float32', size, value: sizes.length + i })),
  checks: [],
});

const numbers = Float32Array.of(1, 2, 3, 4);
const doubled = [Float32Array.of(2, 4, 6, 8)];

const doubling = (device: Device): DevicePipeline =>
  device.prepare(program([['function (a0) {\n  return 2 * a0[this.thread.x];\n}', 4]], [4]));
/** The parts of a device that tests disturb. */
interface Disturbed {
  readonly queue: { submit(buffers: readonly unknown[]): void };
  createBuffer(descriptor: { readonly size: number; readonly usage: number }): unknown;
}

export function describeWholeNumbers(mode: GpuMode): void {
  describe(`integers on ${mode}`, () => {
    let device: Device;

    beforeAll(async () => {
      device = await openDevice(mode);
    });

    it('are divided rightly by every divisor', async () => {
      const divisors = Array.from({ length: 300 }, (_, i) => i + 1);
      const size = 40_000;
      const sources = divisors.map((n) => {
        const writer = kernelWriter(drawing.includes(mode));
        const [row, column] = writer.coordinates([Math.ceil(size / n), n]);
        return [
          writer.finish(1, `a0[0] * ((${row}) * ${n} + (${column})) + (${column} < ${n} ? 0 : 1e9)`),
          size,
        ] as const;
      });
      const results = await device.prepare(program(sources, [1])).run([Float32Array.of(1)]);
      const own = Float32Array.from({ length: size }, (_, i) => i);
      const wrong = divisors.filter((_, i) => results[i].some((value, k) => value !== own[k]));
      expect(wrong).toEqual([]);
    });

    it('are divided rightly up to 2^24, where one quotient in some thousand would be wrong', async () => {
      const size = 2 ** 24;
      for (const n of [3, 41, 1023, 4095]) {
        const writer = kernelWriter(drawing.includes(mode));
        const [row, column] = writer.coordinates([Math.ceil(size / n), n]);
        const source = writer.finish(1, `a0[0] * (${column} >= 0 && ${column} < ${n} ? ${row} : -1)`);
        const [rows] = await device.prepare(program([[source, size]], [1])).run([Float32Array.of(1)]);
        expect(rows.findIndex((row, i) => row !== Math.floor(i / n))).toBe(-1);
      }
    });
  });
}

export function describeFailures(): void {
  describe('a call that goes wrong on webgpu', () => {
    let device: Device;
    const disturbed = (): Disturbed => device.watched!.device() as object as Disturbed;

    beforeAll(async () => {
      device = await openDevice('webgpu');
    });

    it('is an error if the device reports one', async () => {
      const prepared = doubling(device);
      expect(await prepared.run([numbers])).toEqual(doubled);
      const { queue } = disturbed();
      const submit = queue.submit.bind(queue);
      queue.submit = (buffers) => {
        // Both to be mapped for reading and to store to, which no buffer may be.
        disturbed().createBuffer({ size: 4, usage: 0x81 });
        submit(buffers);
      };
      await expect(prepared.run([numbers])).rejects.toThrow(/gpu: the device reported: .*usage/s);
      queue.submit = submit;
      expect(await prepared.run([numbers])).toEqual(doubled);
    });

    it('is an error if it never ran and the numbers are those of the call before', async () => {
      const prepared = doubling(device);
      await prepared.run([numbers]);
      const { queue } = disturbed();
      const submit = queue.submit.bind(queue);
      queue.submit = () => undefined;
      await expect(prepared.run([Float32Array.of(5, 5, 5, 5)])).rejects.toThrow(
        'gpu: the device did not run call 2 (its mark came back as 1), and what it returned is stale.',
      );
      queue.submit = submit;
      expect(await prepared.run([numbers])).toEqual(doubled);
    });

    it('is made again, once, if the device was lost', async () => {
      const prepared = doubling(device);
      await prepared.run([numbers]);
      const lost = device.watched!.device()!;
      lost.destroy();
      await lost.lost;
      expect(await prepared.run([numbers])).toEqual(doubled);
      expect(device.watched!.device()).not.toBe(lost);
      expect(prepared.execution()).toMatchObject({ executorKind: 'fused-encoder' });
    });
  });
}
