import { defineConfig } from 'vitest/config';

/** The tests that need WebGPU, in one process at a time: software drivers use all cores already. */
export default defineConfig({
  test: {
    include: ['test/gpu/**/*.gpu.ts'],
    testTimeout: 120_000,
    hookTimeout: 60_000,
    fileParallelism: false,
  },
});
