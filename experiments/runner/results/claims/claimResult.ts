/** What is known of a claim in the end. */
import type { Verdict } from '../../../stats/index.js';
import type { ClaimConfig } from '../../../studies/config.js';
import type { Comparison } from './comparison.js';
import type { Variation } from './sensitivity.js';

/** A claim, what was measured, and what that says. */
export interface ClaimResult {
  readonly id: string;
  readonly statement: string;
  /** What the write-up states, and the figures of its program that support it. */
  readonly stated: string | undefined;
  readonly reproductions: readonly string[];
  readonly arm: string;
  readonly measure: ClaimConfig['measure'];
  readonly test: ClaimConfig['test'];
  readonly margin: number;
  /** The number that the arm is compared with, instead of other arms. */
  readonly value: number | undefined;
  /** The claims that check whether what this one is about took place at all. */
  readonly checks: readonly string[];
  /** Whether it is such a check of another claim; checks are a family of their own. */
  readonly isCheck: boolean;
  readonly comparisons: readonly Comparison[];
  /** The error rate at which the claim would be decided, the same after Holm's correction; null without a test. */
  readonly p: number | null;
  readonly adjustedP: number | null;
  /** 1 less the error rate at which the claim is decided, its share of 5 % for all claims of its family. */
  readonly level: number;
  readonly verdict: Verdict;
  /** The verdict in a sentence. */
  readonly sentence: string;
  /** What other margins, protocols, budgets and tests would say. */
  readonly sensitivity: readonly Variation[];
}
