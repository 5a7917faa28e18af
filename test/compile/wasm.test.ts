import { describe, expect } from 'vitest';
import { compile } from '../../engine/index.js';
import { itAgrees } from './everyPrimitive.js';

describe('every primitive compiled to WebAssembly agrees with float32 numbers, and so do its VJPs to second order', () => {
  itAgrees(compile, {
    orders: 2,
    tolerance: 1.5e-6, // measured: 7.3e-7
    ran: ({ backend }) => {
      expect(backend).toBe('wasm');
    },
  });
});
