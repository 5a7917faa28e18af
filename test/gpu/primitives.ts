/** Every primitive, and its gradients, compiled for a device. */
import { describe, expect } from 'vitest';
import type { GpuMode } from '../../engine/backends/gpu/program.js';
import { itAgrees } from '../compile/everyPrimitive.js';

export function describePrimitives(mode: GpuMode, orders: number): void {
  describe(`every primitive compiled for ${mode} agrees with float32 numbers, and so do its VJPs`, () => {
    itAgrees(
      { backend: 'gpu', mode },
      {
        orders,
        tolerance: 2e-6, // measured: 7.3e-7 on webgpu and webasm
        ran: ({ gpu }) => {
          expect(gpu?.device.mode).toBe(mode);
        },
      },
    );
  });
}
