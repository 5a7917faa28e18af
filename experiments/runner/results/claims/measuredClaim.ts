/** A claim with its numbers, as statistics see it. */
import type { Hypothesis, TestedClaim } from '../../../stats/index.js';
import type { ClaimConfig } from '../../../studies/config.js';
import type { RunData } from '../../record/runData.js';
import { betterSide } from '../measures/measures.js';
import { type Pairs, type Units, pairsOf, unitsOf } from './pairs.js';

/** A claim of the configuration with its numbers. */
export interface MeasuredClaim {
  readonly claim: ClaimConfig;
  readonly compared: readonly {
    readonly against: string | number;
    readonly pairs: Pairs;
    readonly units: Units;
  }[];
}

/** The numbers of a claim. */
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

const hypothesisOf = (data: RunData, claim: ClaimConfig): Hypothesis => ({
  test: claim.test,
  margin: claim.margin,
  better: betterSide(data, claim),
});
