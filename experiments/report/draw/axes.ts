import { UsageError } from '../../../engine/core/errors.js';
import { isOneOf, isPositive, isText, kind } from '../../../engine/core/options.js';
import { isNumbers, type PartKinds, readParts } from './parts.js';

/** The description of an axis of a figure. */
export interface Axis {
  /** As in `validation loss`. */
  readonly title: string;
  /** As in `nats`; written behind the title in parentheses. A count has none. */
  readonly unit?: string;
  /** Default `linear`. Everything on a `log` axis must be positive; a `symlog` one goes on to zero. */
  readonly scale?: 'linear' | 'log' | 'symlog';
  /** Where a `symlog` axis turns from logarithmic to linear on its way to zero. */
  readonly linearBelow?: number;
  /** The smallest and the largest possible value, such as 0 and 1 of a proportion; intervals are clipped to them. */
  readonly bounds?: readonly [low: number, high: number];
}

/** A range of an axis, ascending. */
export type Domain = readonly [low: number, high: number];

/** Clamps a value to the bounds of the axis. NaN stays NaN. */
export const clip = ({ bounds = [-Infinity, Infinity] }: Pick<Axis, 'bounds'>, value: number): number =>
  Math.min(Math.max(value, bounds[0]), bounds[1]);

/** Clamps both ends of an interval to the bounds of the axis. */
export const clipInterval = <Of extends { readonly low: number; readonly high: number }>(
  axis: Pick<Axis, 'bounds'>,
  interval: Of,
): Of => ({ ...interval, low: clip(axis, interval.low), high: clip(axis, interval.high) });

/**
 * The axis for values that may be zero: a `log` one turns into `symlog`, linear below the smallest positive value, if there are
 * zeros among positive values, and into a linear one if there is nothing else.
 */
export function showingZero(axis: Axis, values: readonly number[]): Axis {
  if (axis.scale !== 'log' || !values.includes(0)) return axis;
  const { title, unit, bounds } = axis;
  const words = { title, ...(unit !== undefined && { unit }), ...(bounds !== undefined && { bounds }) };
  const positive = values.filter((value) => value > 0 && Number.isFinite(value));
  if (positive.length === 0) return words;
  const [smallest, largest] = [Math.min, Math.max].map((choose) => positive.reduce((a, b) => choose(a, b)));
  // Their ratio has to be a number.
  const linearBelow = Math.max(smallest, largest / 1e300);
  return { ...words, scale: 'symlog', linearBelow };
}

export const axisTitle = ({ title, unit }: Axis): string =>
  unit === undefined ? title : `${title} (${unit})`;

/**
 * The range that shows all finite values, with a margin of 4 % of it on both sides (in powers of ten on a log axis). A margin ends at
 * the bounds of the axis, unless values lie beyond them.
 *
 * Throws a UsageError naming `figure` where there is no finite value, one that a log axis cannot show, and values so far apart that
 * their difference is infinite.
 */
export function domainOf(figure: string, axis: Axis, values: readonly number[]): Domain {
  const finite = values.filter(Number.isFinite);
  const low = finite.reduce((least, value) => Math.min(least, value), Infinity);
  const high = finite.reduce((most, value) => Math.max(most, value), -Infinity);
  if (finite.length === 0) {
    throw new UsageError(`${figure}: no finite value of '${axis.title}' to draw; leave the figure out.`);
  }
  if (axis.scale === 'log') {
    if (low <= 0) {
      throw new UsageError(
        `${figure}: '${axis.title}' has a value of ${low} on a log axis; use a linear one.`,
      );
    }
    const margin = high > low ? Math.exp(0.04 * (Math.log(high) - Math.log(low))) : 1.25;
    return [Math.max(low / margin, Number.MIN_VALUE), Math.min(high * margin, Number.MAX_VALUE)];
  }
  if (axis.scale === 'symlog') {
    const bend = bendOf(axis);
    return [
      Math.min(low, 0) - 0.3 * bend,
      Math.min(high * Math.max(high / bend, 10) ** 0.04, Number.MAX_VALUE),
    ];
  }
  if (!Number.isFinite(1.1 * high - 1.1 * low)) {
    throw new UsageError(
      `${figure}: '${axis.title}' goes from ${low} to ${high}, too far apart for a linear axis; use a log one.`,
    );
  }
  // Values that differ by rounding errors are equal: ticks could not tell them apart.
  const differ = high - low > 1e-10 * Math.max(Math.abs(low), Math.abs(high));
  const margin = differ ? 0.04 * (high - low) : 0.05 * Math.abs(high) || 1;
  const least = axis.bounds !== undefined && low >= axis.bounds[0] ? axis.bounds[0] : -Infinity;
  const most = axis.bounds !== undefined && high <= axis.bounds[1] ? axis.bounds[1] : Infinity;
  const domain = [Math.max(low - margin, least), Math.min(high + margin, most)] as const;
  return domain[0] < domain[1] ? domain : [low - margin, high + margin];
}

const bendOf = ({ linearBelow = 1 }: Axis): number => linearBelow;

/** A function from values to positions on an axis, from 0 at the lower end of its range to 1 at the upper one. */
export function placeOn(axis: Axis, [low, high]: Domain): (value: number) => number {
  const on = (value: number): number => {
    if (axis.scale === 'log') return Math.log(value);
    return axis.scale === 'symlog' ? Math.sign(value) * Math.log1p(Math.abs(value / bendOf(axis))) : value;
  };
  return (value) => (on(value) - on(low)) / (on(high) - on(low));
}

/** Where the ticks of a range go: round numbers, about `count` of them. */
export function ticksOf(axis: Axis, [low, high]: Domain, count = 6): number[] {
  if (axis.scale === 'symlog') {
    const { title } = axis;
    return [0, ...ticksOf({ title, scale: 'log' }, [bendOf(axis), high], count)];
  }
  if (axis.scale !== 'log') return linearTicks(low, high, count);
  const decades = Math.log10(high) - Math.log10(low);
  const powers = linearTicks(Math.log10(low), Math.log10(high), count).filter(Number.isInteger);
  if (decades >= 3) return powers.map((power) => Number(`1e${power}`));
  const ticks: number[] = [];
  for (let power = Math.floor(Math.log10(low)); power <= Math.log10(high); power++) {
    for (const step of [1, 2, 5]) ticks.push(Number(`${step}e${power}`));
  }
  const visible = ticks.filter((tick) => tick >= low && tick <= high);
  // Within less than about one power of ten, evenly spaced round numbers say more than 1, 2 and 5.
  return visible.length >= 4 ? visible : linearTicks(low, high, count);
}

function linearTicks(low: number, high: number, count: number): number[] {
  const rough = (high - low) / count;
  const power = Math.floor(Math.log10(rough));
  // The round step nearest to the rough one, by ratio.
  const multiple = [1, 2, 5, 10].find((candidate) => candidate >= (rough / 10 ** power) * Math.SQRT1_2)!;
  const step = multiple * 10 ** power;
  const ticks: number[] = [];
  const first = Math.ceil(low / step);
  // Counted from 0: beyond 2^53 adding 1 to an index would not change it.
  for (let i = 0; i <= Math.floor(high / step) - first; i++) {
    ticks.push(Number(((first + i) * step).toPrecision(12))); // 3 * 0.1 is to be 0.3
  }
  return ticks;
}

/** How to write ticks, as a Vega expression: `0.50` beside `0.25`, and `1e-5` and `1` rather than Vega's `10µ` and `1e+0`. */
function tickLabel(axis: Axis, ticks: readonly number[]): string {
  const isLog = axis.scale === 'log' || axis.scale === 'symlog';
  const sizes = ticks.map(Math.abs).filter((size) => size > 0);
  const smallest = Math.min(...sizes);
  const largest = Math.max(...sizes);
  if (largest >= 1e6 || smallest < (isLog ? 1e-3 : 1e-5)) {
    return "datum.value == 0 ? '0' : replace(format(datum.value, '~e'), /e[+](0$)?/, datum.value < 10 ? '' : 'e')";
  }
  if (isLog && largest >= 10 * smallest) return "format(datum.value, '~r')";
  const decimals = ticks.map((tick) => (String(tick).split('.')[1] ?? '').length);
  return `format(datum.value, '.${Math.max(...decimals)}f')`;
}

/** The Vega-Lite encoding of channel `x` or `y` that shows `field` on this axis. */
export function positionOn(axis: Axis, field: string, domain: Domain, ticks = ticksOf(axis, domain)) {
  return {
    field,
    title: axisTitle(axis),
    type: 'quantitative' as const,
    scale: {
      type: axis.scale ?? 'linear',
      domain: [...domain],
      nice: false,
      ...(axis.scale === 'symlog' ? { constant: bendOf(axis) } : {}),
    },
    axis: { title: axisTitle(axis), values: ticks, labelExpr: tickLabel(axis, ticks) },
  };
}

/** The same for an axis of counts (epochs, trials), with ticks at integers only. */
export function countOn(axis: Axis, field: string, domain: Domain) {
  return positionOn(axis, field, domain, ticksOf(axis, domain, 10).filter(Number.isInteger));
}

const isBounds = kind('two ascending numbers', (value) => {
  if (!isNumbers.accepts(value)) return false;
  const [low, high, ...more] = value as readonly number[];
  return low < high && more.length === 0;
});
const axisKinds: PartKinds<Axis> = {
  required: { title: isText },
  optional: {
    unit: isText,
    scale: isOneOf('linear', 'log', 'symlog'),
    linearBelow: isPositive,
    bounds: isBounds,
  },
};
export const readAxis = (caller: string, axis: unknown): Axis => readParts(caller, axis, axisKinds);
