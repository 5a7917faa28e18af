/** What has no room on a device is refused when it is compiled, with its sizes. */
import { describe, expect, it } from 'vitest';
import { lowerForDevice } from '../../engine/backends/gpu/lower/lower.js';
import { bytesText, memoryOf } from '../../engine/backends/gpu/lower/memory.js';
import type { DeviceInfo, DeviceProgram } from '../../engine/backends/gpu/lower/program.js';
import type { ScalarExpression } from '../../engine/ir/expression.js';
import type { LoweredPlan, Operand } from '../../engine/ir/plan.js';

const device: DeviceInfo = {
  mode: 'webgpu',
  adapter: 'a small one',
  isSoftware: false,
  arrays: 8,
  elements: 1000,
  resultNumbers: 3000,
};

const doubled: ScalarExpression = {
  kind: 'binary',
  fn: 'mul',
  a: { kind: 'input', index: 0 },
  b: { kind: 'constant', value: 2 },
};

const whole = (buffer: number, size: number): Operand => ({ buffer, shape: [size], strides: [1], offset: 0 });

/** Doubles an argument `times` times, from result to result. */
const doublings = (size: number, times: number, dtype: 'float32' | 'float64' = 'float32'): LoweredPlan => ({
  buffers: Array.from({ length: times + 1 }, () => ({ dtype, size })),
  stages: Array.from({ length: times }, (_, i) => [
    {
      spec: { family: 'map', expression: doubled },
      inputs: [whole(i, size)],
      outputs: [whole(i + 1, size)],
      signature: { shape: [size], dtype },
    },
  ]),
  inputs: [0],
  literals: [],
  outputs: Array.from({ length: times }, (_, i) => whole(i + 1, size)),
});

describe('a plan for a device is refused', () => {
  it('where an array is larger than its buffers, naming the step', () => {
    expect(() => lowerForDevice(doublings(1000, 1), device)).not.toThrow();
    expect(() => lowerForDevice(doublings(1001, 1), device)).toThrow(
      "compile: map of [1001] -> float32[1001] cannot run on gpu.js: an array of 1001 elements; the device's arrays have 1000 at most (3.9 KiB). Use the wasm backend, or smaller batches",
    );
  });

  it('where its results are more than one buffer, in which they come back', () => {
    expect(() => lowerForDevice(doublings(996, 3), device)).not.toThrow();
    expect(() => lowerForDevice(doublings(1000, 3), device)).toThrow(
      'compile: the 3 results of the plan are 11.7 KiB, the largest of 1000, 1000, 1000 elements; they come back in one buffer of the device, which holds 11.7 KiB.',
    );
  });

  it('where it is float64, naming the step', () => {
    expect(() => lowerForDevice(doublings(3, 1, 'float64'), device)).toThrow(
      /compile: buffer 0 of 2 is float64, in map of \[3\] -> float64\[3\], and gpu\.js/,
    );
  });
});

describe('the memory of a program', () => {
  const program = (steps: DeviceProgram['steps'], result: number): DeviceProgram => ({
    kernels: [100, 50].map((size) => ({ source: '', size })),
    arguments: [{ dtype: 'float32', size: 100 }],
    literals: [],
    steps,
    results: [{ dtype: 'float32', size: 100, value: result }],
    checks: [],
  });

  it('holds what is read later, and once more what is not', () => {
    // Each reads the value before: two arrays take turns, besides the argument and what is read back.
    const chain = Array.from({ length: 10 }, (_, i) => ({ kernel: 0, inputs: [i] }));
    expect(memoryOf(program(chain, 10)).arrays).toEqual([416, 400, 400, 400]);
    // The last reads all of them.
    const fan = [...chain.slice(0, 9), { kernel: 0, inputs: chain.map((_, i) => i) }];
    expect(memoryOf(program(fan, 10)).arrays).toHaveLength(2 + 10);
    // Another size has arrays of its own.
    const mixed = [...chain, { kernel: 1, inputs: [10] }];
    expect(memoryOf(program(mixed, 10)).arrays).toEqual([416, 400, 400, 400, 200]);
  });

  it('is written in the unit that fits', () => {
    expect([0, 1023, 2048, 5 * 2 ** 19, 3 * 2 ** 40].map(bytesText)).toEqual([
      '0 bytes',
      '1023 bytes',
      '2 KiB',
      '2.5 MiB',
      '3072 GiB',
    ]);
  });
});
