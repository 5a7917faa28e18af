import { isList, isOneOf, isText } from '../../../../engine/core/options.js';
import { UsageError } from '../../../../engine/core/errors.js';
import { armChannels, coverage, coveredBy, type OfStudy, studyKinds } from '../../draw/arms.js';
import {
  type Axis,
  clipInterval,
  countOn,
  domainOf,
  positionOn,
  showingZero,
  readAxis,
} from '../../draw/axes.js';
import { bands, type Curve, hasGaps, isDiverged, summarizeCurves, withGaps } from './curveSummary.js';
import { type Figure, type Heading, type Layer, frame, inLayouts, headingKinds } from '../../draw/figure.js';
import { besidePlot, type Layout } from '../../draw/layout.js';
import { measureText } from '../../draw/fontMetrics.js';
import { isNumbers, isObject, type PartKinds, readEach, readParts } from '../../draw/parts.js';
import { referenceKinds, horizontalReferences, type Reference } from '../../draw/references.js';
import { size } from '../../draw/theme.js';

export type { Curve } from './curveSummary.js';

export interface CurveArm {
  readonly name: string;
  /** A curve for each seed. */
  readonly runs: readonly Curve[];
}

export interface LearningCurves extends Heading, OfStudy {
  /** Epochs or steps. */
  readonly x: Axis;
  /** The loss, or any other measurement during training: a learning rate, a gate's output, a gradient's norm. */
  readonly y: Axis;
  readonly arms: readonly CurveArm[];
  /**
   * The meaning of line and band: the median of the seeds and the middle half of them (`interquartile`, the default) or all
   * of them (`range`), or the mean with its 95 % interval (`interval`).
   */
  readonly band?: keyof typeof bands;
  /** Values to compare with, as dashed lines across the plot. */
  readonly references?: readonly Reference[];
}

const kinds: PartKinds<LearningCurves> = {
  required: { ...headingKinds.required, x: isObject, y: isObject, arms: isList },
  optional: {
    ...{ ...headingKinds.optional, ...studyKinds.optional },
    band: isOneOf(...Object.keys(bands)),
    references: isList,
  },
};
const armKinds: PartKinds<CurveArm> = { required: { name: isText, runs: isList }, optional: {} };
const runKinds: PartKinds<Curve> = { required: { x: isNumbers, y: isNumbers }, optional: {} };

/** Up to this many points of a curve are drawn as dots too, to show that the line between them was not measured. */
const mostDots = 20;

/**
 * Several arms over training: for each a line in the middle of its seeds, in a band that shows how far seeds differ.
 *
 * Both are computed at each x separately, over the seeds of the arm, so the line is not the curve of any seed. A non-finite value
 * counts as infinite, also after the end of a seed that diverged, which keeps the median honest instead of letting failures drop
 * out; where the line itself would be infinite there is a gap, and the legend counts seeds that diverged or have gaps. Seeds that
 * did not finish (an interrupted study) shorten their arm to what all of them reached. On a log axis zeros are shown too, below
 * a linear stretch. The legend names a curve that another one covers.
 *
 * Throws a UsageError if nothing finite is left to draw or a log axis meets a negative value.
 */
export function learningCurves(description: LearningCurves): Figure {
  checkDescription(description);
  return inLayouts((layout) => drawCurves(layout, description));
}

function drawCurves(layout: Layout, description: LearningCurves): Figure {
  const { x, arms, references = [], band = 'interquartile', studyArms } = description;
  const summaries = arms.map(({ runs }) =>
    summarizeCurves(runs, band).map((point) => clipInterval(description.y, point)),
  );
  const points = summaries.flat();

  const lines = [...points.map(({ center }) => center), ...references.map(({ value }) => value)];
  const y = showingZero(description.y, lines);
  // On an axis of ratios a band that reaches below zero leaves through the lower edge.
  const isLog = y.scale === 'log' || y.scale === 'symlog';
  const edges = points.flatMap(({ low, high }) => (isLog && low <= 0 ? [high] : [low, high]));
  const yDomain = domainOf('learningCurves', y, [...lines, ...edges]);
  const positions = points.map((point) => point.x);
  const xDomain = domainOf('learningCurves', x, positions);
  const covered = coveredBy(
    y,
    yDomain,
    arms.map(({ name }, i) => ({
      name,
      points: summaries[i].map((point) => [point.x, finite(point.center)]),
    })),
  );
  const labels = arms.map((arm, position) => armLabel(arm, covered[position]));
  const names = arms.map(({ name }) => name);
  const { color, strokeDash, entries } = armChannels('learningCurves', names, labels, studyArms, layout);
  const beside = Math.max(0, ...references.map(({ label }) => measureText(label, size.label) + 8));
  const width = besidePlot(layout, beside);
  const channels = {
    x: (positions.every(Number.isInteger) ? countOn : positionOn)(x, 'x', xDomain),
    y: positionOn(y, 'center', yDomain),
    color,
  };
  const drawn = summaries.flatMap((points, position) =>
    withGaps(points, yDomain).map((point) => ({ arm: labels[position], ...point })),
  );
  const layers: Layer[] = [
    {
      data: { values: drawn },
      mark: { type: 'area', opacity: 0.16 },
      encoding: { ...channels, y: { ...channels.y, field: 'low' }, y2: { field: 'high' } },
    },
    ...horizontalReferences(references, (field) => positionOn(y, field, yDomain), width),
    {
      data: { values: drawn },
      mark: { type: 'line', strokeWidth: 2.2 },
      encoding: { ...channels, strokeDash },
    },
  ];
  const few = new Set(positions).size <= mostDots;
  const dots = drawn.filter(({ center, alone }) => center !== null && (few || alone));
  if (dots.length > 0) {
    layers.push({
      data: { values: dots },
      mark: { type: 'point', filled: true, opacity: 1, size: 28 },
      encoding: channels,
    });
  }
  const alone = arms.every(({ runs }) => runs.length <= 1);
  const { line, words } = bands[band];
  const note = alone ? 'one seed for each arm' : `line: ${line} of the seeds; band: ${words}`;
  return frame(layout, description, note, layers, { width, beside: 50 + beside }, entries);
}

function checkDescription(description: LearningCurves): void {
  const { x, y, arms, references = [] } = readParts('learningCurves', description, kinds);
  readAxis('learningCurves: x', x);
  readAxis('learningCurves: y', y);
  readEach('learningCurves', 'references', references, referenceKinds);
  readEach('learningCurves', 'arms', arms, armKinds);
  arms.forEach(({ runs }, i) => {
    readEach(`learningCurves: arms[${i}]`, 'runs', runs, runKinds);
    runs.forEach((run, j) => {
      checkCurve(`learningCurves: arms[${i}]: runs[${j}]`, run);
    });
  });
}

/** @throws UsageError unless there is a value at each place, and places are finite and ascend. */
function checkCurve(caller: string, { x, y }: Curve): void {
  if (x.length !== y.length)
    throw new UsageError(
      `${caller}: x has ${x.length} numbers and y ${y.length}; give a value for each place.`,
    );
  const wrong = x.findIndex((place, i) => !Number.isFinite(place) || place <= (x[i - 1] ?? -Infinity));
  if (wrong >= 0)
    throw new UsageError(
      `${caller}: x[${wrong}] is ${x[wrong]}; give finite places that ascend, as in epochs 1, 2, 3.`,
    );
}

const finite = (value: number): number | null => (Number.isFinite(value) ? value : null);

function armLabel({ name, runs }: CurveArm, by: string | undefined): string {
  const count = (is: (run: Curve) => boolean, word: string): string => {
    const number = runs.filter(is).length;
    return number === 0 ? '' : `, ${number} ${word}`;
  };
  return `${name} (n = ${runs.length}${count(isDiverged, 'diverged')}${count(hasGaps, 'with gaps')}${coverage(by)})`;
}
