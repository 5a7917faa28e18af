/**
 * Kernels written for 256 bits compute the same as those for 128, to the last bit. Where V8 joins pairs of vectors and the
 * optimizing compiler compiles all (`npm run test:wide`), so do joined ones.
 */
import { describe, expect, it } from 'vitest';
import { type Leaf, structureOf } from '../../../engine/plan/trace/structure.js';
import { compile } from '../../../engine/index.js';
import type { TypedArray } from '../../../engine/ir/kernel.js';
import type { Executable } from '../../../engine/backends/executable.js';
import { detectFeatures } from '../../../engine/backends/wasm/assembler/features.js';
import { letJoin } from '../../../engine/backends/wasm/assembler/wide.js';
import { compileWasm } from '../../../engine/backends/wasm/wasm.js';
import type { Compilation } from '../../../engine/plan/run/backends.js';
import { batchOf, trainingStep } from '../../compile/training.js';
import { argumentsOf, families } from './families.js';

const { relaxed, simd: widest } = detectFeatures();

/**
 * The results of each run of a plan, in vectors of 128 bits and of 256. V8 joins pairs in the second alone, where it can. `before`
 * prepares a run.
 */
function resultsOf(
  { steps, memory }: Compilation,
  runs: number,
  before: (executable: Executable, run: number) => void,
): readonly (readonly TypedArray[][])[] {
  return ([128, 256] as const).map((simd) => {
    if (widest === 256) letJoin(simd === 256);
    // V8 has one code for modules of the same bytes, so the second has other addresses.
    const offsets = memory.offsets.map((offset) => offset + simd);
    const executable = compileWasm(steps, { offsets, bytes: memory.bytes + simd }, { relaxed, simd });
    return Array.from({ length: runs }, (_, run) => {
      before(executable, run);
      executable.run();
      return steps.outputs.map(({ buffer }) => executable.view(buffer).slice());
    });
  });
}

/** Writes arguments into the plan's memory, from number `first` on. */
function fill(executable: Executable, { steps }: Compilation, args: readonly TypedArray[], first = 0): void {
  args.forEach((numbers, i) => {
    executable.view(steps.inputs[first + i]).set(numbers);
  });
}

/** The first result with other bits, and where, or null. */
function difference([narrow, wide]: readonly (readonly TypedArray[][])[]): string | null {
  for (const [run, results] of narrow.entries())
    for (const [k, a] of results.entries()) {
      const b = wide[run][k];
      const bytes = [a, b].map(({ buffer }) => new Uint8Array(buffer));
      const at = bytes[0].findIndex((byte, i) => byte !== bytes[1][i]);
      if (at < 0) continue;
      const i = Math.floor(at / a.BYTES_PER_ELEMENT);
      return `run ${run}, result ${k}, element ${i}: ${a[i]} and ${b[i]}`;
    }
  return null;
}

const anySize = (): number => 1 + Math.floor(70 * Math.random());
const sizes = [
  [1, 1],
  [3, 2],
  [7, 16],
  [37, 53],
  [anySize(), anySize()],
] as const;

describe.each(['float32', 'float64'] as const)(
  'kernels of both widths compute the same bits in %s',
  (dtype) => {
    it.each(Object.entries(families))('%s', (_, family) => {
      for (const size of sizes) {
        const inputs = [false, true].map((isAwkward) => argumentsOf(family, size, dtype, isAwkward, size[1]));
        const compiled = compile(family.f, 'wasm');
        compiled(...inputs[0]);
        const [plan] = compiled.plans;
        const results = resultsOf(plan, inputs.length, (executable, run) => {
          fill(
            executable,
            plan,
            inputs[run].map((tensor) => tensor.toTypedArray()),
          );
        });
        expect(difference(results), size.join(' x ')).toBeNull();
      }
    });

    it('a training of 50 steps', () => {
      const { step, start } = trainingStep(dtype, 'wasm');
      const leaves: Leaf[] = [];
      structureOf('start', [start], leaves);
      const state = leaves.map(({ tensor }) => tensor.toTypedArray().slice());
      const batches = [0, 1, 2, 3].map((seed) => batchOf(dtype, seed));
      step(start, batches[0].x, batches[0].y);
      const [plan] = step.plans;
      const results = resultsOf(plan, 50, (executable, run) => {
        if (run === 0) fill(executable, plan, state);
        // Results follow the order of the state, and those that are not written over it go back into it.
        else
          state.forEach((_, i) => {
            executable.view(plan.steps.inputs[i]).set(executable.view(plan.steps.outputs[i].buffer));
          });
        const { x, y } = batches[run % batches.length];
        fill(
          executable,
          plan,
          [x, y].map((tensor) => tensor.toTypedArray()),
          state.length,
        );
      });
      expect(difference(results)).toBeNull();
      const losses = results[0].map((outputs) => outputs.at(-1)![0]);
      // On the same batch.
      expect(losses[48]).toBeLessThan(0.75 * losses[0]);
    });
  },
);
