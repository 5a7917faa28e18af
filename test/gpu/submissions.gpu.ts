/** A long call is submitted in parts on a real device too, and gives what it gives as one. */
import { expect, it } from 'vitest';
import { openDevice } from '../../engine/backends/gpu/device/device.js';
import type { DeviceProgram } from '../../engine/backends/gpu/lower/program.js';

/** So many kernels, each reading the two before: in another order they would give something else. */
const chainOf = (steps: number, size: number): DeviceProgram => ({
  kernels: [
    {
      source: 'function (a0, a1) {\n  return 0.5 * a0[this.thread.x] - 0.25 * a1[this.thread.x] + 1;\n}',
      size,
    },
  ],
  arguments: [0, 1].map(() => ({ dtype: 'float32', size })),
  literals: [],
  steps: Array.from({ length: steps }, (_, i) => ({ kernel: 0, inputs: [i, i + 1] })),
  results: [{ dtype: 'float32', size, value: steps + 1 }],
  checks: [],
});

it('a call of 300 kernels is submitted in parts until it is known to be short', async () => {
  const [steps, size] = [300, 1000];
  const device = await openDevice('webgpu');
  const prepared = device.prepare(chainOf(steps, size));
  const given = [1, 2].map((k) =>
    Float32Array.from({ length: size }, (_, i) => Math.fround(Math.sin(k * i))),
  );

  // The first call makes the device and builds the kernels.
  const results = await prepared.run(given);
  const { queue } = device.watched!.device()!;
  const submit = queue.submit.bind(queue);
  let submissions = 0;
  queue.submit = (commands) => {
    submissions++;
    submit(commands);
  };
  const other = device.prepare(chainOf(steps, size));
  expect(await other.run(given)).toEqual(results);
  expect(submissions).toBe(Math.ceil((steps + 1) / 32));
  for (let call = 0; call < 3; call++) {
    submissions = 0;
    expect(await other.run(given)).toEqual(results);
    expect(submissions).toBeLessThan(Math.ceil((steps + 1) / 32));
  }
  queue.submit = submit;

  let [a, b] = given;
  for (let k = 0; k < steps; k++) [a, b] = [b, a.map((x, i) => 0.5 * x - 0.25 * b[i] + 1)];
  const largest = Math.max(...b.map(Math.abs));
  results[0].forEach((x, i) => {
    expect(Math.abs(x - b[i])).toBeLessThan(1e-5 * largest);
  });
});
