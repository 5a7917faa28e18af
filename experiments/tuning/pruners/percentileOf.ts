/**
 * The percentile of at least one value, by linear interpolation between the sorted values: NumPy's default to the last
 * bit, its NaN next to an infinite value included, since decisions depend on it.
 */
export function percentile(values: readonly number[], percent: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  const position = (sorted.length - 1) * (percent / 100);
  const below = Math.floor(position);
  const share = position - below;
  const low = sorted[below];
  const high = sorted[Math.min(below + 1, sorted.length - 1)];
  return share >= 0.5 ? high - (high - low) * (1 - share) : low + (high - low) * share;
}
