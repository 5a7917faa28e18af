import {
  type Estimate,
  type Verdict,
  meanInterval,
  pairedDifference,
  verdictBelowZero,
} from '../stats/paired.js';
import type { Arm, Parameters, StudyDefinition, StudyConfig } from '../studies/study.js';
import type { EpochRow, Measurements } from './measurements.js';

/** What a run found; the content of `summary.json`. */
export interface Results {
  readonly arms: readonly ArmResult[];
  readonly claims: readonly ClaimResult[];
}

export interface ArmResult {
  readonly arm: string;
  /** Trials of the search that ended, and the best of them; null before the first. */
  readonly trials: number;
  readonly best: { readonly parameters: Parameters; readonly loss: number } | null;
  /** Final losses and accuracies on the reported split, one for each fresh seed that is complete. */
  readonly finals: readonly { readonly seed: number; readonly loss: number; readonly accuracy: number }[];
  /** Their means with 95 % intervals; null before the first. */
  readonly loss: Estimate | null;
  readonly accuracy: Estimate | null;
}

export interface ClaimResult {
  readonly id: string;
  readonly statement: string;
  /** Final loss of the claim's arm minus that of the other, paired by seed; null without a complete pair. */
  readonly difference: Estimate | null;
  readonly pairs: number;
  readonly verdict: Verdict;
}

export function summarize(
  study: StudyDefinition,
  config: StudyConfig,
  arms: readonly Arm[],
  measured: Measurements,
): Results {
  const results = arms.map((arm) => armResult(arm.name, config, measured));
  const finalLosses = new Map(
    results.map(({ arm, finals }) => [arm, new Map(finals.map((f) => [f.seed, f.loss]))]),
  );
  const claims = study.claims.map(({ id, statement, arm, against, margin }): ClaimResult => {
    const others = finalLosses.get(against)!;
    const pairs = [...finalLosses.get(arm)!].filter(([seed]) => others.has(seed));
    if (pairs.length === 0) return { id, statement, difference: null, pairs: 0, verdict: 'inconclusive' };
    const difference = pairedDifference(
      pairs.map(([, loss]) => loss),
      pairs.map(([seed]) => others.get(seed)!),
    );
    return { id, statement, difference, pairs: pairs.length, verdict: verdictBelowZero(difference, margin) };
  });
  return { arms: results, claims };
}

function armResult(arm: string, config: StudyConfig, { epochs, trials }: Measurements): ArmResult {
  const ended = trials.filter((trial) => trial.arm === arm);
  const complete = ended.filter(({ state }) => state === 'complete');
  const best = complete.reduce<(typeof complete)[number] | null>(
    (a, b) => (a !== null && a.loss <= b.loss ? a : b),
    null,
  );
  const finals = [...curvesBySeed(arm, epochs)]
    .filter(([, curve]) => curve.length === config.epochs)
    .map(([seed, curve]) => ({
      seed,
      loss: curve.at(-1)!.metrics.loss,
      accuracy: curve.at(-1)!.metrics.accuracy,
    }));
  return {
    arm,
    trials: ended.length,
    best: best && { parameters: best.parameters, loss: best.loss },
    finals,
    loss: finals.length === 0 ? null : meanInterval(finals.map(({ loss }) => loss)),
    accuracy: finals.length === 0 ? null : meanInterval(finals.map(({ accuracy }) => accuracy)),
  };
}

/** The epochs of the runs on fresh seeds, by seed. */
export function curvesBySeed(arm: string, epochs: readonly EpochRow[]): Map<number, EpochRow[]> {
  const curves = new Map<number, EpochRow[]>();
  for (const row of epochs) {
    if (row.phase !== 'final' || row.arm !== arm) continue;
    curves.set(row.seed, [...(curves.get(row.seed) ?? []), row]);
  }
  return curves;
}
