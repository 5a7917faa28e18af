import { defineConfig } from 'vitest/config';

export default defineConfig({
  // Every core: the default leaves one idle, which on two cores is half of the machine.
  test: { include: ['test/**/*.test.ts'], testTimeout: 30_000, maxWorkers: '100%' },
});
