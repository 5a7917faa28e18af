import type { DeviceProgram, DeviceStep, IndexCheck } from './program.js';

/** How the runs of a program are chained. */
export interface Chain {
  readonly count: number;
  /** Arguments that are the result, by its number, of the run before. */
  readonly carried: ReadonlyMap<number, number>;
  /** Arguments that hold a row for each run, one after the other. */
  readonly fed: ReadonlySet<number>;
  /** Results that are wanted of every run. */
  readonly read: readonly number[];
}

/**
 * `count` runs of a program as one program, whose state stays on the device from run to run. Its results are those of
 * the last run, and behind them, for each that is wanted of every run, one a run.
 */
export function unroll(program: DeviceProgram, { count, carried, fed, read }: Chain): DeviceProgram {
  const firstStep = program.arguments.length + program.literals.length;
  const kernels = [...program.kernels];
  // Nothing is read of rows without elements.
  const rowKernels = new Map(
    [...fed].flatMap((argument): [number, number][] => {
      const { size } = program.arguments[argument];
      return size === 0 ? [] : [[argument, kernels.push({ source: rowSource(size), size }) - 1]];
    }),
  );
  const steps: DeviceStep[] = [];
  const checks: IndexCheck[] = [];
  const add = (step: DeviceStep): number => firstStep + steps.push(step) - 1;
  /** For each value of the program the value of the current run. */
  let values: number[] = [];
  const everyRun = read.map((): number[] => []);
  for (let run = 0; run < count; run++) {
    const before = values;
    values = Array.from({ length: firstStep }, (_, i) => i);
    for (const [argument, kernel] of rowKernels)
      values[argument] = add({ kernel, inputs: [argument], row: run });
    if (run > 0)
      for (const [argument, result] of carried) values[argument] = before[program.results[result].value];
    for (const step of program.steps)
      values.push(add({ ...step, inputs: step.inputs.map((input) => values[input]) }));
    for (const check of program.checks)
      checks.push({ ...check, largest: values[check.largest], lowest: values[check.lowest] });
    read.forEach((result, i) => everyRun[i].push(values[program.results[result].value]));
  }
  return {
    kernels,
    arguments: program.arguments.map(({ dtype, size }, i) => ({
      dtype,
      size: fed.has(i) ? count * size : size,
    })),
    literals: program.literals,
    steps,
    results: [
      ...program.results.map((result) => ({ ...result, value: values[result.value] })),
      ...read.flatMap((result, i) => everyRun[i].map((value) => ({ ...program.results[result], value }))),
    ],
    checks,
  };
}

const rowSource = (size: number): string =>
  `function (a0, row) {\n  return a0[row * ${size} + this.thread.x];\n}`;
