import type { Axis } from './axes.js';
import { countOn, domainOf, positionOn } from './axes.js';
import { armChannels } from './arms.js';
import type { Figure, Heading, Layer } from './figure.js';
import { frame } from './figure.js';
import { quantile } from './quantile.js';

/** What one seed measured along its training. */
export interface Curve {
  /** Where it measured, ascending, as in epochs 1, 2, 3. */
  readonly x: readonly number[];
  /** What it measured there. NaN and the infinities say that the run diverged. */
  readonly y: readonly number[];
}

export interface CurveArm {
  readonly name: string;
  /** One curve a seed. */
  readonly runs: readonly Curve[];
}

export interface LearningCurves extends Heading {
  readonly x: Axis;
  readonly y: Axis;
  /** In the study's order, which gives each its colour. */
  readonly arms: readonly CurveArm[];
  /** What the band around the median spans: the middle half of the seeds (default) or all of them. */
  readonly band?: 'interquartile' | 'range';
}

const bands = {
  interquartile: { low: 0.25, high: 0.75, words: 'band: middle half of the seeds (interquartile range)' },
  range: { low: 0, high: 1, words: 'band: from the lowest to the highest seed' },
} as const;

/** Up to this many points on a curve each gets a dot: few points should not pass for a measured line. */
const mostDots = 20;

/**
 * Several arms over training: for each the median of its seeds as a line, in a band that shows how far seeds differ.
 *
 * Both are taken at each x by itself, over the seeds of the arm, so the line is no seed's own path. A seed that diverged
 * counts as infinite from there on, which keeps the median honest instead of letting failures drop out; where the median
 * itself is infinite the line stops, and the legend counts the diverged seeds. Seeds that did not finish (an interrupted
 * study) shorten their arm to what all of them reached.
 *
 * Throws a UsageError if nothing finite is left to draw or a log axis meets a value that is not positive.
 */
export function learningCurves(description: LearningCurves): Figure {
  const { x, y, arms } = description;
  const band = bands[description.band ?? 'interquartile'];
  const summaries = arms.map((arm) => ({ label: armLabel(arm), points: summarize(arm, band) }));
  const points = summaries.flatMap(({ label, points }) => points.map((point) => ({ arm: label, ...point })));

  const yDomain = domainOf(
    'learningCurves',
    y,
    points.flatMap(({ median, low, high }) => [median, low, high]),
  );
  const positions = points.map((point) => point.x);
  const xDomain = domainOf('learningCurves', x, positions);
  const xOn = positions.every(Number.isInteger) ? countOn : positionOn;
  const { color, strokeDash } = armChannels(
    'learningCurves',
    summaries.map(({ label }) => label),
  );
  const channels = {
    x: xOn(x, 'x', xDomain),
    y: positionOn(y, 'median', yDomain),
    color,
  };
  const drawn = points.filter(({ median }) => Number.isFinite(median));
  const layers: Layer[] = [
    {
      data: { values: drawn.map((point) => ({ ...point, high: Math.min(point.high, yDomain[1]) })) },
      mark: { type: 'area', opacity: 0.18 },
      encoding: {
        ...channels,
        y: { ...channels.y, field: 'low' },
        y2: { field: 'high' },
      },
    },
    {
      data: { values: drawn },
      mark: { type: 'line', strokeWidth: 2.2 },
      encoding: { ...channels, strokeDash },
    },
  ];
  if (new Set(positions).size <= mostDots) {
    layers.push({
      data: { values: drawn },
      mark: { type: 'point', filled: true, opacity: 1, size: 28 },
      encoding: channels,
    });
  }
  const alone = arms.every(({ runs }) => runs.length <= 1);
  const note = alone ? 'one seed for each arm' : `line: median of the seeds; ${band.words}`;
  return frame(description, note, layers);
}

function armLabel({ name, runs }: CurveArm): string {
  const diverged = runs.filter((run) => divergedFrom(run) < Infinity).length;
  return diverged === 0
    ? `${name} (n = ${runs.length})`
    : `${name} (n = ${runs.length}, ${diverged} diverged)`;
}

/** Where the curve first is not finite; Infinity if it always is. */
function divergedFrom({ x, y }: Curve): number {
  return x[y.findIndex((value) => !Number.isFinite(value))] ?? Infinity;
}

interface Summary {
  readonly x: number;
  readonly median: number;
  readonly low: number;
  readonly high: number;
}

function summarize({ runs }: CurveArm, band: { readonly low: number; readonly high: number }): Summary[] {
  const lookups = runs.map((run) => {
    const measured = new Map(run.x.map((x, index) => [x, run.y[index]]));
    const diverged = divergedFrom(run);
    return (x: number): number | undefined => (x >= diverged ? Infinity : measured.get(x));
  });
  const positions = [...new Set(runs.flatMap((run) => run.x))].sort((a, b) => a - b);
  return positions.flatMap((x) => {
    const values = lookups.map((valueAt) => valueAt(x)).filter((value) => value !== undefined);
    if (values.length < runs.length) return [];
    return [
      {
        x,
        median: quantile(values, 0.5),
        low: quantile(values, band.low),
        high: quantile(values, band.high),
      },
    ];
  });
}
