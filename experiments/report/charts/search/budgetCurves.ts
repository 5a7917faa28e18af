import { isList, isNumber, isText } from '../../../../engine/core/options.js';
import { armChannels, coverage, coveredBy, type OfStudy, studyKinds } from '../../draw/arms.js';
import { type Axis, clipInterval, countOn, domainOf, positionOn, readAxis } from '../../draw/axes.js';
import { type Figure, type Heading, type Layer, frame, headingKinds, inLayouts } from '../../draw/figure.js';
import type { Layout } from '../../draw/layout.js';
import { isCount, isObject, type PartKinds, readEach, readParts } from '../../draw/parts.js';
import { withGaps } from '../training/curveSummary.js';

/** What a search of a number of trials is expected to give. */
export interface BudgetPoint {
  readonly trials: number;
  /** The expected result of the best of them, and a band around it. */
  readonly mean: number;
  readonly low: number;
  readonly high: number;
}

export interface BudgetArm {
  readonly name: string;
  /** Searches that the expectation is over. */
  readonly searches: number;
  /** By ascending number of trials. */
  readonly points: readonly BudgetPoint[];
}

export interface BudgetCurves extends Heading, OfStudy {
  /** The result, such as the test loss. */
  readonly y: Axis;
  /** The meaning of the band, as in `95 % interval over searches`. */
  readonly band: string;
  readonly arms: readonly BudgetArm[];
}

const kinds: PartKinds<BudgetCurves> = {
  required: { ...headingKinds.required, y: isObject, band: isText, arms: isList },
  optional: { ...headingKinds.optional, ...studyKinds.optional },
};
const armKinds: PartKinds<BudgetArm> = {
  required: { name: isText, searches: isCount, points: isList },
  optional: {},
};
const pointKinds: PartKinds<BudgetPoint> = {
  required: { trials: isCount, mean: isNumber, low: isNumber, high: isNumber },
  optional: {},
};

/** Up to this many points of a line are drawn as dots too. */
const mostDots = 30;

/**
 * What more tuning buys: for each arm the expected result of the best of k trials over k, in a band.
 *
 * Lines that cross say that which arm is better depends on the budget. A non-finite value is a gap, bands end at the bounds of the
 * axis, and the legend names a line that another one covers. Throws a UsageError if nothing finite is left to draw.
 */
export function budgetCurves(description: BudgetCurves): Figure {
  const { y, arms } = readParts('budgetCurves', description, kinds);
  readAxis('budgetCurves: y', y);
  readEach('budgetCurves', 'arms', arms, armKinds);
  arms.forEach(({ points }, i) => {
    readEach(`budgetCurves: arms[${i}]`, 'points', points, pointKinds);
  });
  return inLayouts((layout) => drawBudgets(layout, description));
}

function drawBudgets(layout: Layout, description: BudgetCurves): Figure {
  const { y, band, arms, studyArms } = description;
  const curves = arms.map(({ points }) =>
    points
      .toSorted((a, b) => a.trials - b.trials)
      .map(({ trials, mean, low, high }) => clipInterval(y, { x: trials, center: mean, low, high })),
  );
  const all = curves.flat();
  const x = { title: 'trials of a search' };
  const xDomain = domainOf(
    'budgetCurves',
    x,
    all.map((point) => point.x),
  );
  const yDomain = domainOf(
    'budgetCurves',
    y,
    all.flatMap(({ center, low, high }) => [center, low, high]),
  );
  const covered = coveredBy(
    y,
    yDomain,
    arms.map(({ name }, i) => ({
      name,
      points: curves[i].map((point) => [point.x, Number.isFinite(point.center) ? point.center : null]),
    })),
  );
  const labels = arms.map(
    ({ name, searches }, i) =>
      `${name} (${searches} ${searches === 1 ? 'search' : 'searches'}${coverage(covered[i])})`,
  );
  const names = arms.map(({ name }) => name);
  const { color, strokeDash, entries } = armChannels('budgetCurves', names, labels, studyArms, layout);
  const channels = { x: countOn(x, 'x', xDomain), y: positionOn(y, 'center', yDomain), color };
  const drawn = curves.flatMap((points, i) =>
    withGaps(points, yDomain).map((point) => ({ arm: labels[i], ...point })),
  );
  const few = new Set(all.map((point) => point.x)).size <= mostDots;
  // The more bands, the fainter each.
  const opacity = Math.min(0.14, 0.35 / arms.length);
  const layers: Layer[] = [
    {
      data: { values: drawn },
      mark: { type: 'area', opacity },
      encoding: { ...channels, y: { ...channels.y, field: 'low' }, y2: { field: 'high' } },
    },
    {
      data: { values: drawn },
      mark: { type: 'line', strokeWidth: 2.2 },
      encoding: { ...channels, strokeDash },
    },
    {
      data: { values: drawn.filter(({ center, alone }) => center !== null && (few || alone)) },
      mark: { type: 'point', filled: true, opacity: 1, size: 22 },
      encoding: channels,
    },
  ];
  const note = `line: expected result of the best of the first k trials; band: ${band}`;
  return frame(layout, description, note, layers, {}, entries);
}
