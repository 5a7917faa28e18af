import { meanInterval } from '../../../stats/intervals.js';
import { quantile } from '../../../stats/samples.js';
import type { Domain } from '../../draw/axes.js';

/** The measurements of one seed during its training. */
export interface Curve {
  /** The positions of the measurements, ascending, as in epochs 1, 2, 3. */
  readonly x: readonly number[];
  /** The values there. NaN and the infinities are gaps; at the end they mean that the run diverged. */
  readonly y: readonly number[];
}

/** The line and the band of an arm at one position. */
export interface CurvePoint {
  readonly x: number;
  readonly center: number;
  readonly low: number;
  readonly high: number;
}

/** The meaning of line and band. */
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

/** Student's t interval of the mean; the mean alone for a single seed, and if a seed diverged. */
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

/** Whether a run ended on a non-finite value: it then counts as infinite at later positions. */
export const isDiverged = ({ y }: Curve): boolean => y.length > 0 && !Number.isFinite(y.at(-1));

/** Whether a run has non-finite values but did not end on one. */
export const hasGaps = (run: Curve): boolean =>
  !isDiverged(run) && run.y.some((value) => !Number.isFinite(value));

/** The limit of positions along an axis: more cannot be seen, and make a page large. */
const mostPositions = 400;

/**
 * Line and band at each position that all runs reached. A non-finite value counts as infinite, and so does a run that ended
 * with one, from there on. Of more than 400 positions about evenly spread ones are taken, the first and the last among them, and
 * those where the line breaks.
 */
export function summarizeCurves(runs: readonly Curve[], band: keyof typeof bands): CurvePoint[] {
  const lookups = runs.map((run) => {
    const measured = new Map(run.x.map((x, index) => [x, run.y[index]]));
    const end = isDiverged(run) ? run.x[run.x.length - 1] : Infinity;
    return (x: number): number | undefined => {
      const value = x > end ? Infinity : measured.get(x);
      return value === undefined || Number.isFinite(value) ? value : Infinity;
    };
  });
  const positions = [...new Set(runs.flatMap((run) => run.x))].sort((a, b) => a - b);
  const points = positions.flatMap((x) => {
    const values = lookups.map((valueAt) => valueAt(x)).filter((value) => value !== undefined);
    return values.length < runs.length ? [] : [{ x, ...bands[band].of(values) }];
  });
  return thinned(points);
}

function thinned(points: readonly CurvePoint[]): CurvePoint[] {
  if (points.length <= mostPositions) return [...points];
  const ends = Array.from({ length: mostPositions }, (_, i) =>
    Math.round((i * (points.length - 1)) / (mostPositions - 1)),
  );
  // Of the points between one that is kept and the next, a break of the line is kept too.
  return ends.flatMap((end, i) => {
    const between = i === 0 ? [] : points.slice(ends[i - 1] + 1, end);
    return [...between.filter(({ center }) => !Number.isFinite(center)).slice(0, 1), points[end]];
  });
}

/**
 * Points of a line as Vega-Lite needs them: null, for a non-finite value, breaks line and band. `alone` says that it breaks on
 * both sides, so that only a dot can show the point.
 */
export function withGaps(points: readonly CurvePoint[], [bottom, top]: Domain) {
  const isDrawn = (at: number): boolean => Number.isFinite(points.at(at)?.center);
  return points.map(({ x, center, low, high }, i) => {
    if (!isDrawn(i)) return { x, center: null, low: null, high: null, alone: false };
    const alone = !(i > 0 && isDrawn(i - 1)) && !(i + 1 < points.length && isDrawn(i + 1));
    // The edges of the band end at those of the plot.
    return { x, center, low: Math.max(low, bottom), high: Math.min(high, top), alone };
  });
}
