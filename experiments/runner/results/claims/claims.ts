/** Verdicts on a study's claims, by rule. */
import { type ClaimDecision, decideClaims } from '../../../stats/index.js';
import type { RunData } from '../../record/runData.js';
import type { ClaimResult } from './claimResult.js';
import { comparisonOf } from './comparison.js';
import { type MeasuredClaim, measureClaim, testedClaim } from './measuredClaim.js';
import { sentenceOf } from './sentences.js';
import { sensitivityOf } from './sensitivity.js';

export type { ClaimResult } from './claimResult.js';
export type { Comparison } from './comparison.js';

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
