import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fusedMultiplyAdd32, fusedMultiplyAdd64 } from '../../engine/random/fusedMultiplyAdd.js';

/** A float64 as an exact fraction over 2^1100, which all results below are whole multiples of. */
function exact(x: number): bigint {
  let exponent = 0;
  while (!Number.isInteger(x)) {
    x *= 2;
    exponent++;
  }
  return BigInt(x) << BigInt(1100 - exponent);
}

const unit = 1n << 1100n;

/** Rounds an exact fraction to the nearest number of `bits` significant bits, ties to even. */
function round(value: bigint, bits: number): number {
  const magnitude = value < 0n ? -value : value;
  const excess = BigInt(Math.max(0, magnitude.toString(2).length - bits));
  const half = excess === 0n ? 0n : 1n << (excess - 1n);
  let kept = magnitude >> excess;
  const rest = magnitude - (kept << excess);
  if (rest > half || (rest === half && excess > 0n && (kept & 1n) === 1n)) kept += 1n;
  const scaled = Number(kept) * 2 ** (Number(excess) - 1000) * 2 ** -100;
  return value < 0n ? -scaled : scaled;
}

const moderate = fc
  .double({ min: -1e6, max: 1e6, noNaN: true })
  .filter((x) => x === 0 || Math.abs(x) > 1e-12);

describe('fused multiply-add', () => {
  it('rounds float64 once', () => {
    fc.assert(
      fc.property(moderate, moderate, moderate, (a, b, c) => {
        const expected = round((exact(a) * exact(b)) / unit + exact(c), 53);
        expect(fusedMultiplyAdd64(a, b, c) === expected, `${a} * ${b} + ${c}`).toBe(true);
      }),
      { numRuns: 2000 },
    );
  });

  it('rounds float32 once', () => {
    const float = moderate.map(Math.fround);
    fc.assert(
      fc.property(float, float, float, (a, b, c) => {
        const expected = round((exact(a) * exact(b)) / unit + exact(c), 24);
        expect(fusedMultiplyAdd32(a, b, c) === expected, `${a} * ${b} + ${c}`).toBe(true);
      }),
      { numRuns: 2000 },
    );
  });

  it('is not fooled where rounding to float64 first would make a tie', () => {
    // a*b is 2^-24 - 2^-70: with c it lies just below halfway between two floats, for float64 just halfway.
    const [a, b] = [2 ** -12 + 2 ** -35, 2 ** -12 - 2 ** -35];
    const c = 1 + 2 ** -23;
    expect(Math.fround(a * b + c)).toBe(1 + 2 ** -22);
    expect(fusedMultiplyAdd32(a, b, c)).toBe(c);
    expect(fusedMultiplyAdd32(-a, b, -c)).toBe(-c);
  });
});
