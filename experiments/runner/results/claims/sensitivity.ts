/** What a claim's verdict depends on: other margins, tests, budgets, protocols, epochs and baselines. */
import {
  type ClaimDecision,
  type Estimate,
  type IntervalOf,
  type Verdict,
  bootstrapInterval,
  decideClaim,
  isSupported,
  mean,
  signedRankInterval,
} from '../../../stats/index.js';
import { objectiveOf } from '../../../tasks/task.js';
import type { ClaimConfig } from '../../../studies/config.js';
import type { RunData } from '../../record/runData.js';
import { canReach } from './comparison.js';
import { type MeasuredClaim, measureClaim, testedClaim } from './measuredClaim.js';
import { trainingsOf, watchesTuneVal } from '../measures/trainings.js';
import { differencesOf, paired } from './pairs.js';
import { bestResults } from '../measures/trials.js';

/** A verdict on the same claim by other rules or other numbers, at the level of the claim. */
export interface Variation {
  readonly varies: 'margin' | 'test' | 'epoch' | 'rows' | 'trials' | 'selection';
  /** As in `half the margin, 0.01`. */
  readonly label: string;
  readonly comparisons: readonly {
    readonly against: string;
    readonly pairs: number;
    /** The mean difference, and the interval that decides here; null without one. */
    readonly difference: Estimate | null;
  }[];
  readonly verdict: Verdict;
  /** Whether it is another verdict than that of the claim; support of another size is none. */
  readonly flips: boolean;
}

/** All variations of a claim that the run has numbers for. */
export function sensitivityOf(
  data: RunData,
  measured: MeasuredClaim,
  { level, verdict: main }: ClaimDecision,
): readonly Variation[] {
  const { claim } = measured;
  const vary = (
    varies: Variation['varies'],
    label: string,
    varied: MeasuredClaim,
    intervalOf?: IntervalOf,
  ): Variation => {
    const { verdict, comparisons } = decideClaim(testedClaim(data, varied), 1 - level, intervalOf);
    return {
      ...{ varies, label, verdict },
      flips: verdict !== main && !(isSupported(verdict) && isSupported(main)),
      comparisons: varied.compared.map(({ against, pairs, units }, i) => {
        const { interval } = comparisons[i];
        return {
          against: String(against),
          pairs: pairs.keys.length,
          difference: interval === null ? null : { mean: mean(units.differences), ...interval },
        };
      }),
    };
  };
  return [
    ...[0.5, 2].map((factor) => {
      const margin = factor * claim.margin;
      const label = `${factor === 2 ? 'twice' : 'half'} the margin, ${Number(margin.toPrecision(4))}`;
      return vary('margin', label, { ...measured, claim: { ...claim, margin } });
    }),
    ...otherTests(data, measured, 1 - level).map(([label, intervalOf]) =>
      vary('test', label, measured, intervalOf),
    ),
    ...atOtherEpochs(data, claim).map(([label, varied]) => vary('epoch', label, measureClaim(data, varied))),
    ...withoutMetaRows(data, measured).map((varied) =>
      vary('rows', 'without the baselines that also train on the metaVal rows', varied),
    ),
    ...fromTrials(data, claim).map(([varies, label, varied]) => vary(varies, label, varied)),
  ];
}

/** Below this many units a bootstrap interval is too narrow to be held against Student's. */
const leastResampled = 10;

/** The intervals of other tests, where the number of units allows them: signed ranks must be able to reach the error rate. */
function otherTests(
  { config }: RunData,
  { claim, compared }: MeasuredClaim,
  alpha: number,
): readonly (readonly [string, IntervalOf])[] {
  const units = Math.min(...compared.map(({ units: { differences } }) => differences.length));
  const bootstrap: IntervalOf = (differences, level) =>
    bootstrapInterval(differences, mean, { seed: config.seed, level });
  return [
    ...(canReach(claim.test, alpha, units)
      ? [['interval of the signed-rank test', signedRankInterval] as const]
      : []),
    ...(units >= leastResampled ? [['bootstrap interval (BCa)', bootstrap] as const] : []),
  ];
}

/** A claim about a metric after the last epoch, and after the one that was best on tuneVal. */
function atOtherEpochs(data: RunData, claim: ClaimConfig): readonly (readonly [string, ClaimConfig])[] {
  const { measure } = claim;
  if (measure.kind !== 'metric') return [];
  const { epoch = 'last' } = measure;
  const at = { kind: measure.kind, metric: measure.metric };
  const arms = [claim.arm, ...claim.against];
  const isWatched = arms.every((arm) => trainingsOf(data, arm).every(watchesTuneVal));
  return [
    ...(epoch === 'last' ? [] : [['after the last epoch', { ...claim, measure: at }] as const]),
    ...(epoch === 'best' || !isWatched
      ? []
      : [
          [
            'after the epoch that was best on tuneVal',
            { ...claim, measure: { ...at, epoch: 'best' } },
          ] as const,
        ]),
  ];
}

/** The same claim without the comparisons with arms that also train on the rows for meta-learning, if others remain. */
function withoutMetaRows({ config }: RunData, { claim, compared }: MeasuredClaim): readonly MeasuredClaim[] {
  const others = compared.filter(
    ({ against }) => typeof against === 'number' || config.arms[against].trainsOn === 'train',
  );
  return others.length === 0 || others.length === compared.length ? [] : [{ claim, compared: others }];
}

/**
 * A claim about the final objective by what the trials themselves reached on the reported split: the best of fewer or of all trials,
 * chosen on tuneVal, and chosen on the reported split, as the write-ups did. One pair for each search.
 */
function fromTrials(
  data: RunData,
  claim: ClaimConfig,
): readonly (readonly ['trials' | 'selection', string, MeasuredClaim])[] {
  const { arm, against, measure } = claim;
  const { trials, epochs, arms } = data.config;
  const isOfTrials = [arm, ...against].every(
    (name) => Object.keys(arms[name].space).length > 0 && arms[name].sweep === undefined,
  );
  const isObjective = measure.kind === 'metric' && measure.metric === objectiveOf(data.metrics);
  if (against.length === 0 || !isObjective || !isOfTrials) return [];
  const budgets = new Set([trials / 4, trials / 2, trials].map(Math.ceil));
  return [
    ...[...budgets].map(
      (count) =>
        [
          'trials',
          `the best of the first ${count} trials, after their ${epochs.tune} epochs`,
          pairedTrials(data, claim, count),
        ] as const,
    ),
    [
      'selection',
      `the best of all trials on the reported split itself`,
      pairedTrials(data, claim, trials, 'reported'),
    ] as const,
  ].filter(([, , { compared }]) => compared.every(({ pairs }) => pairs.keys.length > 0));
}

function pairedTrials(
  data: RunData,
  claim: ClaimConfig,
  count: number,
  by?: 'tuneVal' | 'reported',
): MeasuredClaim {
  const a = bestResults(data, claim.arm, count, by);
  return {
    claim,
    compared: claim.against.map((against) => {
      const pairs = paired(a, bestResults(data, against, count, by));
      const differences = differencesOf(pairs.a, pairs.b);
      return { against, pairs, units: { differences, searches: pairs.keys.length, isAveraged: false } };
    }),
  };
}
