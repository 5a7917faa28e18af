/** Verdicts on a study's claims, by rule. */
import { type ClaimDecision, type Hypothesis, type TestedClaim, type Verdict, decideClaims } from '../../stats/index.js';
import type { ClaimConfig } from '../../studies/config.js';
import type { RunData } from '../record/runData.js';
import { type Comparison, betterSide, comparisonOf } from './comparison.js';
import { type Pairs, type Units, pairsOf, unitsOf } from './pairs.js';
import { sentenceOf } from './sentences.js';
import { type Variation, sensitivityOf } from './sensitivity.js';

export type { Comparison } from './comparison.js';

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

/** A claim of the configuration with its numbers. */
export interface MeasuredClaim {
  readonly claim: ClaimConfig;
  readonly compared: readonly { readonly against: string | number; readonly pairs: Pairs; readonly units: Units }[];
}

/** The results of all claims. Main claims share an error rate of 5 %, and manipulation checks another one. */
export function evaluateClaims(data: RunData): readonly ClaimResult[] {
  const { claims } = data.config;
  const named = new Set(claims.flatMap(({ checks }) => checks));
  const measured = claims.map((claim) => measureClaim(data, claim));
  const decisions = new Map(
    [true, false].flatMap((isCheck) => {
      const family = measured.filter(({ claim }) => named.has(claim.id) === isCheck);
      const decided = decideClaims(family.map((one) => testedClaim(data, one)));
      return family.map((one, i) => [one, decided[i]] as const);
    }),
  );
  const results = measured.map((one) => resultOf(data, one, decisions.get(one)!, named.has(one.claim.id)));
  return results.map((result) => ({
    ...result,
    sentence: sentenceOf(
      data,
      result,
      results.filter(({ id }) => result.checks.includes(id)),
    ),
  }));
}

/** The numbers of a claim, by another measure or against other arms if these are given. */
export function measureClaim(data: RunData, claim: ClaimConfig): MeasuredClaim {
  const others = claim.value === undefined ? claim.against : [claim.value];
  return {
    claim,
    compared: others.map((against) => {
      const pairs = pairsOf(data, claim, against);
      return { against, pairs, units: unitsOf(data, claim, against, pairs) };
    }),
  };
}

/** A claim as statistics see it. */
export const testedClaim = (data: RunData, { claim, compared }: MeasuredClaim): TestedClaim => ({
  ...hypothesisOf(data, claim),
  comparisons: compared.map(({ units }) => units.differences),
});

export const hypothesisOf = (data: RunData, claim: ClaimConfig): Hypothesis => ({
  test: claim.test,
  margin: claim.margin,
  better: betterSide(data, claim),
});

function resultOf(
  data: RunData,
  measured: MeasuredClaim,
  decision: ClaimDecision,
  isCheck: boolean,
): Omit<ClaimResult, 'sentence'> {
  const { claim, compared } = measured;
  const { id, statement, stated, reproductions, arm, measure, test, margin, value, checks } = claim;
  const { p, adjustedP, level, verdict } = decision;
  return {
    ...{ id, statement, stated, reproductions, arm, measure, test, margin, value, checks, isCheck },
    comparisons: compared.map(({ against, pairs, units }, i) =>
      comparisonOf(data, claim, against, pairs, units, decision.comparisons[i]),
    ),
    ...{ p, adjustedP, level, verdict },
    sensitivity: sensitivityOf(data, measured, decision),
  };
}
