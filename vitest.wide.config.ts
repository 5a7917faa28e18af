import { defineConfig } from 'vitest/config';

/** The tests of plans once more as V8's optimizing compiler alone compiles them: see docs/campaigns.md. */
export default defineConfig({
  test: {
    include: ['test/{wasm,compile}/**/*.test.ts'],
    isolate: false,
    maxWorkers: '100%',
    testTimeout: 60_000,
    env: { METAGRAD_SIMD: '256' },
    // Otherwise most tests run the baseline compiler's code, in which no vectors are joined.
    execArgv: ['--no-liftoff', '--no-wasm-tier-up'],
  },
});
