/**
 * a^b as in IEEE 754, C and PyTorch. `Math.pow` differs in two rules: 1 to any power is 1, NaN included, and
 * so is -1 to an infinite one.
 */
export function power(a: number, b: number): number {
  const isOne = a === 1 || (a === -1 && (b === Infinity || b === -Infinity));
  return isOne ? 1 : Math.pow(a, b);
}
