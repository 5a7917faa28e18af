import {
  type CategoricalDistribution,
  type Distribution,
  type NumericDistribution,
  toInternal,
} from '../space/distributions.js';
import type { TrialRecord } from '../log/records.js';
import { categoricalKernels } from '../samplers/categoricalKernels.js';
import { logNormalMass } from '../../stats/normal.js';

/** The largest number of grid points of a numeric range. */
const gridSize = 50;

/** The smallest width of a kernel, at which 90 % of it is within the cell of its grid point. */
const leastWidth = 0.5 / 1.64;

/**
 * The probability of each point of a parameter's grid (a choice, or one of up to 50 points of the range, in log(x) for
 * log ranges), smoothed from the given trials: a kernel of Scott's width for each trial and a uniform prior.
 */
export function gridDensity(
  name: string,
  distribution: Distribution,
  trials: readonly TrialRecord[],
): readonly number[] {
  const internal = trials.map((trial) => toInternal(distribution, trial.params[name]));
  if (distribution.kind === 'categorical') {
    return categoricalDensity(distribution, count(internal, distribution.choices.length));
  }
  return numericDensity(count(gridPoints(distribution, internal), numericGridSize(distribution)));
}

function numericGridSize({ kind, low, high, log, step }: NumericDistribution): number {
  if (kind === 'int' && log) return Math.min(Math.ceil(Math.log(high - low + 1) / Math.log(2)) + 1, gridSize);
  return step === null ? gridSize : Math.min(Math.round((high - low) / step) + 1, gridSize);
}

function gridPoints(distribution: NumericDistribution, values: readonly number[]): readonly number[] {
  const transform = distribution.log ? Math.log : Number;
  const low = transform(distribution.low);
  const size = numericGridSize(distribution);
  const spacing = (transform(distribution.high) - low) / (size - 1);
  return values.map((value) => {
    const point = Math.ceil((transform(value) - low) / spacing - 0.5);
    return Math.min(Math.max(point, 0), size - 1);
  });
}

function count(points: readonly number[], size: number): readonly number[] {
  const counts = new Array<number>(size).fill(0);
  for (const point of points) counts[point]++;
  return counts;
}

function categoricalDensity(
  distribution: CategoricalDistribution,
  counts: readonly number[],
): readonly number[] {
  const observed = counts.flatMap((times, choice) => (times > 0 ? [choice] : []));
  const { rows } = categoricalKernels(distribution, observed);
  const weights = [...observed.map((choice) => counts[choice]), 1];
  return mix(weights, (kernel, choice) => rows[kernel][choice], counts.length);
}

function numericDensity(counts: readonly number[]): readonly number[] {
  const points = counts.flatMap((times, point) => (times > 0 ? [point] : []));
  const high = counts.length - 1;
  const width = Math.max(
    scottWidth(
      points,
      points.map((point) => counts[point]),
    ),
    leastWidth,
  );
  const centres = [...points, high / 2];
  const widths = [...points.map(() => width), counts.length];
  const mass = (kernel: number, from: number, to: number): number =>
    logNormalMass((from - centres[kernel]) / widths[kernel], (to - centres[kernel]) / widths[kernel]);
  const inside = centres.map((_, kernel) => mass(kernel, -0.5, high + 0.5));
  const weights = [...points.map((point) => counts[point]), 1];
  return mix(
    weights,
    (kernel, point) => Math.exp(mass(kernel, point - 0.5, point + 0.5) - inside[kernel]),
    counts.length,
  );
}

/** 1.059 min(interquartile range / 1.34, standard deviation) n^(-1/5) of points with multiplicities (Scott 1992). */
function scottWidth(points: readonly number[], times: readonly number[]): number {
  const total = sum(times);
  const mean = sum(points.map((point, i) => point * times[i])) / total;
  const deviation = Math.sqrt(
    sum(points.map((point, i) => (point - mean) ** 2 * times[i])) / Math.max(1, total - 1),
  );
  const cumulative = times.map((_, i) => sum(times.slice(0, i + 1)));
  const first = cumulative.findIndex((sofar) => sofar >= Math.floor(total / 4));
  const third = cumulative.findIndex((sofar) => sofar > Math.floor((total * 3) / 4));
  const range = points.at(third)! - points[first];
  return 1.059 * Math.min(range / 1.34, deviation) * total ** -0.2;
}

/** The mixture's probability at each point, from the kernels' probabilities. */
function mix(
  weights: readonly number[],
  probability: (kernel: number, point: number) => number,
  size: number,
): readonly number[] {
  const total = sum(weights);
  return Array.from({ length: size }, (_, point) =>
    sum(weights.map((weight, kernel) => (weight / total) * probability(kernel, point))),
  );
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
