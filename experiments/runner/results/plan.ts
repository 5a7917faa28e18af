/** The number of seeds that decides each claim of a study, and their cost, from a pilot run. */
import { pairsFor, standardDeviation } from '../../stats/index.js';
import type { ClaimConfig } from '../../studies/config.js';
import { armsOfClaim, neededArms } from '../../studies/neededArms.js';
import type { RunData } from '../record/runData.js';
import { type ClaimResult, evaluateClaims } from './claims/claims.js';
import { smallestEffect } from './claims/comparison.js';

/** What a plan aims at. */
export interface PlanAims {
  /** The probability with which each claim is to be decided, if the difference is as large as its margin. */
  readonly power: number;
  /** More seeds than this are not planned. */
  readonly most: number;
  /** A margin for all claims, instead of their own. */
  readonly margin?: number;
}

/** What decides a claim. */
export interface ClaimPlan {
  readonly id: string;
  readonly statement: string;
  readonly test: ClaimConfig['test'];
  readonly margin: number;
  /** The error rate that it has while all claims of its family are open: the least of Holm's. */
  readonly alpha: number;
  /** The standard deviation of the paired differences in the pilot, of the comparison that varies most; null if unknown. */
  readonly sd: number | null;
  /** The pairs that decide it, one for each seed; null if the pilot does not say. */
  readonly pairs: number | null;
  /** The seconds of its arms for these seeds; null if unknown. */
  readonly seconds: number | null;
  /** The difference that the planned number of seeds finds with the power aimed at; null if unknown. */
  readonly detectable: number | null;
  /** Why the pilot does not say, or undefined. */
  readonly unknown?: string;
}

export interface Plan {
  readonly claims: readonly ClaimPlan[];
  /** The seeds to run: those that the most demanding claim needs, but not more than the cap. */
  readonly seeds: number;
  /** The seconds of a whole run with these seeds, with as many workers as the pilot had. */
  readonly seconds: number;
  /** The claims that these seeds do not decide with the power aimed at. */
  readonly open: readonly string[];
}

/** The plan that follows from a pilot which took `seconds` from start to end. */
export function planOf(data: RunData, seconds: number, aims: PlanAims): Plan {
  const { config } = data;
  const results = evaluateClaims(data);
  const needs = results.map((result) => needOf(result, results, aims));
  const known = needs.flatMap(({ pairs }) => pairs ?? []);
  const seeds = known.length === 0 ? aims.most : Math.min(Math.max(2, ...known), aims.most);
  const work = secondsOfArms(data);
  const total = sum(work.values());
  const share = (names: ReadonlySet<string>): number =>
    total === 0 ? 1 : sum([...names].map((name) => work.get(name) ?? 0)) / total;
  const perSeed = seconds / Math.max(1, config.seeds);
  const claims = needs.map((need, i): ClaimPlan => {
    const { pairs, sd, alpha, test } = need;
    const arms = neededArms(config.arms, armsOfClaim(config.claims[i]));
    const effect = smallestEffect(test, { n: seeds, alpha, power: aims.power });
    return {
      ...need,
      seconds: pairs === null ? null : pairs * perSeed * share(arms),
      detectable: sd === null ? null : effect * sd,
    };
  });
  const open = claims.filter(({ pairs }) => pairs === null || pairs > seeds).map(({ id }) => id);
  return { claims, seeds, seconds: seeds * perSeed, open };
}

type Need = Omit<ClaimPlan, 'seconds' | 'detectable'>;

function needOf(
  claim: ClaimResult,
  claims: readonly ClaimResult[],
  { power, margin = claim.margin }: PlanAims,
): Need {
  const { id, statement, test, comparisons, isCheck } = claim;
  // The family: all checks, or all that are none.
  const alpha = 0.05 / claims.filter((other) => other.isCheck === isCheck).length;
  const shared = { id, statement, test, margin, alpha };
  const unknown = (why: string): Need => ({ ...shared, sd: null, pairs: null, unknown: why });
  if (comparisons.length === 0 || comparisons.some(({ differences }) => differences.length < 2))
    return unknown('there are fewer than two pairs');
  const diverged = comparisons
    .flatMap(({ differences }) => differences)
    .filter((each) => !Number.isFinite(each));
  if (diverged.length > 0)
    return unknown(
      `${diverged.length === 1 ? 'a pair has' : `${diverged.length} pairs have`} a training that diverged`,
    );
  // A claim against several arms needs all comparisons, so the one that varies most says how many pairs.
  const sd = Math.max(...comparisons.map(({ differences }) => standardDeviation(differences)));
  // As where both arms of all pairs were tuned to the same value: that they never differ more is not known.
  if (sd === 0) return unknown('all pairs differ by the same');
  return { ...shared, sd, pairs: pairsFor({ sd, margin, test, alpha, power }) };
}

/** The seconds that the searches and trainings of each arm took, whatever ran beside them. */
function secondsOfArms({ searches, trained }: RunData): ReadonlyMap<string, number> {
  const work = new Map<string, number>();
  const add = (arm: string, seconds: number): void => void work.set(arm, (work.get(arm) ?? 0) + seconds);
  for (const { arm, seconds } of trained) add(arm, seconds.at(-1) ?? 0);
  for (const { arm, study } of searches)
    for (const { started, completed } of study.trials)
      if (started !== null && completed !== null) add(arm, (completed.getTime() - started.getTime()) / 1000);
  return work;
}

const sum = (values: Iterable<number>): number => [...values].reduce((total, value) => total + value, 0);
