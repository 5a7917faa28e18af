/**
 * The numbers of one column as text, with equally many decimals so that decimal points line up: enough to give the largest
 * number `digits` significant digits and the smallest three.
 *
 * If that takes more than six decimals, or the largest is 1e7 or more, all are written as `9.400e-5` instead. A column of
 * integers has no decimals. Missing values (null) are `-`; NaN and the infinities are written as such.
 */
export function formatNumbers(values: readonly (number | null)[], digits = 4): string[] {
  const finite = values.filter((value): value is number => Number.isFinite(value));
  const write = chooseFormat(finite, digits);
  return values.map((value) => {
    if (value === null) return '-';
    return Number.isFinite(value) ? write(value) : String(value);
  });
}

function chooseFormat(values: readonly number[], digits: number): (value: number) => string {
  const sizes = values.filter((value) => value !== 0).map(Math.abs);
  const largest = Math.max(...sizes);
  if (sizes.every(Number.isInteger) && largest < 1e7) return String;
  const decimals = Math.max(0, digits - 1 - magnitude(largest), 2 - magnitude(Math.min(...sizes)));
  if (decimals <= 6 && largest < 1e7) return (value) => value.toFixed(decimals);
  return (value) => (value === 0 ? '0' : value.toExponential(digits - 1));
}

/** The power of ten of the leading digit: -2 for 0.034. */
const magnitude = (size: number): number => Math.floor(Math.log10(size));

/** A level as in `95 %` or `98.33 %`. */
export const formatLevel = (level: number): string => `${Number((100 * level).toFixed(2))} %`;

/** A duration in words short enough for a progress line: `8 s`, `3 min 05 s`, `2 h 07 min`. */
export function formatDuration(seconds: number): string {
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  const pair = (value: number): string => String(value).padStart(2, '0');
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${pair(whole % 60)} s`;
  const minutes = Math.round(seconds / 60);
  return `${Math.floor(minutes / 60)} h ${pair(minutes % 60)} min`;
}
