/** The public functions of the gpu backend's devices. */
import { gpuDevice as deviceOf } from '../../backends/gpu/gpu.js';
import { type DeviceInfo, type GpuMode, gpuModes } from '../../backends/gpu/lower/program.js';
import { deviceThreadAt as threadAt } from '../../backends/gpu/thread/thread.js';
import { isOneOf, kind, requireKind } from '../../core/options.js';

export const isMode = isOneOf(...gpuModes);

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

/** Sets the URL of the compiled `engine/backends/gpu/thread/deviceThread`, for programs that are bundled into one file. */
export function deviceThreadAt(url: URL): void {
  requireKind('deviceThreadAt', 'the address', url, isUrl);
  threadAt(url);
}
