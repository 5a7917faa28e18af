/** Long calls are submitted in parts: on a device that only counts and takes its time. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import {
  type Encoder,
  type Submitting,
  submitInParts,
} from '../../engine/backends/gpu/device/submissions.js';

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['performance', 'setTimeout'] });
});
afterEach(() => {
  vi.useRealTimers();
});

/** A device on which pass `p` takes `millisecondsOf(p)`, and the passes and copies of each submission. */
function slowDevice(millisecondsOf: (pass: number) => number): {
  readonly device: Submitting;
  readonly submitted: string[];
} {
  const submitted: string[] = [];
  let busyUntil = 0;
  let passes = 0;
  const device: Submitting = {
    createCommandEncoder(): Encoder {
      const done: string[] = [];
      return {
        beginComputePass: () => ({
          setPipeline: () => undefined,
          setBindGroup: () => undefined,
          dispatchWorkgroups: (x) => done.push(`pass ${x}`),
          end: () => undefined,
        }),
        copyBufferToBuffer: () => done.push('copy'),
        finish: () => ({ __brand: 'GPUCommandBuffer', label: done.join(', ') }),
      };
    },
    queue: {
      submit([{ label }]) {
        submitted.push(label);
        for (const what of label.split(', '))
          if (what.startsWith('pass'))
            busyUntil = Math.max(busyUntil, performance.now()) + millisecondsOf(passes++);
      },
      onSubmittedWorkDone: () => new Promise((resolve) => setTimeout(resolve, busyUntil - performance.now())),
    },
  };
  submitInParts(device);
  return { device, submitted };
}

/** What gpu.js does for a call of `passes` passes: records all, copies the results, submits, and waits. */
async function call(device: Submitting, program: object, passes: number): Promise<void> {
  const encoder = device.createCommandEncoder();
  for (let i = 0; i < passes; i++) {
    const pass = encoder.beginComputePass();
    pass.setPipeline({});
    pass.setBindGroup(0, program);
    pass.dispatchWorkgroups(i, 1, 1);
    pass.end();
  }
  encoder.copyBufferToBuffer({}, 0, {}, 0, 4);
  device.queue.submit([encoder.finish()]);
  await vi.runAllTimersAsync();
}

/** How many passes each submission had, which this forgets. */
const lengths = (submitted: string[]): number[] =>
  submitted.splice(0).map((label) => label.split(', ').filter((what) => what !== 'copy').length);
const passesTo = (n: number): string[] => Array.from({ length: n }, (_, i) => `pass ${i}`);

describe('a long call', () => {
  it('is submitted in parts, in order, with the copies of its results at the end', async () => {
    const { device, submitted } = slowDevice(() => 1);
    await call(device, {}, 70);
    expect(submitted.join(', ').split(', ')).toEqual([...passesTo(70), 'copy']);
    expect(lengths(submitted)).toEqual([32, 32, 6]);
  });

  it('has parts of a quarter of a second from its second time on', async () => {
    const { device, submitted } = slowDevice(() => 10);
    const program = {};
    await call(device, program, 100);
    lengths(submitted);
    for (let k = 0; k < 3; k++) {
      await call(device, program, 100);
      expect(lengths(submitted)).toEqual([25, 25, 25, 25]);
    }
  });

  it('goes as one if it is short, also when it was long before', async () => {
    let milliseconds = 100;
    const { device, submitted } = slowDevice(() => milliseconds);
    const program = {};
    for (let k = 0; k < 2; k++) await call(device, program, 100);
    milliseconds = 0.02;
    await call(device, program, 100);
    lengths(submitted);
    await call(device, program, 100);
    expect(lengths(submitted)).toEqual([100]);
  });

  it('is cut by its slowest part, and as its own times say, not those of others', async () => {
    let isSlow = (pass: number): boolean => pass >= 40 && pass < 50;
    const { device, submitted } = slowDevice((pass) => (isSlow(pass % 100) ? 100 : 0.1));
    const [uneven, even] = [{}, {}];
    for (let k = 0; k < 4; k++) await call(device, uneven, 100);
    lengths(submitted);
    await call(device, uneven, 100);
    expect(Math.max(...lengths(submitted))).toBeLessThanOrEqual(4);
    isSlow = () => false;
    for (let k = 0; k < 2; k++) await call(device, even, 100);
    expect(lengths(submitted).at(-1)).toBe(100);
  });

  it('is submitted pass by pass at most, if one takes longer than that', async () => {
    const { device, submitted } = slowDevice(() => 1000);
    const program = {};
    await call(device, program, 3);
    lengths(submitted);
    await call(device, program, 3);
    expect(lengths(submitted)).toEqual([1, 1, 1]);
  });
});
