import { isList } from '../../../../engine/core/options.js';
import { armChannels, coverage, coveredBy, type OfStudy, studyKinds } from '../../draw/arms.js';
import { type Axis, domainOf, positionOn, readAxis } from '../../draw/axes.js';
import { bands } from './curveSummary.js';
import { type Figure, type Heading, type Layer, frame, inLayouts, headingKinds } from '../../draw/figure.js';
import type { Layout } from '../../draw/layout.js';
import { type Measurement, checkArms, measurementKinds } from './measurement.js';
import { crossMark } from '../../draw/theme.js';
import { isObject, isTexts, type PartKinds, readEach, readParts } from '../../draw/parts.js';

export interface Sweep extends Heading, OfStudy {
  /** The setting, such as the initial learning rate; usually a log axis. */
  readonly x: Axis;
  /** The result, such as the final loss. */
  readonly y: Axis;
  readonly arms: readonly string[];
  /** One for each arm, setting (`at`) and seed. */
  readonly measurements: readonly Measurement[];
}

const kinds: PartKinds<Sweep> = {
  required: { ...headingKinds.required, x: isObject, y: isObject, arms: isTexts, measurements: isList },
  optional: { ...headingKinds.optional, ...studyKinds.optional },
};

/** The distance between dots of neighbouring arms, as a fraction of the axis. */
const dodge = 0.005;

/**
 * The result at each setting, for several arms: the seeds as dots, their median as a line in a band from the lowest to the highest
 * seed, and seeds that diverged as crosses on the upper edge. A diverged seed counts as infinite, so the line breaks where half of
 * them did. The legend names a line that another one covers.
 *
 * Throws a UsageError if nothing finite is left to draw or a log axis meets a value that is not positive.
 */
export function sweep(description: Sweep): Figure {
  const { x, y, arms, measurements } = readParts('sweep', description, kinds);
  readAxis('sweep: x', x);
  readAxis('sweep: y', y);
  readEach('sweep', 'measurements', measurements, measurementKinds);
  checkArms('sweep', arms, measurements);
  return inLayouts((layout) => drawSweep(layout, description));
}

function drawSweep(layout: Layout, description: Sweep): Figure {
  const { x, y, arms, measurements, studyArms } = description;
  const yDomain = domainOf(
    'sweep',
    y,
    measurements.map(({ value }) => value),
  );
  const xDomain = domainOf(
    'sweep',
    x,
    measurements.map(({ at }) => at),
  );
  const summaries = arms.map((arm) =>
    summarize(measurements.filter((one) => one.arm === arm)).map(({ at, center, low, high }) => ({
      at,
      // Null breaks line and band.
      center: Number.isFinite(center) ? center : null,
      low: Number.isFinite(low) ? low : null,
      high: Number.isFinite(low) ? Math.min(high, yDomain[1]) : null,
    })),
  );
  const covered = coveredBy(
    y,
    yDomain,
    arms.map((name, i) => ({ name, points: summaries[i].map(({ at, center }) => [at, center]) })),
  );
  const labels = arms.map((arm, position) => armLabel(arm, measurements, covered[position]));
  const lines = summaries.flatMap((points, position) =>
    points.map((point) => ({ arm: labels[position], ...point })),
  );
  const dots = measurements.map(({ arm, seed, at, value }) => {
    const position = arms.indexOf(arm);
    const shift = dodge * (position - (arms.length - 1) / 2);
    const beside =
      x.scale === 'log'
        ? at * Math.exp(shift * (Math.log(xDomain[1]) - Math.log(xDomain[0])))
        : at + shift * (xDomain[1] - xDomain[0]);
    return { arm: labels[position], seed, at, beside, value };
  });
  const finite = dots.filter(({ value }) => Number.isFinite(value));
  const diverged = dots
    .filter(({ value }) => !Number.isFinite(value))
    .map((dot) => ({ ...dot, value: yDomain[1] }));
  const { color, strokeDash, entries } = armChannels('sweep', arms, labels, studyArms, layout);
  const channels = {
    x: positionOn(x, 'at', xDomain),
    y: positionOn(y, 'center', yDomain),
    color,
  };
  const ofDots = {
    ...channels,
    x: positionOn(x, 'beside', xDomain),
    y: positionOn(y, 'value', yDomain),
  };
  const layers: Layer[] = [
    {
      data: { values: lines },
      mark: { type: 'area', opacity: 0.12 },
      encoding: { ...channels, y: { ...channels.y, field: 'low' }, y2: { field: 'high' } },
    },
    {
      data: { values: lines },
      mark: { type: 'line', strokeWidth: 2.2 },
      encoding: { ...channels, strokeDash },
    },
    {
      data: { values: finite },
      mark: { type: 'point', filled: true, opacity: 0.6, size: 22 },
      encoding: ofDots,
    },
  ];
  if (diverged.length > 0) {
    layers.push({
      data: { values: diverged },
      mark: { ...crossMark, opacity: 0.9, size: 70 },
      encoding: ofDots,
    });
  }
  const crosses = diverged.length > 0 ? '; crosses at the edge: diverged' : '';
  const note = `dots: seeds; line: their median; band: lowest to highest${crosses}`;
  return frame(layout, description, note, layers, {}, entries);
}

function armLabel(name: string, measurements: readonly Measurement[], by: string | undefined): string {
  const seeds = new Set(measurements.filter(({ arm }) => arm === name).map(({ seed }) => seed));
  return `${name} (n = ${seeds.size}${coverage(by)})`;
}

function summarize(measurements: readonly Measurement[]) {
  const settings = [...new Set(measurements.map(({ at }) => at))].sort((a, b) => a - b);
  return settings.map((at) => {
    const values = measurements.filter((one) => one.at === at).map(({ value }) => value);
    return { at, ...bands.range.of(values.map((value) => (Number.isFinite(value) ? value : Infinity))) };
  });
}
