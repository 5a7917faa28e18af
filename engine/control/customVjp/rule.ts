import type { Inline, Plan } from '../../plan/trace/plan.js';

/** The gradient of a function by a rule of the user's, as plans. */
export interface Rule {
  /** Reads `[...args, ...captured]`, gives `[...values, ...residuals]`. */
  readonly forward: Plan;
  /** Reads `[...residuals, ...cotangents of the float values, ...captured]`, gives the cotangents of `targets`. */
  readonly backward: Plan;
  readonly args: number;
  readonly values: number;
  /** The arguments that get a cotangent. */
  readonly targets: readonly number[];
}

/**
 * One function with its rule. Without a gradient `body` is the plan of the function, and its inputs are
 * `[...args, ...captured by f, ...captured by forward, ...captured by backward]`; with one `body` is the rule's forward, whose
 * residuals are further results that are kept, and what f captured is left out.
 */
export interface Custom extends Inline {
  readonly rule: Rule;
  readonly keeps: boolean;
}
