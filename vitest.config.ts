import { defineConfig } from 'vitest/config';

/**
 * Folders whose files share the modules of a worker: loading the engine anew for each takes more time than most of their
 * tests. No file here may replace a module, change what others see, or measure memory that others may free.
 */
const shared = [
  ...[
    'check',
    'compile',
    'control',
    'data',
    'files',
    'footguns',
    'golden',
    'inspect',
    'io',
    'ops',
    'optimizers',
  ],
  ...[
    'options',
    'plan',
    'primitives',
    'report',
    'rng',
    'runner',
    'stats',
    'studies',
    'transformations',
    'wasm',
  ],
].map((folder) => `test/${folder}/**/*.test.ts`);

export default defineConfig({
  test: {
    testTimeout: 30_000,
    // Every core: the default leaves one idle, which on two cores is half of the machine.
    maxWorkers: '100%',
    projects: [
      { extends: true, test: { name: 'shared', include: shared, isolate: false } },
      { extends: true, test: { name: 'isolated', include: ['test/**/*.test.ts'], exclude: shared } },
    ],
  },
});
