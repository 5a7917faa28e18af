import { type GradcheckOptions, gradcheck } from './gradcheck.js';
import type { OwnGradient } from './ownGradient.js';

/**
 * `gradcheck` as a matcher of vitest and Jest: after `expect.extend(gradientMatchers)`,
 * `expect(f).toHaveCorrectGradients(args, { order: 2 })` and `expect({ f, df }).toHaveCorrectGradients(args)` check gradients at
 * args, and a failure prints the report. With vitest, `import 'metagrad/vitest'` does both for a test and its types.
 */
export const gradientMatchers = {
  toHaveCorrectGradients(
    received: ((...args: readonly unknown[]) => unknown) | OwnGradient<readonly unknown[], unknown>,
    args: readonly unknown[],
    options: GradcheckOptions = {},
  ): { readonly pass: boolean; readonly message: () => string } {
    const report =
      typeof received === 'function'
        ? gradcheck(received, args, options)
        : gradcheck(received, args, options);
    return { pass: report.ok, message: () => report.toString() };
  },
};

/** The matchers of `expect(received)` after `expect.extend(gradientMatchers)`. */
export interface GradientMatchers<Received> {
  /** Passes if the gradients of f agree with differences up to the given order; see `gradcheck`. */
  toHaveCorrectGradients(
    args: Received extends (...args: infer Args) => unknown
      ? Args
      : Received extends { readonly f: (...args: infer Args) => unknown }
        ? Args
        : never,
    options?: GradcheckOptions,
  ): void;
}
