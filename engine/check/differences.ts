/**
 * Slopes of a function of one number by differences, for comparison with slopes by differentiation.
 *
 * Central differences at the steps h, h/2, h/4 and h/8, extrapolated to h = 0 (Richardson 1911): the error falls
 * from order h^2 to h^8, so h can be large and rounding stays small. With h = scale/64 both are near 1e-12 of the
 * function, which leaves room to check gradients to 1e-9. If the values do not settle there, because a kink or a
 * pole is near, the steps are made 16 times smaller, down to 5e-7 of the scale.
 */

/** What differences say about the slopes at 0 of the components of `f(t)`. */
export interface Slopes {
  readonly value: Float64Array;
  /** How much the last extrapolation changed the value: more than the truncation error of a smooth function. */
  readonly uncertainty: Float64Array;
  /** The slope from above minus the slope from below. */
  readonly jump: Float64Array;
  /** The largest value that f took. */
  readonly size: Float64Array;
  /** The smallest step, by which the rounding errors of f are divided. */
  readonly step: number;
}

const levels = 4;

/** The slopes of f at 0 with differences no wider than `h` to each side; `centre` is f(0). */
export function slopesAtZero(f: (t: number) => Float64Array, centre: Float64Array, h: number): Slopes {
  const steps = Array.from({ length: levels }, (_, level) => h / 2 ** level);
  const sides = steps.map((step) => [f(step), f(-step)] as const);
  const slopes = new Float64Array(centre.length);
  const uncertainty = new Float64Array(centre.length);
  const jump = new Float64Array(centre.length);
  const size = new Float64Array(centre.length);
  for (let i = 0; i < centre.length; i++) {
    // The error of a central difference is a series in h^2; that of the difference of the one-sided slopes one
    // in odd powers of h, beginning with h f''.
    const central = steps.map((step, k) => (sides[k][0][i] - sides[k][1][i]) / (2 * step));
    const onesided = steps.map((step, k) => (sides[k][0][i] - 2 * centre[i] + sides[k][1][i]) / step);
    const { limit, doubt } = extrapolate(central, [2, 4, 6]);
    slopes[i] = limit;
    uncertainty[i] = doubt;
    jump[i] = extrapolate(onesided, [1, 3, 5]).limit;
    size[i] = sides
      .flat()
      .reduce((largest, values) => Math.max(largest, Math.abs(values[i])), Math.abs(centre[i]));
  }
  return { value: slopes, uncertainty, jump, size, step: steps[levels - 1] };
}

/**
 * The limit at h = 0 of values at h, h/2, h/4, ... whose error is a series in the given powers of h. Its doubt is how
 * far it is from the limit without the smallest step, or with one power less: small only if the error is such a series.
 */
function extrapolate(values: readonly number[], powers: readonly number[]): { limit: number; doubt: number } {
  let row = values;
  let before = row;
  for (const power of powers) {
    const weight = 2 ** power;
    before = row;
    row = row.slice(1).map((finer, k) => (weight * finer - before[k]) / (weight - 1));
  }
  const limit = row[0];
  return { limit, doubt: Math.max(...before.map((value) => Math.abs(limit - value))) };
}
