import { UsageError } from '../../../../engine/core/errors.js';
import { isList, isNumber, isOneOf, isText, kind } from '../../../../engine/core/options.js';
import type { Verdict } from '../../../stats/verdicts.js';
import { type Axis, clipInterval, domainOf, positionOn, ticksOf, readAxis } from '../../draw/axes.js';
import { type Figure, type Heading, type Layer, frame, inLayouts, headingKinds } from '../../draw/figure.js';
import { formatLevel } from '../../../text/numbers.js';
import { isNumbers, isObject, type PartKinds, readEach, readParts } from '../../draw/parts.js';
import { isFraction } from '../../../stats/samples.js';
import { verticalReference } from '../../draw/references.js';
import { figuresOn, layRows, wrapName } from '../../draw/rows.js';
import type { Layout } from '../../draw/layout.js';
import { ink, verdictStyles } from '../../draw/theme.js';

export interface Difference {
  /** The claim and what is compared, as in `W1: warm − cold`. Long names are broken into lines. */
  readonly name: string;
  /** The mean difference and its interval; the ends are NaN where a single pair allows none. */
  readonly point: number;
  readonly low: number;
  readonly high: number;
  /** The level of the interval, as in 0.983 after a correction for several claims. */
  readonly level: number;
  /** The difference of each pair, as small dots. Infinite ones are not drawn. */
  readonly values: readonly number[];
  /** Differences of at most this size do not matter: a band around zero. */
  readonly margin: number;
  readonly verdict: Verdict;
}

export interface Differences extends Heading {
  readonly x: Axis;
  /** From top to bottom. */
  readonly differences: readonly Difference[];
}

const kinds: PartKinds<Differences> = {
  required: { ...headingKinds.required, x: isObject, differences: isList },
  optional: headingKinds.optional,
};
const differenceKinds: PartKinds<Difference> = {
  required: {
    ...{ name: isText, point: isNumber, low: isNumber, high: isNumber, level: isFraction, values: isNumbers },
    margin: kind('a finite number >= 0', (value) => Number.isFinite(value) && Number(value) >= 0),
    verdict: isOneOf(...Object.keys(verdictStyles)),
  },
  optional: {},
};

/** Pixels for one difference. */
const rowHeight = 52;

/**
 * Forest plot of a study's claims, one row each: the mean paired difference with its interval, the pairs
 * themselves below it, and the band of differences that do not matter. Colour and shape of the mark are those of the verdict.
 *
 * Throws a UsageError if there is none.
 */
export function differences(description: Differences): Figure {
  const { x, differences: all } = readParts('differences', description, kinds);
  readAxis('differences: x', x);
  readEach('differences', 'differences', all, differenceKinds);
  if (all.length === 0) throw new UsageError('differences: no difference to draw; leave the figure out.');
  return inLayouts((layout) => drawDifferences(layout, description));
}

function drawDifferences(layout: Layout, description: Differences): Figure {
  const { x } = description;
  const all = description.differences.map((one) => clipInterval(x, one));
  const names = all.map(({ name }) => wrapName(name));
  const domain = domainOf('differences', x, [
    0,
    ...all.flatMap(({ point, low, high, margin, values }) => [point, low, high, -margin, margin, ...values]),
  ]);
  const inFigures = figuresOn(
    x,
    domain,
    all.flatMap(({ point, low, high }) => [point, low, high]),
  );
  const texts = all.map(({ low, high, level, verdict }, position) => {
    const [center, from, to] = inFigures.slice(3 * position);
    const hasInterval = !Number.isNaN(low) && !Number.isNaN(high);
    const interval = hasInterval ? `${center} [${from}, ${to}]` : center;
    // The whole of it would leave little room for the marks.
    const word = verdict.replace(', smaller than the', ', <');
    const below = hasInterval ? `${word} (${formatLevel(level)})` : word;
    return { name: names[position], figures: `${interval}\n${below}` };
  });
  const rows = all.map(({ point, low, high, margin, verdict }, position) => ({
    ...{ ...texts[position], point, verdict },
    low: Math.max(low, domain[0]),
    high: Math.min(high, domain[1]),
    marginLow: -margin,
    marginHigh: margin,
  }));
  const pairs = all.flatMap(({ values, verdict }, position) =>
    values.map((value) => ({ name: names[position], value, verdict })),
  );
  const { y, shift, ...laid } = layRows(layout, 'name', texts, rowHeight);
  const ticks = ticksOf(x, domain, 5);
  const at = (field: string) => positionOn(x, field, domain, ticks);
  const byVerdict = (range: readonly string[]) => ({
    field: 'verdict',
    type: 'nominal' as const,
    scale: { domain: Object.keys(verdictStyles), range: [...range] },
    legend: null,
  });
  const styles = Object.values(verdictStyles);
  const color = byVerdict(styles.map((style) => style.color));
  // Filled with the colour of the page.
  const fill = byVerdict(styles.map((style) => (style.hollow ? '#ffffff' : style.color)));
  const shape = byVerdict(styles.map((style) => style.shape));
  const layers: Layer[] = [
    {
      data: { values: rows },
      mark: { type: 'bar', height: rowHeight - 6, color: ink.axis, opacity: 0.22, yOffset: shift },
      encoding: { y, x: at('marginLow'), x2: { field: 'marginHigh' } },
    },
    ...verticalReference({ value: 0, label: 'no difference' }, at),
    {
      data: { values: rows },
      mark: { type: 'rule', strokeWidth: 3, yOffset: shift },
      encoding: { y, x: at('low'), x2: { field: 'high' }, color },
    },
    {
      data: { values: rows },
      mark: { type: 'point', opacity: 1, size: 120, strokeWidth: 2.5, yOffset: shift },
      encoding: { y, x: at('point'), stroke: color, fill, shape },
    },
    {
      data: { values: pairs },
      mark: { type: 'point', filled: true, opacity: 0.45, size: 22, yOffset: shift + 13 },
      encoding: { y, x: at('value'), color },
    },
    ...laid.texts,
  ];
  const note =
    'large mark and line: mean of the paired differences with the interval that decides and the level of that; small dots: ' +
    'pairs; grey band: differences smaller than the margin';
  return frame(layout, description, note, layers, laid);
}
