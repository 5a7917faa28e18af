import type { DeviceProgram } from './program.js';

/** What gpu.js keeps on the device for a program. */
export interface DeviceMemory {
  /** The sizes of all arrays in bytes, the largest first. */
  readonly arrays: readonly number[];
  readonly bytes: number;
}

/**
 * What gpu.js keeps on the device for a program: the arguments, each literal and a copy of it, one array for all that is read
 * back, and for the values that steps make as many arrays of each size as hold numbers at a time, since a step may write
 * to an array of its size that nothing reads any more.
 */
export function memoryOf(program: DeviceProgram): DeviceMemory {
  const { kernels, arguments: args, literals, steps } = program;
  const wanted = wantedOf(program);
  const first = args.length + literals.length;
  const lastRead = new Map<number, number>();
  steps.forEach(({ inputs }, i) => {
    for (const value of inputs) lastRead.set(value, i);
  });
  for (const value of wanted) lastRead.set(value, steps.length);

  /** For each size the steps that read the arrays of that size last. */
  const busyUntil = new Map<number, number[]>();
  steps.forEach(({ kernel }, i) => {
    const { size } = kernels[kernel];
    const arrays = busyUntil.get(size) ?? [];
    busyUntil.set(size, arrays);
    const free = arrays.findIndex((last) => last < i);
    arrays[free < 0 ? arrays.length : free] = lastRead.get(first + i) ?? -1;
  });
  const readLiterals = literals.filter((_, i) => lastRead.has(args.length + i)).map(({ length }) => length);
  const sizes = [
    ...args.filter((_, i) => lastRead.has(i)).map(({ size }) => size),
    ...readLiterals,
    ...readLiterals,
    ...[...busyUntil].flatMap(([size, arrays]) => arrays.map(() => size)),
    numbersReadBack(program),
  ];
  const arrays = sizes.map((size) => 4 * size).sort((a, b) => b - a);
  return { arrays, bytes: arrays.reduce((sum, bytes) => sum + bytes, 0) };
}

/** What a call brings back. */
export interface ReadBack {
  readonly results: readonly { readonly size: number }[];
  readonly checks: readonly unknown[];
}

/** How many numbers gpu.js reads back from the device in one array, in which each result begins at a multiple of four. */
export function numbersReadBack({ results, checks }: ReadBack): number {
  const mark = 4;
  return results.reduce((sum, { size }) => sum + 4 * Math.ceil(size / 4), mark + 8 * checks.length);
}

const wantedOf = ({ results, checks }: DeviceProgram): number[] => [
  ...results.map(({ value }) => value),
  ...checks.flatMap(({ largest, lowest }) => [largest, lowest]),
];

export function describeMemory({ arrays, bytes }: DeviceMemory): string {
  const largest = arrays.slice(0, 3).map(bytesText).join(', ');
  return `${bytesText(bytes)} in ${arrays.length} arrays, the largest of ${largest}`;
}

/** In the unit that leaves one to three digits before the point. */
export function bytesText(bytes: number): string {
  const units = ['bytes', 'KiB', 'MiB', 'GiB'];
  const unit = Math.max(0, Math.min(units.length - 1, Math.floor(Math.log2(Math.max(1, bytes)) / 10)));
  const value = bytes / 1024 ** unit;
  return `${Number.isInteger(value) ? value : value.toFixed(1)} ${units[unit]}`;
}
