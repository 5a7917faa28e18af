import type { NumericDistribution } from '../space/distributions.js';
import type { TpeConventions } from './profile.js';
import { fromTransformed, transformedRange } from './random.js';
import { logNormalDensity, logNormalMass, truncatedNormalQuantile } from '../../stats/normal.js';

/**
 * The kernels of a numeric parameter: normal distributions cut to [low, high], in log(x) for log ranges, one for each
 * observation and a last, as wide as the range, for the prior.
 */
export type NumericKernels = {
  readonly kind: 'numeric';
  readonly distribution: NumericDistribution;
  /** The range of the kernels. */
  readonly low: number;
  readonly high: number;
  readonly centres: readonly number[];
  readonly widths: readonly number[];
  /** Values have the mass of [x - massStep/2, x + massStep/2]; null where they have a density. */
  readonly massStep: number | null;
  readonly logDensity: (index: number, value: number) => number;
  readonly draw: (index: number, uniform: number) => number;
};

/**
 * Kernels at the observed values. The width is the larger gap to the sorted neighbours (the outermost have only one), kept
 * within [range / min(100, 2 + n), range] for n observations; or the fraction `share` of the range, unless that is null.
 */
export function numericKernels(
  distribution: NumericDistribution,
  observed: readonly number[],
  convention: TpeConventions,
  share: number | null,
): NumericKernels {
  const { log, step, kind } = distribution;
  const { low, high } = transformedRange(distribution);
  const range = high - low;
  const observations = observed.map(log ? Math.log : Number);
  const prior = 0.5 * (low + high);
  const neighbours = convention.priorIsNeighbour ? [...observations, prior] : observations;
  const gaps = share === null ? neighbourGaps(neighbours, low, high) : neighbours.map(() => share * range);
  const least = range / Math.min(100, 2 + observations.length);
  const widths = observations.map((_, i) => Math.min(Math.max(gaps[i], least), range));
  widths.push(range);
  const centres = [...observations, prior];

  const massStep = log && (kind === 'float' || !convention.discreteLogIntegers) ? null : step;
  const transform = log ? Math.log : Number;
  const logInside = centres.map((centre, i) =>
    logNormalMass((low - centre) / widths[i], (high - centre) / widths[i]),
  );

  function logDensity(index: number, value: number): number {
    const standardise = (x: number): number => (x - centres[index]) / widths[index];
    if (massStep !== null) {
      const lower = Math.max(transform(value - massStep / 2), low);
      const upper = Math.min(transform(value + massStep / 2), high);
      return logNormalMass(standardise(lower), standardise(upper)) - logInside[index];
    }
    const x = transform(value);
    if (x < low || x > high) return -Infinity;
    const scale = convention.normalised ? Math.log(widths[index]) : 0;
    return logNormalDensity(standardise(x)) - logInside[index] - scale;
  }

  function draw(index: number, uniform: number): number {
    const centre = centres[index];
    const width = widths[index];
    const standard = truncatedNormalQuantile(uniform, (low - centre) / width, (high - centre) / width);
    return fromTransformed(distribution, centre + standard * width);
  }

  return { kind: 'numeric', distribution, low, high, centres, widths, massStep, logDensity, draw };
}

/** For each point the larger gap to its neighbours; the ends of the range are neighbours of a single point only. */
function neighbourGaps(points: readonly number[], low: number, high: number): number[] {
  const order = points.map((_, i) => i).sort((a, b) => points[a] - points[b]);
  const sorted = order.map((i) => points[i]);
  const gaps = new Array<number>(points.length);
  order.forEach((point, i) => {
    const first = i === 0;
    const last = i === sorted.length - 1;
    const below = first ? sorted[i] - low : sorted[i] - sorted[i - 1];
    const above = last ? high - sorted[i] : sorted[i + 1] - sorted[i];
    if (sorted.length === 1) gaps[point] = Math.max(below, above);
    else gaps[point] = first ? above : last ? below : Math.max(below, above);
  });
  return gaps;
}
