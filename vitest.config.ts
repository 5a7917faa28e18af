import { defineConfig } from 'vitest/config';

/**
 * Tests of pure functions. Their files share the modules of a worker: to load the engine anew for each takes more time than
 * most of their tests. No file here may replace a module or change what others see.
 */
const pure = ['check', 'data', 'io', 'ops', 'primitives', 'rng', 'stats', 'footguns'].map(
  (folder) => `test/${folder}/**/*.test.ts`,
);

export default defineConfig({
  test: {
    testTimeout: 30_000,
    // Every core: the default leaves one idle, which on two cores is half of the machine.
    maxWorkers: '100%',
    projects: [
      { extends: true, test: { name: 'pure', include: pure, isolate: false } },
      { extends: true, test: { name: 'isolated', include: ['test/**/*.test.ts'], exclude: pure } },
    ],
  },
});
