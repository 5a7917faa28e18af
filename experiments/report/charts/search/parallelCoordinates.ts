import { UsageError } from '../../../../engine/core/errors.js';
import type { Distribution } from '../../../tuning/space/distributions.js';
import { type Axis, axisTitle, domainOf, placeOn, ticksOf } from '../../draw/axes.js';
import { type Figure, frame, inLayouts, type Layer } from '../../draw/figure.js';
import { axisWidth, type Layout } from '../../draw/layout.js';
import { measureText, wrapText } from '../../draw/fontMetrics.js';
import { armStyle, ink, rampColor, size } from '../../draw/theme.js';
import {
  bestInWords,
  readStudyPicture,
  type StudyPicture,
  type ValuedTrial,
  worstFirst,
} from './trialValues.js';

/** One vertical axis: where a trial crosses it, from 0 at the bottom to 1, or null if it has no such parameter. */
type Column = {
  readonly title: string;
  readonly ticks: readonly { readonly at: number; readonly label: string }[];
  readonly at: (trial: ValuedTrial) => number | null;
};

/** Pixels between two axes, or more where labels need them. */
const leastWidth = 120;

/** Where trials cross the axis of a parameter that they do not have. */
const absent = -0.1;

/**
 * Every complete trial as a line through its parameters and its value: the better, the stronger and the further in front,
 * and the best in orange. A trial without a conditional parameter passes below that axis.
 *
 * Throws a UsageError if no trial has a finite value.
 */
export function parallelCoordinates(description: StudyPicture): Figure {
  readStudyPicture('parallelCoordinates', description);
  return inLayouts((layout) => drawParallel(layout, description));
}

function drawParallel(layout: Layout, description: StudyPicture): Figure {
  const trials = worstFirst(description);
  const best = trials.at(-1);
  if (best === undefined) {
    throw new UsageError('parallelCoordinates: no trial has a finite value; leave the figure out.');
  }
  const ranges = new Map(trials.flatMap(({ distributions }) => Object.entries(distributions)));
  const columns = [
    ...[...ranges].map(([name, distribution]) => columnOf(name, distribution)),
    valueColumn(description.y, trials),
  ];
  const points = trials.flatMap((trial, rank) =>
    columns.map((column, position) => ({
      trial: trial.number,
      value: trial.value,
      color: rampColor(rank / Math.max(trials.length - 1, 1)),
      position,
      at: column.at(trial) ?? absent,
    })),
  );
  const lacking = points.some(({ at }) => at === absent);
  const labels = columns.flatMap(({ ticks }) => ticks.map(({ label }) => measureText(label, size.label)));
  const columnWidth = Math.max(leastWidth, Math.max(...labels) + 30);
  const channels = {
    x: {
      field: 'position',
      type: 'quantitative' as const,
      scale: { domain: [-0.35, columns.length - 0.75], nice: false },
      axis: null,
    },
    y: {
      field: 'at',
      type: 'quantitative' as const,
      scale: { domain: [lacking ? absent - 0.05 : -0.03, 1.03], nice: false },
      axis: null,
    },
  };
  const tooltip = [
    { field: 'trial', type: 'nominal' as const },
    { field: 'value', type: 'nominal' as const },
  ];
  const layers: Layer[] = [
    {
      data: { values: points.filter(({ trial }) => trial !== best.number) },
      mark: { type: 'line', strokeWidth: 1.2, opacity: 0.75, interpolate: 'monotone' },
      encoding: {
        ...channels,
        tooltip,
        detail: { field: 'trial', type: 'nominal' },
        color: { field: 'color', type: 'nominal', scale: null },
      },
    },
    {
      data: { values: points.filter(({ trial }) => trial === best.number) },
      mark: { type: 'line', strokeWidth: 3, color: armStyle(1).color, interpolate: 'monotone' },
      encoding: { ...channels, tooltip },
    },
    ...scaffold(columns, columnWidth, channels),
    ...(lacking ? [absence(points, channels)] : []),
  ];
  const note =
    `a line a trial, better ones stronger; orange: ${bestInWords(description)}` +
    (lacking ? '; below an axis: trials without that parameter' : '');
  const whole = layout.width + (layout.kind === 'file' ? 0 : axisWidth);
  const width = Math.max(whole, columnWidth * columns.length);
  return frame(layout, description, note, layers, { width, height: 330, beside: 0 });
}

type Channels = Readonly<Record<'x' | 'y', { readonly field: string; readonly type: 'quantitative' }>>;

const label = { type: 'text', align: 'right', dx: -8, fontSize: size.label } as const;

/** The axes with their ticks and titles, over the lines. */
function scaffold(columns: readonly Column[], columnWidth: number, { x, y }: Channels): Layer[] {
  const ticks = columns.flatMap((column, position) =>
    column.ticks.map(({ at, label }) => ({ position, at, label })),
  );
  const titles = columns.map(({ title }, position) => ({
    position,
    at: 1,
    title: wrapText(title, size.axisTitle, columnWidth - 12),
  }));
  return [
    {
      data: { values: columns.map((_, position) => ({ position, at: 0, end: 1 })) },
      mark: { type: 'rule', color: ink.axis, strokeWidth: 1.5 },
      encoding: { x, y, y2: { field: 'end' } },
    },
    {
      data: { values: ticks },
      mark: { type: 'tick', orient: 'horizontal', color: ink.axis, size: 9, thickness: 1.5 },
      encoding: { x, y },
    },
    // A white edge keeps the labels legible on the lines.
    {
      data: { values: ticks },
      mark: {
        ...label,
        color: '#ffffff',
        stroke: '#ffffff',
        strokeWidth: 4,
        strokeJoin: 'round',
        opacity: 0.85,
      },
      encoding: { x, y, text: { field: 'label' } },
    },
    {
      data: { values: ticks },
      mark: { ...label, color: ink.text },
      encoding: { x, y, text: { field: 'label' } },
    },
    {
      data: { values: titles },
      mark: {
        type: 'text',
        baseline: 'bottom',
        dy: -16,
        fontSize: size.axisTitle,
        color: ink.text,
        lineHeight: 16,
      },
      encoding: { x, y, text: { field: 'title' } },
    },
  ];
}

/** Says what it means where lines pass below an axis. */
function absence(
  points: readonly { readonly position: number; readonly at: number }[],
  { x, y }: Channels,
): Layer {
  const positions = new Set(points.filter(({ at }) => at === absent).map(({ position }) => position));
  return {
    data: { values: [...positions].map((position) => ({ position, at: absent, label: 'none' })) },
    mark: { ...label, dx: -14, color: ink.quiet },
    encoding: { x, y, text: { field: 'label' } },
  };
}

function columnOf(name: string, distribution: Distribution): Column {
  const of = (trial: ValuedTrial): unknown => trial.params[name];
  if (distribution.kind === 'categorical') {
    const { choices } = distribution;
    const at = (index: number): number => (choices.length === 1 ? 0.5 : index / (choices.length - 1));
    return {
      title: name,
      ticks: choices.map((choice, index) => ({ at: at(index), label: String(choice) })),
      at: (trial) =>
        Object.hasOwn(trial.params, name) ? at(choices.findIndex((choice) => choice === of(trial))) : null,
    };
  }
  const { low, high, log } = distribution;
  const axis: Axis = { title: name, scale: log ? 'log' : 'linear' };
  const scale = scaleOf(axis, low, high);
  return {
    title: name,
    ticks: scale.ticks,
    at: (trial) => (Object.hasOwn(trial.params, name) ? scale.at(Number(of(trial))) : null),
  };
}

function valueColumn(y: Axis, trials: readonly ValuedTrial[]): Column {
  const values = trials.map(({ value }) => value);
  const scale = scaleOf(y, ...domainOf('parallelCoordinates', y, values));
  return { title: axisTitle(y), ticks: scale.ticks, at: ({ value }) => scale.at(value) };
}

function scaleOf(axis: Axis, low: number, high: number) {
  const at = high > low ? placeOn(axis, [low, high]) : () => 0.5;
  const ticks = high > low ? ticksOf(axis, [low, high], 5) : [low];
  return { at, ticks: ticks.map((tick) => ({ at: at(tick), label: tickText(tick) })) };
}

function tickText(tick: number): string {
  const exact = Number(tick.toPrecision(12)); // 10 ** -5 is to be 1e-5
  const extreme = exact !== 0 && (Math.abs(exact) < 1e-3 || Math.abs(exact) >= 1e5);
  return (extreme ? exact.toExponential() : String(exact)).replace('e+', 'e').replace(/^-/, '−');
}
