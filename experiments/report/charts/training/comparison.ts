import { isList, isNumber, isText, requireKind } from '../../../../engine/core/options.js';
import { UsageError } from '../../../../engine/core/errors.js';
import { armChannels, type OfStudy, studyKinds } from '../../draw/arms.js';
import {
  type Axis,
  clipInterval,
  type Domain,
  domainOf,
  positionOn,
  ticksOf,
  readAxis,
} from '../../draw/axes.js';
import { type Figure, type Heading, type Layer, frame, inLayouts, headingKinds } from '../../draw/figure.js';
import { meanInterval } from '../../../stats/intervals.js';
import { type SeedValue, seedValueKinds } from './measurement.js';
import { isNumbers, isObject, isTexts, type PartKinds, readEach, readParts } from '../../draw/parts.js';
import { referenceKinds, type Reference, verticalReference } from '../../draw/references.js';
import { isFraction } from '../../../stats/samples.js';
import { figuresOn, layRows } from '../../draw/rows.js';
import type { Layout } from '../../draw/layout.js';

export interface ComparedArm {
  readonly name: string;
  /** The estimate, such as the mean over seeds, or the mean difference to another arm. */
  readonly point: number;
  /** The interval around it. An infinite end is drawn to the edge; NaN where one seed allows no interval. */
  readonly low: number;
  readonly high: number;
  /** The value of each seed; small dots below the interval. Infinite ones are counted, not drawn. */
  readonly values: readonly number[];
}

export interface Comparison extends Heading, OfStudy {
  readonly x: Axis;
  /** The meaning of point and interval, as in `mean of the seeds and 95 % bootstrap interval`. */
  readonly estimate: string;
  /** From top to bottom. */
  readonly arms: readonly ComparedArm[];
  /** A value to compare with, as in no difference, or the figure that a write-up states; a dashed line. */
  readonly reference?: Reference;
}

const kinds: PartKinds<Comparison> = {
  required: { ...headingKinds.required, x: isObject, estimate: isText, arms: isList },
  optional: { ...headingKinds.optional, ...studyKinds.optional, reference: isObject },
};

/** Pixels for one arm. */
const rowHeight = 46;

/**
 * Several arms side by side, one row each: point and interval on a common axis, the seeds below them, and at the right the
 * same in figures.
 *
 * Throws a UsageError if there is nothing finite to draw, two arms have one name, or a log axis meets a value that is not
 * positive.
 */
export function comparison(description: Comparison): Figure {
  const { x, arms, reference } = readParts('comparison', description, kinds);
  readAxis('comparison: x', x);
  readEach('comparison', 'arms', arms, comparedArmKinds);
  if (arms.length === 0) throw new UsageError('comparison: no arm to draw; leave the figure out.');
  if (reference !== undefined) readParts('comparison: reference', reference, referenceKinds);
  return inLayouts((layout) => drawComparison(layout, description));
}

function drawComparison(layout: Layout, description: Comparison): Figure {
  const { x, reference, estimate, studyArms } = description;
  const arms = description.arms.map((arm) => clipInterval(x, arm));
  const names = arms.map(({ name, values }) => `${name} (n = ${values.length})`);
  const intervals = arms.flatMap(({ point, low, high }) => [point, low, high]);
  const shown = [...intervals, ...arms.flatMap(({ values }) => values)];
  const domain = domainOf('comparison', x, reference === undefined ? shown : [...shown, reference.value]);

  const texts = arms.map((arm, i) => ({ name: names[i], figures: figuresOf(x, domain, arm) }));
  const rows = arms.map((arm, position) => ({
    arm: names[position],
    figures: texts[position].figures,
    point: arm.point,
    low: Math.max(arm.low, domain[0]),
    high: Math.min(arm.high, domain[1]),
  }));
  const seeds = arms.flatMap(({ values }, position) =>
    values.map((value) => ({ arm: names[position], value })),
  );
  const { color } = armChannels(
    'comparison',
    arms.map(({ name }) => name),
    names,
    studyArms,
    layout,
  );
  const { y, shift, ...laid } = layRows(layout, 'arm', texts, rowHeight);
  const colored = { ...color, legend: null };
  const ticks = ticksOf(x, domain, 5);
  const at = (field: string) => positionOn(x, field, domain, ticks);

  // Vega-Lite skips marks with non-finite coordinates.
  const layers: Layer[] = [
    {
      data: { values: rows },
      mark: { type: 'rule', strokeWidth: 3, yOffset: shift },
      encoding: { y, x: at('low'), x2: { field: 'high' }, color: colored },
    },
    {
      data: { values: rows },
      mark: { type: 'point', filled: true, opacity: 1, size: 110, yOffset: shift },
      encoding: { y, x: at('point'), color: colored },
    },
    {
      data: { values: seeds },
      mark: { type: 'point', filled: true, opacity: 0.45, size: 22, yOffset: shift + 12 },
      encoding: { y, x: at('value'), color: colored },
    },
    ...laid.texts,
  ];
  if (reference !== undefined) layers.unshift(...verticalReference(reference, at));
  return frame(layout, description, `large dot and line: ${estimate}; small dots: seeds`, layers, laid);
}

/** An arm in figures, as precise as the axis, or as the arm's interval if the intervals of other arms make the axis long. */
function figuresOf(x: Axis, domain: Domain, { point, low, high }: ComparedArm): string {
  const wide = domain[1] - domain[0];
  const extent = hasInterval({ low, high }) && high > low ? Math.min(wide, 10 * (high - low)) : wide;
  const [middle, from, to] = figuresOn(x, [0, extent], [point, low, high]);
  return hasInterval({ low, high }) ? `${middle} [${from}, ${to}]` : middle;
}

const hasInterval = ({ low, high }: { readonly low: number; readonly high: number }): boolean =>
  !Number.isNaN(low) && !Number.isNaN(high);

/** Arms for `comparison` from one value a seed: point and interval are the mean with Student's t interval. */
export function comparedArms(
  arms: readonly string[],
  values: readonly SeedValue[],
  level = 0.95,
): ComparedArm[] {
  requireKind('comparedArms', 'the arms', arms, isTexts);
  readEach('comparedArms', 'values', values, seedValueKinds);
  requireKind('comparedArms', 'the level', level, isFraction);
  return arms.map((name) => {
    const ofArm = values.filter(({ arm }) => arm === name).map(({ value }) => value);
    if (ofArm.length === 0) throw new UsageError(`comparedArms: arm '${name}' has no value; leave it out.`);
    const { mean: point, low, high } = meanInterval(ofArm, level);
    return { name, point, low, high, values: ofArm };
  });
}

const comparedArmKinds: PartKinds<ComparedArm> = {
  required: { name: isText, point: isNumber, low: isNumber, high: isNumber, values: isNumbers },
  optional: {},
};
