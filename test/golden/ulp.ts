/** The distance of neighbouring floats at x: 24 or 53 bits from the leading one. */
export const ulp32 = (x: number): number => 2 ** (Math.max(exponent(x), -126) - 23);
export const ulp64 = (x: number): number => 2 ** (Math.max(exponent(x), -1022) - 52);

function exponent(x: number): number {
  const guess = Math.floor(Math.log2(Math.abs(x)));
  return 2 ** guess > Math.abs(x) ? guess - 1 : guess;
}
