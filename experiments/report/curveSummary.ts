import { meanInterval } from '../stats/paired.js';
import { quantile } from '../stats/quantile.js';

/** What one seed measured along its training. */
export interface Curve {
  /** Where it measured, ascending, as in epochs 1, 2, 3. */
  readonly x: readonly number[];
  /** What it measured there. NaN and the infinities say that the run diverged. */
  readonly y: readonly number[];
}

/** The line and the band of an arm at one position. */
export interface CurvePoint {
  readonly x: number;
  readonly center: number;
  readonly low: number;
  readonly high: number;
}

/** What line and band are. */
interface Band {
  readonly line: string;
  readonly words: string;
  readonly of: (values: readonly number[]) => Omit<CurvePoint, 'x'>;
}

const betweenQuantiles =
  (low: number, high: number): Band['of'] =>
  (values) => ({
    center: quantile(values, 0.5),
    low: quantile(values, low),
    high: quantile(values, high),
  });

/** Student's t interval of the mean; of a single seed, and where a seed diverged, the mean alone. */
function confidenceBand(values: readonly number[]): Omit<CurvePoint, 'x'> {
  const { mean: center, low, high } = meanInterval(values);
  return Number.isNaN(low) ? { center, low: center, high: center } : { center, low, high };
}

/** The bands that curves may have, by name. */
export const bands = {
  interval: { line: 'mean', words: '95 % interval of the mean (Student’s t)', of: confidenceBand },
  interquartile: {
    line: 'median',
    words: 'middle half of the seeds (interquartile range)',
    of: betweenQuantiles(0.25, 0.75),
  },
  range: { line: 'median', words: 'from the lowest to the highest seed', of: betweenQuantiles(0, 1) },
} as const satisfies Readonly<Record<string, Band>>;

/** Where the curve first is not finite; Infinity if it always is. */
export function divergedFrom({ x, y }: Curve): number {
  return x[y.findIndex((value) => !Number.isFinite(value))] ?? Infinity;
}

/** More positions than this along an axis do not show, and weigh heavily in a page. */
const mostPositions = 400;

/**
 * Line and band at each position that all runs reached. A run that diverged counts as infinite from there on. Of more than 400
 * positions evenly spread ones are taken, the first and the last among them.
 */
export function summarizeCurves(runs: readonly Curve[], band: keyof typeof bands): CurvePoint[] {
  const lookups = runs.map((run) => {
    const measured = new Map(run.x.map((x, index) => [x, run.y[index]]));
    const diverged = divergedFrom(run);
    return (x: number): number | undefined => (x >= diverged ? Infinity : measured.get(x));
  });
  const positions = [...new Set(runs.flatMap((run) => run.x))].sort((a, b) => a - b);
  const common = positions.flatMap((x) => {
    const values = lookups.map((valueAt) => valueAt(x)).filter((value) => value !== undefined);
    return values.length < runs.length ? [] : [{ x, values }];
  });
  return evenly(common, mostPositions).map(({ x, values }) => ({ x, ...bands[band].of(values) }));
}

function evenly<T>(items: readonly T[], most: number): readonly T[] {
  if (items.length <= most) return items;
  return Array.from({ length: most }, (_, i) => items[Math.round((i * (items.length - 1)) / (most - 1))]);
}
