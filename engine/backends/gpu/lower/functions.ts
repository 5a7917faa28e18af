import type { UnaryFunction } from '../../../ir/expression.js';

/**
 * Functions that kernels call in place of those of the device, which WGSL allows to be wrong by 2^-11 (sin), by 4096 units in
 * the last place (atan), or altogether (tanh of 90 is NaN, log of 0 is -88). These are right to a few units in every mode.
 */
export const deviceFunctions = {
  /** Taylor's polynomial near 0, where the difference would cancel. */
  expm1Of: `function expm1Of(x) {
    let y = Math.exp(x) - 1;
    if (Math.abs(x) < 0.5) {
      y = x * (1 + x * (0.5 + x * (0.16666667163372 + x * (0.0416666679084 + x * (0.0083333337679 +
        x * (0.00138888892 + x * (0.0001984127 + x * 0.0000248015873)))))));
    }
    return y;
  }`,

  /** log of 1 + x between 1/2 and 2, 2 artanh(x / (2 + x)): that of a device may be wrong by 2^-21 there, even where it is 0. */
  logNearOf: `function logNearOf(x) {
    const z = x / (2 + x);
    const w = z * z;
    return 2 * z * (1 + w * (0.3333333432674 + w * (0.2000000029802 + w * (0.1428571492434 + w * (0.1111111119389 +
      w * (0.0909090936184 + w * (0.0769230797887 + w * 0.0666666701436)))))));
  }`,

  /**
   * log of 0 and below, which has no finite value, is twice the lowest number: minus infinity, which stays so in what is computed
   * from it, or the lowest number on devices without one. The host will see either in the result. So it is below, too.
   */
  logOf: `function logOf(x) {
    let y = -3.4028234663852886e38;
    if (x > 0) { y = Math.log(x); } else { y = y + y; }
    if (Math.abs(x - 1.25) < 0.75) { y = logNearOf(x - 1); }
    return y;
  }`,

  log1pOf: `function log1pOf(x) {
    let y = -3.4028234663852886e38;
    if (x > -1) { y = Math.log(1 + x); } else { y = y + y; }
    if (Math.abs(x - 0.25) < 0.75) { y = logNearOf(x); }
    return y;
  }`,

  /** e / (e + 2) with e = exp(2x) - 1; beyond 9.1 it is 1 in float32. */
  tanhOf: `function tanhOf(x) {
    const e = expm1Of(2 * Math.min(Math.abs(x), 9.5));
    let y = e / (e + 2);
    if (x < 0) { y = -y; }
    return y;
  }`,

  sigmoidOf: `function sigmoidOf(x) {
    let y = 0;
    if (x > -87.3) { y = 1 / (1 + Math.exp(-x)); }
    return y;
  }`,

  softplusOf: `function softplusOf(x) {
    return Math.max(x, 0) + log1pOf(Math.exp(-Math.abs(x)));
  }`,

  /**
   * Taylor's polynomial after the multiple of pi nearest to x has been taken off, and the sign. n is split in two, so that
   * its products with the first two parts of pi are exact. Beyond 1e7 n is not, and the result is infinite.
   */
  sineOf: `function sineOf(x, n) {
    const high = 4096 * Math.floor(n * 0.000244140625 + 0.5);
    const low = n - high;
    const r = x - high * 3.140625 - low * 3.140625 - high * 0.0009670257568359375 - low * 0.0009670257568359375 - n * 6.278329571e-7;
    const w = r * r;
    const y = r * (1 + w * (-0.16666667163372 + w * (0.0083333337679 + w * (-0.0001984127 +
      w * (0.0000027557319 + w * -2.5052108e-8)))));
    return y;
  }`,
  sinOf: `function sinOf(x) {
    const n = Math.floor(x * 0.31830988618379067 + 0.5);
    let y = sineOf(x, n);
    if (n - 2 * Math.floor(n * 0.5) > 0.5) { y = -y; }
    if (Math.abs(x) > 1e7) { y = 3.4028234663852886e38; y = y + y; }
    return y;
  }`,
  cosOf: `function cosOf(x) {
    const n = Math.floor(x * 0.31830988618379067);
    let y = sineOf(x, n + 0.5);
    if (n - 2 * Math.floor(n * 0.5) < 0.5) { y = -y; }
    if (Math.abs(x) > 1e7) { y = 3.4028234663852886e38; y = y + y; }
    return y;
  }`,

  /** Brought below tan(pi/8) by the addition theorem, then a polynomial (the coefficients of Cephes). */
  atanOf: `function atanOf(x) {
    const a = Math.abs(x);
    let z = a;
    let base = 0;
    if (a > 0.4142135679721832) { z = (a - 1) / (a + 1); base = 0.7853981633974483; }
    if (a > 2.4142136573791504) { z = -1 / a; base = 1.5707963267948966; }
    const w = z * z;
    let y = base + z + z * w * (-0.333329491539 + w * (0.199777106478 + w * (-0.138776856032 + w * 0.0805374449538)));
    if (x < 0) { y = -y; }
    return y;
  }`,

  /** Its power series up to 1; beyond, Abramowitz and Stegun 7.1.26, which is right to 1.5e-7. */
  erfOf: `function erfOf(x) {
    const a = Math.min(Math.abs(x), 6);
    const w = a * a;
    let y = a * 1.1283791670955126 * (1 + w * (-0.3333333432674 + w * (0.1 + w * (-0.0238095242530 +
      w * (0.0046296296641 + w * (-0.0007575757568 + w * (0.0001068376068 + w * (-0.0000132275132 +
      w * (0.0000014589169 + w * -1.450385e-7)))))))));
    if (a > 1) {
      const t = 1 / (1 + 0.3275911 * a);
      y = 1 - t * (0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429)))) * Math.exp(-w);
    }
    if (x < 0) { y = -y; }
    return y;
  }`,

  /**
   * |a|^b by exponential and logarithm; the sign of a negative base by the parity of a whole exponent. It does not call
   * logOf, because GLSL by gpu.js then does not find logNearOf, which logOf calls.
   */
  powOf: `function powOf(a, b) {
    let y = 0;
    if (a === 0) {
      if (b === 0) { y = 1; }
      if (b < 0) { y = 3.4028234663852886e38; y = y + y; }
    } else {
      const size = Math.abs(a);
      let power = Math.log(size);
      if (Math.abs(size - 1.25) < 0.75) { power = logNearOf(size - 1); }
      y = Math.exp(b * power);
      if (a < 0) {
        const n = Math.floor(b);
        if (n < b) { y = 3.4028234663852886e38; y = y + y; }
        if (n - 2 * Math.floor(n * 0.5) > 0.5) { y = -y; }
      }
    }
    return y;
  }`,

  truncateOf: `function truncateOf(x) {
    let y = Math.floor(x);
    if (x < 0) { y = Math.ceil(x); }
    return Math.max(-2147483648, Math.min(y, 2147483648));
  }`,
} as const;

/** How each function of one number is written. */
export const unaryText: Readonly<Record<UnaryFunction, (x: string) => string>> = {
  neg: (x) => `-${x}`,
  exp: (x) => `Math.exp(${x})`,
  expm1: (x) => `expm1Of(${x})`,
  log: (x) => `logOf(${x})`,
  log1p: (x) => `log1pOf(${x})`,
  tanh: (x) => `tanhOf(${x})`,
  sigmoid: (x) => `sigmoidOf(${x})`,
  softplus: (x) => `softplusOf(${x})`,
  sin: (x) => `sinOf(${x})`,
  cos: (x) => `cosOf(${x})`,
  atan: (x) => `atanOf(${x})`,
  erf: (x) => `erfOf(${x})`,
  floor: (x) => `Math.floor(${x})`,
  sqrt: (x) => `Math.sqrt(${x})`,
};
