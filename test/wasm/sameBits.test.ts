/**
 * Kernels written for 256 bits compute the same as those for 128, to the last bit. Where V8 joins pairs of vectors and the
 * optimizing compiler compiles all (`npm run test:wide`), so do joined ones.
 */
import { describe, expect, it } from 'vitest';
import { structureOf } from '../../engine/plan/trace/structure.js';
import { type Tensor, compile } from '../../engine/index.js';
import type { Compilation } from '../../engine/plan/run/backends.js';
import { bytesOf } from '../../engine/ir/array.js';
import type { Executable } from '../../engine/backends/executable.js';
import { compileWasm } from '../../engine/backends/wasm/wasm.js';
import { detectFeatures } from '../../engine/backends/wasm/assembler/features.js';
import { letJoin } from '../../engine/backends/wasm/assembler/wide.js';
import { trainingStep, batchOf } from '../compile/training.js';
import { argumentsOf, families } from './families.js';

const { relaxed, simd: widest } = detectFeatures();

/** The plan for 128 bits and for 256, each run as `run` does; V8 joins pairs of vectors in the second alone, if it can. */
function runBoth(
  { steps, memory }: Compilation,
  run: (executable: Executable) => void,
): readonly Executable[] {
  return ([128, 256] as const).map((simd) => {
    if (widest === 256) letJoin(simd === 256);
    // V8 has one code for modules of the same bytes, so the second has other addresses.
    const offsets = memory.offsets.map((offset) => offset + simd);
    const executable = compileWasm(steps, { offsets, bytes: memory.bytes + simd }, { relaxed, simd });
    run(executable);
    return executable;
  });
}

const bytes = (executable: Executable, buffer: number): Uint8Array => {
  const view = executable.view(buffer);
  return new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
};

/** Fills the arguments, by their numbers from `first` on. */
function fill(executable: Executable, { steps }: Compilation, args: readonly Tensor[], first = 0): void {
  args.forEach((tensor, i) => {
    executable.view(steps.inputs[first + i]).set(tensor.toTypedArray());
  });
}

/** The first result with other bits, and where, or null. */
function difference({ steps }: Compilation, [narrow, wide]: readonly Executable[]): string | null {
  for (const [k, { buffer }] of steps.outputs.entries()) {
    const [a, b] = [bytes(narrow, buffer), bytes(wide, buffer)];
    const at = a.findIndex((byte, i) => byte !== b[i]);
    if (at < 0) continue;
    const i = Math.floor(at / bytesOf(steps.buffers[buffer].dtype));
    return `result ${k}, element ${i}: ${narrow.view(buffer)[i]} and ${wide.view(buffer)[i]}`;
  }
  return null;
}

const sizes = [
  [1, 1],
  [2, 3],
  [7, 8],
  [13, 16],
  [6, 31],
  [37, 53],
  [96, 64],
] as const;

describe.each(['float32'] as const)('kernels of both widths compute the same bits in %s', (dtype) => {
  it.each(Object.entries(families))('%s', (_, family) => {
    for (const size of sizes)
      for (const isAwkward of [false, true]) {
        const args = argumentsOf(family, size, dtype, isAwkward, size[1]);
        const compiled = compile(family.f, 'wasm');
        compiled(...args);
        const [plan] = compiled.plans;
        const both = runBoth(plan, (executable) => {
          fill(executable, plan, args);
          executable.run();
        });
        expect(
          difference(plan, both),
          `${size.join(' x ')}${isAwkward ? ', awkward numbers' : ''}`,
        ).toBeNull();
      }
  });

  it('a training of 50 steps', () => {
    const { step, start } = trainingStep(dtype, 'wasm');
    const leaves: { readonly tensor: Tensor }[] = [];
    structureOf('test', [start], leaves as never);
    const state = leaves.map(({ tensor }) => tensor);
    const copies = state.map((tensor) => tensor.toTypedArray().slice());
    const first = batchOf(dtype, 0);
    step(start, first.x, first.y);
    const [plan] = step.plans;
    const both = runBoth(plan, (executable) => {
      copies.forEach((numbers, i) => {
        executable.view(plan.steps.inputs[i]).set(numbers);
      });
      for (let k = 0; k < 50; k++) {
        const { x, y } = batchOf(dtype, k % 4);
        fill(executable, plan, [x, y], copies.length);
        executable.run();
        // Results that were not written over their arguments.
        plan.steps.outputs.forEach(({ buffer }, i) => {
          const input = plan.steps.inputs[i];
          if (i < copies.length && buffer !== input) executable.view(input).set(executable.view(buffer));
        });
      }
    });
    expect(difference(plan, both)).toBeNull();
    expect([...both[0].view(plan.steps.outputs[0].buffer)].every(Number.isFinite)).toBe(true);
  });
});
