import { expect } from 'vitest';
import { detectFeatures } from '../../engine/backends/wasm/assembler/features.js';
import type { KernelSpec, Signature, Strided, TypedArray } from '../../engine/ir/kernel.js';
import { runKernel } from './support.js';

/** Runs a kernel in the forms for both widths, whose results have to be the same. */
export function runBothWidths(spec: KernelSpec, inputs: readonly Strided[], output: Signature): TypedArray {
  const { relaxed } = detectFeatures();
  const [narrow, wide] = ([128, 256] as const).map((simd) =>
    runKernel(spec, inputs, output, { relaxed, simd }),
  );
  expect(wide).toEqual(narrow);
  return narrow;
}
