import { expect } from 'vitest';
import { type GradientMatchers, gradientMatchers } from '../engine/check/matcher.js';

declare module 'vitest' {
  // The members are those of the engine's own interface.
  // eslint-disable-next-line @typescript-eslint/no-empty-object-type
  interface Matchers<T> extends GradientMatchers<T> {}
}

expect.extend(gradientMatchers);
