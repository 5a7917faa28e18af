import { readFileSync } from 'node:fs';
import { expect } from 'vitest';

interface SignedRankCase {
  readonly positive: number;
  readonly negative: number;
  readonly n: number;
  /** By enumeration of all signs, or by SciPy's normal approximation. */
  readonly p?: number;
  /** By SciPy's exact test, where it has one: without ties. */
  readonly scipy?: number;
}

interface PairsCase {
  readonly name: string;
  readonly a: readonly number[];
  readonly b: readonly number[];
  readonly paired?: { readonly t: number; readonly p: number; readonly mean: number };
  /** Half of the paired interval at each level. */
  readonly half: readonly (readonly [level: number, half: number])[];
  readonly welch: { readonly t: number; readonly p: number; readonly df: number; readonly half: number };
  readonly dz: number;
  readonly signedRank: SignedRankCase;
  readonly permutation?: number;
}

type Quadruple = readonly [first: number, second: number, third: number, value: number];

interface Fixture {
  readonly normal: {
    readonly cdf: readonly (readonly [number, number])[];
    readonly quantile: readonly (readonly [number, number])[];
  };
  readonly twoSided: readonly (readonly [t: number, df: number, p: number])[];
  readonly pairs: readonly PairsCase[];
  readonly welchUnequal: {
    readonly a: readonly number[];
    readonly b: readonly number[];
    readonly t: number;
    readonly p: number;
  };
  readonly mannWhitney: readonly {
    readonly a: readonly number[];
    readonly b: readonly number[];
    readonly u: number;
    readonly p: number;
    readonly by: 'exact' | 'enumeration' | 'asymptotic';
  }[];
  readonly tost: readonly {
    readonly a: readonly number[];
    readonly b: readonly number[];
    readonly margin: number;
    readonly below: number;
    readonly above: number;
    readonly half90: number;
  }[];
  /** Of the sample `fifty`, moved towards zero by nine tenths of its mean difference. */
  readonly permutationRandom: { readonly seed: number; readonly resamples: number; readonly p: number };
  readonly bca: readonly {
    readonly values: readonly number[];
    readonly statistic: 'mean' | 'median';
    readonly level: number;
    readonly seed: number;
    readonly resamples: number;
    readonly low: number;
    readonly high: number;
  }[];
  readonly noncentral: readonly Quadruple[];
  readonly power: readonly Quadruple[];
  readonly detectable: readonly {
    readonly n: number;
    readonly alpha: number;
    readonly power: number;
    readonly effect: number;
  }[];
  readonly holm: readonly { readonly p: readonly number[]; readonly adjusted: readonly number[] }[];
}

const stored = JSON.parse(
  readFileSync(new URL('../fixtures/stats.json', import.meta.url), 'utf8'),
) as Fixture;

/** The figures of `test/fixtures/stats.py`: SciPy 1.10's where it has them. */
export const scipy: Fixture = {
  ...stored,
  pairs: stored.pairs.map((pair) => (pair.name === 'formula' ? { ...pair, ...byFormula() } : pair)),
};

function byFormula() {
  const steps = Array.from({ length: 5000 }, (_, i) => i);
  return {
    a: steps.map((i) => ((i * 7919) % 1009) / 128),
    b: steps.map((i) => ((i * 104729) % 1013) / 128),
  };
}

/** Equal up to a relative error; an expected 0 must be hit exactly. */
export function close(actual: number, expected: number, relative: number): void {
  if (actual === expected) return;
  expect(Math.abs(actual / expected - 1), `${actual} against ${expected}`).toBeLessThanOrEqual(relative);
}
