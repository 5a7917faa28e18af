/**
 * `a*b + c` rounded once, as processors with FMA compute it. PyTorch's CPU kernels use it, so the last bit of
 * `low + u * (high - low)` depends on it. Method: Boldo and Melquiond, "Emulation of FMA and correctly rounded sums:
 * proved algorithms using rounding to odd" (2008).
 */

/** `fl32(a*b + c)` of three float32 numbers. */
export function fusedMultiplyAdd32(a: number, b: number, c: number): number {
  // The product of two 24-bit significands is exact in float64.
  return Math.fround(addToOdd(a * b, c));
}

/** `fl64(a*b + c)` of three float64 numbers, none of them near the ends of the range. */
export function fusedMultiplyAdd64(a: number, b: number, c: number): number {
  const product = a * b;
  const productError = multiplicationError(a, b, product);
  const low = c + productError;
  const lowError = additionError(c, productError, low);
  const high = product + low;
  return high + addToOdd(additionError(product, low, high), lowError);
}

/** The error of `sum = fl(a + b)`, exactly (Knuth). */
function additionError(a: number, b: number, sum: number): number {
  const bPart = sum - a;
  return a - (sum - bPart) + (b - bPart);
}

/** The error of `product = fl(a * b)`, exactly (Dekker). */
function multiplicationError(a: number, b: number, product: number): number {
  const aHigh = upperHalf(a);
  const bHigh = upperHalf(b);
  const aLow = a - aHigh;
  const bLow = b - bHigh;
  return aLow * bLow - (product - aHigh * bHigh - aLow * bHigh - aHigh * bLow);
}

function upperHalf(x: number): number {
  const scaled = x * 134217729;
  return scaled - (scaled - x);
}

const bits = new BigInt64Array(1);
const float = new Float64Array(bits.buffer);

/**
 * a + b; where that is not a float64, the one of its two neighbours whose last bit is 1. A second rounding,
 * to fewer bits, then cannot mistake the sum for a tie.
 */
function addToOdd(a: number, b: number): number {
  const sum = a + b;
  const error = additionError(a, b, sum);
  if (error === 0) return sum;
  float[0] = sum;
  if ((bits[0] & 1n) === 0n) bits[0] += error > 0 === sum > 0 ? 1n : -1n;
  return float[0];
}
