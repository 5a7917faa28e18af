/** Buffers that are written part by part, as values of a device, which never change. */
import { expect, it } from 'vitest';
import { type Tensor, cat, mul, tensor, trace } from '../../engine/index.js';
import { lowerForDevice } from '../../engine/backends/gpu/lower/lower.js';
import { runPasses } from '../../engine/plan/passes.js';
import { device, run } from './scripts.js';

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
