/** Loops of a plan on the gpu backend: written out, or refused. */
import { expect, it } from 'vitest';
import { type Tensor, add, mul, sub, tensor, trace } from '../../engine/index.js';
import { lowerForDevice } from '../../engine/backends/gpu/lower/lower.js';
import { runPasses } from '../../engine/plan/passes.js';
import { choose, loop, writtenOut } from '../compile/controls.js';
import { device, run } from './scripts.js';

const f =
  (length: number, steps: typeof loop) =>
  (x: Tensor, start: Tensor): readonly Tensor[] =>
    steps(
      ([state], [row]) => {
        const next = add(mul(state, 0.5), row);
        return [[next], [sub(next, state)]];
      },
      { carry: [start], items: [x], length, reverse: true },
    );

it('are written out', () => {
  const [x, start] = [
    tensor([
      [1, 2],
      [3, 4],
      [-5, 6],
    ]),
    tensor([0.5, 0.25]),
  ];
  const { lowered } = runPasses(trace(f(3, loop), x, start));
  const { program, written } = lowerForDevice(lowered, device);
  const numbers = run(program, [x.toTypedArray(), start.toTypedArray()]);
  expect(lowered.outputs.map(({ buffer }) => numbers[written.indexOf(buffer)])).toEqual(
    f(3, writtenOut)(x, start).map((result) => Array.from(result.toTypedArray())),
  );
});

it('are refused where that is too much, as choices are', () => {
  const signature = { shape: [3000, 2], dtype: 'float32' } as const;
  const { lowered } = runPasses(trace(f(3000, loop), signature, tensor([0.5, 0.25])));
  expect(() => lowerForDevice(lowered, { ...device, elements: 1e5 })).toThrow(
    'the loops of the plan are 3001 kernels when they are written out, as gpu.js needs them, and at most 2000 are taken; ' +
      'use shorter loops, or the wasm backend.',
  );
  const chosen = (x: Tensor): readonly Tensor[] =>
    choose(
      x,
      ([y]) => [y],
      ([y]) => [mul(y, 2)],
      [x],
    );
  expect(() => lowerForDevice(runPasses(trace(chosen, tensor(1))).lowered, device)).toThrow(
    'the plan has a choice between two branches, and gpu.js runs all kernels of a plan; use the wasm backend.',
  );
});
