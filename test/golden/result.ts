/** The outcome of one golden case. A skipped case checks nothing and says why. */
export interface Result {
  readonly name: string;
  readonly ok: boolean;
  readonly detail: string;
  readonly skipped?: boolean;
}

/**
 * `|a - b| <= tolerance * max(|b|, rms b)` for every element; non-finite values must be equal. Returns the worst
 * violation, or null.
 */
export function compare(
  actual: ArrayLike<number>,
  expected: ArrayLike<number>,
  tolerance: number,
): {
  readonly index: number;
  readonly actual: number;
  readonly expected: number;
  readonly excess: number;
} | null {
  let squares = 0;
  for (let i = 0; i < expected.length; i++) if (Number.isFinite(expected[i])) squares += expected[i] ** 2;
  const rms = Math.sqrt(squares / Math.max(1, expected.length));
  let worst = null;
  for (let i = 0; i < Math.max(actual.length, expected.length); i++) {
    const [a, b] = [actual[i], expected[i]];
    if (Object.is(a, b) || a === b) continue;
    const error = Math.abs(a - b);
    const allowed = tolerance * Math.max(Math.abs(b), rms);
    const excess = Number.isFinite(error) ? error / Math.max(allowed, Number.MIN_VALUE) : Infinity;
    if (excess > 1 && (worst === null || excess > worst.excess))
      worst = { index: i, actual: a, expected: b, excess };
  }
  return worst;
}
