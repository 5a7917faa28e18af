/** The numbers that a comparison is made of: pairs of values by seed, and independent units of their differences. */
import { clusterMeans } from '../../../stats/index.js';
import { armsOfMeasure } from '../../../studies/claimConfig.js';
import type { ClaimConfig, StudyConfig } from '../../../studies/config.js';
import { searchOf } from '../../record/jobs.js';
import type { RunData } from '../../record/runData.js';
import { type Measured, divergedValue, measure } from '../measures/measures.js';

/** What a claim measures on its arm and on what it is compared with. */
export type Compared = Pick<ClaimConfig, 'arm' | 'measure' | 'test'>;

/** The values of an arm and of another one on their common seeds; of a measure of searches, on common searches. */
export interface Pairs {
  readonly keys: readonly number[];
  readonly a: readonly number[];
  readonly b: readonly number[];
}

/**
 * The pairs of a claim's arm and another arm, or a number. A diverged training counts as infinite: leaving it out must prove nothing.
 */
export function pairsOf(data: RunData, claim: Compared, against: string | number): Pairs {
  const { arm, measure: how } = claim;
  const a = measure(data, arm, how);
  const b: Measured =
    typeof against === 'number'
      ? new Map([...a.keys()].map((key) => [key, against]))
      : measure(data, against, how);
  return paired(a, b, (value) => {
    // An infinite metric is one of a training that diverged; an infinite number of epochs is of a threshold that nothing reaches.
    const isDiverged = how.kind === 'metric' ? !Number.isFinite(value) : Number.isNaN(value);
    return isDiverged ? divergedValue(data, claim) : value;
  });
}

/** The values of two arms on their common keys, each as `numberOf` gives it. */
export function paired(
  a: Measured,
  b: Measured,
  numberOf: (value: number) => number = (value) => value,
): Pairs {
  const keys = [...a.keys()].filter((key) => b.has(key));
  const on = (measured: Measured): readonly number[] => keys.map((key) => numberOf(measured.get(key)!));
  return { keys, a: on(a), b: on(b) };
}

/** Independent differences, and what they are. */
export interface Units {
  /** NaN where both trainings diverged: neither is better, but no difference of 0 was measured. */
  readonly differences: readonly number[];
  /** How many searches chose the parameters of the pairs; null where nothing was tuned. */
  readonly searches: number | null;
  /** Whether seeds share a search, so that their differences are averaged. */
  readonly isAveraged: boolean;
}

/**
 * The independent differences of pairs. Where several seeds are trained with what one search chose they share its luck, and
 * their differences are averaged.
 */
export function unitsOf(
  { config }: RunData,
  { arm, measure: how }: Compared,
  against: string | number,
  { keys, a, b }: Pairs,
): Units {
  const differences = differencesOf(a, b);
  if (how.kind === 'logTuned') return { differences, searches: keys.length, isAveraged: false };
  const arms = [arm, ...(typeof against === 'number' ? [] : [against]), ...armsOfMeasure(how)];
  if (!arms.some((name) => isTuned(config, name))) return { differences, searches: null, isAveraged: false };
  const searches = keys.map((seed) => searchOf(config, seed));
  const count = new Set(searches).size;
  const isAveraged = config.searches < config.seeds;
  return {
    differences: isAveraged ? clusterMeans(differences, searches) : differences,
    searches: count,
    isAveraged,
  };
}

/** a - b; NaN for two equal infinities. */
export const differencesOf = (a: readonly number[], b: readonly number[]): readonly number[] =>
  a.map((value, i) => value - b[i]);

/** Whether an arm is trained with what a search chose, its own or another's. */
export function isTuned({ arms }: StudyConfig, name: string): boolean {
  const { space, tunedAs, uses } = arms[name];
  return Object.keys(space).length > 0 || tunedAs !== undefined || uses.length > 0;
}
