/** The few operations on one-dimensional signals that MNIST-1D needs, as NumPy and SciPy compute them. */

/** `count` numbers evenly spaced from `start` to `stop`, both included: `numpy.linspace`. */
export function linspace(start: number, stop: number, count: number): Float64Array {
  const step = count === 1 ? 0 : (stop - start) / (count - 1);
  return new Float64Array(count).map((_, i) => (i > 0 && i === count - 1 ? stop : i * step + start));
}

/** A signal sampled at `count` places evenly spaced over it, linearly interpolated: `scipy.interpolate.interp1d`. */
export function resample(signal: Float64Array, count: number): Float64Array {
  if (signal.length === 1) return new Float64Array(count).fill(signal[0]);
  const places = linspace(0, 1, signal.length);
  const last = signal.length - 2;
  let left = 0;
  return linspace(0, 1, count).map((place) => {
    while (left < last && places[left + 1] <= place) left++;
    const slope = (signal[left + 1] - signal[left]) / (places[left + 1] - places[left]);
    return slope * (place - places[left]) + signal[left];
  });
}

/** The signal with its last `places` values moved to the front; unchanged if it has no more than that. */
export function rotate(signal: Float64Array, places: number): Float64Array {
  const start = places < signal.length ? signal.length - places : 0;
  return signal.map((_, i) => signal[(start + i) % signal.length]);
}

/**
 * The signal smoothed with weights proportional to `exp(-k^2 / (2 sigma^2))`, |k| <= 4 sigma; beyond its ends it is
 * mirrored, `c b a | a b c | c b a`: `scipy.ndimage.gaussian_filter`.
 */
export function gaussianFilter(signal: Float64Array, sigma: number): Float64Array {
  const radius = Math.floor(4 * sigma + 0.5);
  const weights = Float64Array.from({ length: 2 * radius + 1 }, (_, i) =>
    Math.exp(-0.5 * ((i - radius) / sigma) ** 2),
  );
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const period = 2 * signal.length;
  return signal.map((_, i) => {
    let sum = 0;
    for (let k = -radius; k <= radius; k++) {
      const place = (((i + k) % period) + period) % period;
      sum += weights[k + radius] * signal[Math.min(place, period - 1 - place)];
    }
    return sum / total;
  });
}

/** Subtracts the mean and divides by the standard deviation (over n), in place. */
export function standardise(values: Float64Array): void {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
  const deviation = Math.sqrt(variance);
  for (let i = 0; i < values.length; i++) values[i] = (values[i] - mean) / deviation;
}
