/** The public functions that tell what plans run on. */
import { gpuDevice as deviceOf } from '../../backends/gpu/gpu.js';
import { type DeviceInfo, type GpuMode, gpuModes } from '../../backends/gpu/lower/program.js';
import { deviceThreadAt as threadAt } from '../../backends/gpu/thread/thread.js';
import { type Features, type SimdWidth, featuresFor } from '../../backends/wasm/assembler/features.js';
import { isOneOf, kind, requireKind } from '../../core/options.js';

export const isMode = isOneOf(...gpuModes);

export const isSimd = kind(
  "128, 256 or 'auto'",
  (value) => value === 128 || value === 256 || value === 'auto',
);

const isUrl = kind(
  "a URL, as in new URL('./deviceThread.js', import.meta.url)",
  (value) => value instanceof URL,
);

/**
 * The device of a mode: its name and limits.
 *
 * @throws Error where there is none, with what to do about it.
 */
export function gpuDevice(mode: GpuMode): DeviceInfo {
  requireKind('gpuDevice', 'mode', mode, isMode);
  return deviceOf(mode);
}

/**
 * The features of WebAssembly that plans on wasm and large eager products use: relaxed SIMD, and the width of vectors in
 * bits. The first call in a process may measure for 20 ms.
 *
 * @param simd As in the options of `compile`.
 * @throws UsageError for 256 where it cannot be had, with why.
 */
export function wasmFeatures(simd?: SimdWidth): Features {
  if (simd !== undefined) requireKind('wasmFeatures', 'simd', simd, isSimd);
  return featuresFor(simd);
}

/** Sets the URL of the compiled `engine/backends/gpu/thread/deviceThread`, for programs that are bundled into one file. */
export function deviceThreadAt(url: URL): void {
  requireKind('deviceThreadAt', 'the address', url, isUrl);
  threadAt(url);
}
