import { type GradcheckOptions, gradcheck } from './gradcheck.js';

/**
 * `gradcheck` as a matcher for vitest and jest. In a test or a setup file:
 *
 *     expect.extend(gradientMatchers);
 *
 * after which `expect(f).toHaveCorrectGradients(args, { order: 2 })` checks f at args, and a failure prints the
 * report. TypeScript learns of it, for vitest, by
 *
 *     declare module 'vitest' {
 *       interface Matchers<T> extends GradientMatchers<T> {}
 *     }
 */
export const gradientMatchers = {
  toHaveCorrectGradients(
    received: (...args: readonly unknown[]) => unknown,
    args: readonly unknown[],
    options: GradcheckOptions = {},
  ): { readonly pass: boolean; readonly message: () => string } {
    const report = gradcheck(received, args, options);
    return { pass: report.ok, message: () => report.toString() };
  },
};

/** What `expect(f)` has after `expect.extend(gradientMatchers)`. */
export interface GradientMatchers<F> {
  /** Passes if the gradients of f agree with differences up to the given order; see `gradcheck`. */
  toHaveCorrectGradients(
    args: F extends (...args: infer Args) => unknown ? Args : never,
    options?: GradcheckOptions,
  ): void;
}
