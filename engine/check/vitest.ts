/**
 * Entry `metagrad/vitest`: its import gives vitest's `expect` the matcher `toHaveCorrectGradients`, with its types. In a test,
 * or in a file of `setupFiles`.
 */
import { expect } from 'vitest';
import '../entry.js';
import { type GradientMatchers, gradientMatchers } from './matcher.js';

declare module 'vitest' {
  // Vitest merges its own interface of this name; type parameters and their names have to be the same.
  // eslint-disable-next-line @typescript-eslint/no-empty-object-type, @typescript-eslint/no-explicit-any
  interface Matchers<T = any> extends GradientMatchers<T> {}
}

expect.extend(gradientMatchers);
