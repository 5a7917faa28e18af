import { UsageError } from '../../../../engine/core/errors.js';
import { isBoolean, isFinite, isList, isText } from '../../../../engine/core/options.js';
import { isNearBound, nearBound } from '../../../runner/results/bounds.js';
import { median } from '../../../stats/samples.js';
import { type Axis, placeOn, positionOn } from '../../draw/axes.js';
import { type Figure, type Heading, type Layer, frame, headingKinds, inLayouts } from '../../draw/figure.js';
import type { Layout } from '../../draw/layout.js';
import { isNumbers, type PartKinds, readEach, readParts } from '../../draw/parts.js';
import { layRows, wrapName } from '../../draw/rows.js';
import { ink, palette, size } from '../../draw/theme.js';

/** A parameter of an arm: the range that was searched, and what each search chose. */
export interface TunedParameter {
  /** The arm and the parameter, as in `adam: lr`. */
  readonly name: string;
  readonly low: number;
  readonly high: number;
  /** Whether the range is searched by ratios. */
  readonly log: boolean;
  /** The best value of each search. */
  readonly values: readonly number[];
}

export interface TunedBounds extends Heading {
  /** From top to bottom. */
  readonly parameters: readonly TunedParameter[];
}

const kinds: PartKinds<TunedBounds> = {
  required: { ...headingKinds.required, parameters: isList },
  optional: headingKinds.optional,
};
const parameterKinds: PartKinds<TunedParameter> = {
  required: { name: isText, low: isFinite, high: isFinite, log: isBoolean, values: isNumbers },
  optional: {},
};

/** Pixels for one parameter. */
const rowHeight = 50;

/**
 * Tuned values within the ranges that were searched, a row for each parameter of each arm: a dot for each search, an orange
 * triangle where it lies within 5 % of a bound, and the bounds in figures at both ends.
 *
 * Throws a UsageError if there is no parameter.
 */
export function tunedBounds(description: TunedBounds): Figure {
  const { parameters } = readParts('tunedBounds', description, kinds);
  readEach('tunedBounds', 'parameters', parameters, parameterKinds);
  if (parameters.length === 0)
    throw new UsageError('tunedBounds: no tuned parameter to draw; leave the figure out.');
  return inLayouts((layout) => drawBounds(layout, description));
}

/** Where a value is within its range, from 0 at the lower bound to 1 at the upper one; by ratios in a log range. */
export function placeWithin(
  { low, high, log }: Omit<TunedParameter, 'name' | 'values'>,
  value: number,
): number {
  return low === high ? 0.5 : placeOn({ title: '', scale: log ? 'log' : 'linear' }, [low, high])(value);
}

function drawBounds(layout: Layout, description: TunedBounds): Figure {
  const { parameters } = description;
  const names = parameters.map(({ name }) => wrapName(name));
  const dots = parameters.flatMap((parameter, row) =>
    parameter.values.map((value) => {
      const place = placeWithin(parameter, value);
      const isNear = parameter.low < parameter.high && isNearBound(Math.min(place, 1 - place));
      return { name: names[row], value, place, isNear };
    }),
  );
  const texts = parameters.map(({ values }, row) => {
    const near = dots.filter(({ name, isNear }) => name === names[row] && isNear).length;
    const middle = values.length === 0 ? '-' : `median ${short(median(values))}`;
    return { name: names[row], figures: `${middle}\n${near} of ${values.length} near a bound` };
  });
  const { y, shift, ...laid } = layRows(layout, 'name', texts, rowHeight);
  const axis: Axis = { title: 'place within the range that was searched' };
  const at = (field: string) => {
    const channel = positionOn(axis, field, [0, 1], [0, nearBound, 0.25, 0.5, 0.75, 1 - nearBound, 1]);
    const labelExpr =
      "datum.value == 0 ? 'lower bound' : datum.value == 1 ? 'upper bound' : datum.value == 0.5 ? 'middle' : ''";
    return { ...channel, axis: { ...channel.axis, labelExpr, labelFlush: true, labelOverlap: false } };
  };
  const bounds = parameters.flatMap(({ low, high }, row) => {
    const [from, to] = [low, high].map(short);
    return [
      { name: names[row], place: 0, text: from, align: 'left' },
      { name: names[row], place: 1, text: to, align: 'right' },
    ];
  });
  const ofBounds = (align: 'left' | 'right'): Layer => ({
    data: { values: bounds.filter((bound) => bound.align === align) },
    mark: {
      ...{ type: 'text', align, baseline: 'top', fontSize: size.label - 1, color: ink.quiet },
      yOffset: shift + 8,
    },
    encoding: { y, x: at('place'), text: { field: 'text' } },
  });
  const ofDots = { opacity: 0.75, filled: true, yOffset: shift - 3 };
  const layers: Layer[] = [
    {
      data: { values: names.map((name) => ({ name, from: 0, to: 1 })) },
      mark: { type: 'rule', strokeWidth: 1.5, color: ink.axis, yOffset: shift - 3 },
      encoding: { y, x: at('from'), x2: { field: 'to' } },
    },
    {
      data: { values: names.flatMap((name) => [0, 1].map((place) => ({ name, place }))) },
      mark: { type: 'tick', thickness: 1.5, height: 14, color: ink.axis, yOffset: shift - 3 },
      encoding: { y, x: at('place') },
    },
    {
      data: { values: dots.filter(({ isNear }) => !isNear) },
      mark: { ...ofDots, type: 'point', size: 46, color: palette[0] },
      encoding: { y, x: at('place') },
    },
    {
      data: { values: dots.filter(({ isNear }) => isNear) },
      mark: { ...ofDots, type: 'point', shape: 'triangle-up', size: 62, color: palette[1] },
      encoding: { y, x: at('place') },
    },
    ofBounds('left'),
    ofBounds('right'),
    ...laid.texts,
  ];
  const note =
    'dots: the best trial of each search; orange triangles: within 5 % of a bound; a range that is searched on a log scale is drawn on one';
  return frame(layout, description, note, layers, laid);
}

/** A value in at most three significant digits, as in `0.0032` and `1e-5`. */
function short(value: number): string {
  const rounded = Number(value.toPrecision(3));
  const isPlain = rounded === 0 || (Math.abs(rounded) >= 1e-3 && Math.abs(rounded) < 1e5);
  return isPlain ? String(rounded) : rounded.toExponential().replace('e+', 'e');
}
