/** Every primitive, and its gradients, compiled for a device. */
import { describe, expect } from 'vitest';
import { itAgrees } from '../compile/everyPrimitive.js';
import type { Way } from './ways.js';

export function describePrimitives({ compile, mode, name }: Way, orders: number): void {
  describe(`every primitive compiled for ${name} agrees with float32 numbers, and so do its VJPs`, () => {
    itAgrees(compile, {
      orders,
      tolerance: 2e-6, // measured: 7.3e-7 on webgpu and webasm
      refuses: { family: 'linalg', message: /works column by column.* compile for the wasm backend/ },
      ran: ({ gpu }) => {
        expect(gpu?.device.mode).toBe(mode);
      },
    });
  });
}
