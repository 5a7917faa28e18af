/** `auto` where wasm is faster, as it is on every processor, and where it is made to be slower. */
import { afterAll, beforeAll, describe, vi } from 'vitest';
import type { Executable } from '../../engine/backends/executable.js';
import { describeAuto } from './auto.js';
import { withDeviceThread } from './support.js';

const isSlow = vi.hoisted(() => ({ now: false }));

/** Every run of a wasm plan takes 5 ms more. */
vi.mock('../../engine/backends/wasm/wasm.js', async (original) => {
  const wasm = await original<typeof import('../../engine/backends/wasm/wasm.js')>();
  return {
    ...wasm,
    compileWasm(...args: Parameters<typeof wasm.compileWasm>): Executable {
      const executable = wasm.compileWasm(...args);
      return {
        ...executable,
        run() {
          const until = performance.now() + 5;
          while (isSlow.now && performance.now() < until);
          executable.run();
        },
      };
    },
  };
});

withDeviceThread();

describeAuto('webasm', 'wasm');

describe('where wasm is slow', () => {
  beforeAll(() => {
    isSlow.now = true;
  });
  afterAll(() => {
    isSlow.now = false;
  });
  describeAuto('webasm', 'gpu');
});
