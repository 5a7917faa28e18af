import { armChannels } from './arms.js';
import type { Axis, Domain } from './axes.js';
import { domainOf, positionOn, ticksOf } from './axes.js';
import type { Figure, Heading, Layer } from './figure.js';
import { frame } from './figure.js';
import { measureText } from './fontMetrics.js';
import { formatNumbers } from './numbers.js';
import { ink, size } from './theme.js';

export interface ComparedArm {
  readonly name: string;
  /** The estimate, as in the mean over seeds, or over seeds the mean difference to another arm. */
  readonly point: number;
  /** The interval around it. An infinite end is drawn to the edge; NaN where one seed allows no interval. */
  readonly low: number;
  readonly high: number;
  /** What the seeds themselves gave, one value each; small dots below the interval. Infinite ones are counted, not drawn. */
  readonly values: readonly number[];
}

export interface Comparison extends Heading {
  readonly x: Axis;
  /** What point and interval are, as in `mean of the seeds and 95 % bootstrap interval`. */
  readonly estimate: string;
  /** From top to bottom; the study's order gives each its colour. */
  readonly arms: readonly ComparedArm[];
  /** A value to compare with, as in no difference, or the figure that a write-up states; a dashed line. */
  readonly reference?: { readonly value: number; readonly label: string };
}

/** Pixels for one arm, and for the axis: names and figures take the rest of the common width. */
const rowHeight = 46;
const plotWidth = 400;

/**
 * Several arms side by side, one row each: point and interval on a common axis, the seeds below them, and at the right the
 * same in figures.
 *
 * Throws a UsageError if there is nothing finite to draw, two arms have one name, or a log axis meets a value that is not
 * positive.
 */
export function comparison(description: Comparison): Figure {
  const { x, arms, reference, estimate } = description;
  const names = arms.map(({ name, values }) => `${name} (n = ${values.length})`);
  const intervals = arms.flatMap(({ point, low, high }) => [point, low, high]);
  const shown = [...intervals, ...arms.flatMap(({ values }) => values)];
  const domain = domainOf('comparison', x, reference === undefined ? shown : [...shown, reference.value]);
  const inFigures = formatOn(x, domain, intervals);

  const rows = arms.map((arm, position) => ({
    arm: names[position],
    point: arm.point,
    low: Math.max(arm.low, domain[0]),
    high: Math.min(arm.high, domain[1]),
    figures: hasInterval(arm)
      ? `${inFigures[3 * position]} [${inFigures[3 * position + 1]}, ${inFigures[3 * position + 2]}]`
      : inFigures[3 * position],
  }));
  const seeds = arms.flatMap(({ values }, position) =>
    values.map((value) => ({ arm: names[position], value })),
  );
  const { color } = armChannels('comparison', names);
  const y = {
    field: 'arm',
    type: 'nominal' as const,
    scale: { domain: names },
    axis: { title: null, ticks: false, domain: false, grid: false, labelPadding: 12 },
  };
  const colored = { ...color, legend: null };
  const ticks = ticksOf(x, domain, 5);
  const at = (field: string) => positionOn(x, field, domain, ticks);

  // Vega-Lite leaves out marks with a coordinate that is not finite.
  const layers: Layer[] = [
    {
      data: { values: rows },
      mark: { type: 'rule', strokeWidth: 3 },
      encoding: { y, x: at('low'), x2: { field: 'high' }, color: colored },
    },
    {
      data: { values: rows },
      mark: { type: 'point', filled: true, opacity: 1, size: 110 },
      encoding: { y, x: at('point'), color: colored },
    },
    {
      data: { values: seeds },
      mark: { type: 'point', filled: true, opacity: 0.45, size: 22, yOffset: 12 },
      encoding: { y, x: at('value'), color: colored },
    },
    {
      data: { values: rows },
      mark: { type: 'text', align: 'left', fontSize: size.label, color: ink.text },
      encoding: { y, x: { value: plotWidth + 14 }, text: { field: 'figures' } },
    },
  ];
  if (reference !== undefined) layers.unshift(...referenceLine(reference, at('reference')));
  return frame(description, `large dot and line: ${estimate}; small dots: seeds`, layers, {
    width: plotWidth,
    height: rowHeight * arms.length,
    beside: widest(names) + widest(rows.map(({ figures }) => figures)),
  });
}

const hasInterval = ({ low, high }: { readonly low: number; readonly high: number }): boolean =>
  !Number.isNaN(low) && !Number.isNaN(high);

/** Numbers as exact as the axis can show them: to about a hundredth of its length. */
function formatOn(axis: Axis, [low, high]: Domain, values: readonly number[]): string[] {
  const decimals = Math.max(0, 2 - Math.round(Math.log10(high - low)));
  const texts =
    axis.scale === 'log' || decimals > 6
      ? formatNumbers(values, 3)
      : values.map((value) => (Number.isFinite(value) ? value.toFixed(decimals) : String(value)));
  return texts.map((text) => text.replace(/^-/, '−')); // the minus sign of the axis
}

const widest = (texts: readonly string[]): number =>
  Math.max(...texts.map((text) => measureText(text, size.label)));

function referenceLine(
  { value, label }: { readonly value: number; readonly label: string },
  x: ReturnType<typeof positionOn>,
): Layer[] {
  const data = { values: [{ reference: value }] };
  return [
    { data, mark: { type: 'rule', strokeDash: [4, 3], strokeWidth: 1.5, color: ink.axis }, encoding: { x } },
    {
      data,
      mark: { type: 'text', text: label, fontSize: size.label, color: ink.quiet, baseline: 'bottom' },
      encoding: { x, y: { value: -5 } },
    },
  ];
}
