/** Compares the derivatives of a field by its gradient with derivatives by differences, entry by entry. */
import { type Slopes, slopesAtZero } from './differences.js';
import type { FlatField } from './flat.js';
import { type Probe, dense, magnitudeOf, pick, scaleOf } from './probe.js';

/** The derivative of one component of the result along one component of the arguments, computed both ways. */
export interface Derivative {
  readonly result: Probe;
  readonly argument: Probe;
  /** By the gradient that is checked. */
  readonly analytic: number;
  /** By differences. */
  readonly numeric: number;
  readonly error: number;
  readonly tolerance: number;
  /** The slopes from below and from above by differences; equal where the function is smooth. */
  readonly oneSided: readonly [below: number, above: number];
  /** Whether the differences agree with one another to the tolerance: the function is smooth at this scale. */
  readonly settled: boolean;
  /** What to do where they do not. */
  readonly remedy: string;
}

/** The size of cotangents: not 1, or a VJP that forgets its cotangent would pass. */
export const trial = -1.5;

/**
 * All derivatives of the components `results` along the components `args`. The tolerance is relative to the derivative, or to
 * the root mean square of its block (one tensor of the result by one of the arguments) where that is larger.
 */
export function compareDerivatives(
  field: FlatField,
  results: readonly Probe[],
  args: readonly Probe[],
): Derivative[] {
  const { point: at, value: centre, evaluate, pullback } = field;
  const { relative, rounding, pointRounding, attempts, remedy } = field.precision;
  const magnitudes = results.map((probe) => magnitudeOf(probe, centre, field.outputs));
  const projected = (values: Float64Array): Float64Array =>
    Float64Array.from(results, (probe) => pick(probe, values));
  const slopesAlong = (probe: Probe, attempt: number): Slopes => {
    const direction = dense(probe, at.length);
    const f = (t: number): Float64Array => projected(evaluate(at.map((x, i) => x + t * direction[i])));
    return slopesAtZero(f, projected(centre), attempt * scaleOf(probe, at, field.inputs));
  };
  const first = args.map((probe) => slopesAlong(probe, attempts[0]));
  const typical = blockSizes(results, args, first);
  const analytic = results.map((probe) => {
    const gradient = pullback(dense(probe, centre.length).map((c) => c * trial));
    return args.map((arg) => pick(arg, gradient) / trial);
  });
  return args.flatMap((argument, column) => {
    const compared = results.map((): Derivative | null => null);
    for (const attempt of attempts) {
      const slopes = attempt === attempts[0] ? first[column] : slopesAlong(argument, attempt);
      results.forEach((result, row) => {
        const before = compared[row];
        if (before?.settled === true) return;
        const numeric = slopes.value[row];
        const size = Math.max(Math.abs(numeric), typical(result, argument));
        const noise =
          rounding * Math.max(magnitudes[row], slopes.size[row]) +
          pointRounding * size * scaleOf(argument, at, field.inputs);
        const tolerance = relative * size + noise / slopes.step;
        const candidate = judge(result, argument, analytic[row][column], slopes, row, tolerance, remedy);
        if (before === null || candidate.settled || doubt(candidate) < doubt(before))
          compared[row] = candidate;
      });
      if (compared.every((derivative) => derivative?.settled)) break;
    }
    return compared.filter((derivative) => derivative !== null);
  });
}

function judge(
  result: Probe,
  argument: Probe,
  analytic: number,
  { value, uncertainty, jump }: Slopes,
  row: number,
  tolerance: number,
  remedy: string,
): Derivative {
  const [numeric, half] = [value[row], jump[row] / 2];
  const settled = uncertainty[row] <= tolerance && Math.abs(jump[row]) <= tolerance;
  const error = Math.abs(analytic - numeric);
  const oneSided = [numeric - half, numeric + half] as const;
  return { result, argument, analytic, numeric, error, tolerance, oneSided, settled, remedy };
}

/** How far apart the one-sided slopes are; of several unsettled attempts the one with the least is shown. */
function doubt({ oneSided: [below, above] }: Derivative): number {
  return Number.isNaN(above) ? Infinity : Math.abs(above - below);
}

/** The root mean square of the differences of each block, by the slots of its result and argument. */
function blockSizes(
  results: readonly Probe[],
  args: readonly Probe[],
  columns: readonly Slopes[],
): (result: Probe, argument: Probe) => number {
  const sums = new Map<string, { squares: number; count: number }>();
  const keyOf = (result: Probe, argument: Probe): string => `${result.slot} ${argument.slot}`;
  args.forEach((argument, column) => {
    results.forEach((result, row) => {
      const value = columns[column].value[row];
      if (!Number.isFinite(value)) return;
      const { squares, count } = sums.get(keyOf(result, argument)) ?? { squares: 0, count: 0 };
      sums.set(keyOf(result, argument), { squares: squares + value * value, count: count + 1 });
    });
  });
  return (result, argument) => {
    const sum = sums.get(keyOf(result, argument));
    return sum === undefined ? 0 : Math.sqrt(sum.squares / sum.count);
  };
}
