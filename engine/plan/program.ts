/** A plan with its memory, and the tensors whose numbers lie there from one run to the next. */
import { toTypedArray } from '../core/array.js';
import { contiguousStrides, isContiguous, sizeOf } from '../core/shape.js';
import { Tensor, concrete } from '../core/tensor.js';
import type { Strided, TypedArray } from '../ir/kernel.js';
import type { Executable, LoweredPlan, Operand } from '../ir/plan.js';
import type { Pair } from './donate.js';
import { Resident } from './resident.js';

export interface Program {
  /**
   * Brings arguments into the plan's memory; `undefined` leaves an argument as it is. Results of the last run are
   * copied out first, unless they come back as the arguments in whose places they are.
   */
  readonly load: (args: readonly (Tensor | undefined)[]) => void;
  readonly execute: () => void;
  /** Results of the last run, by their numbers. */
  readonly results: (wanted: readonly number[]) => Tensor[];
  /** An argument's place in memory, for writing to between runs. */
  readonly argument: (input: number) => TypedArray;
  /** A result's numbers as they lie in memory, for reading between runs. */
  readonly result: (output: number) => Strided;
}

/** Results of at most so many numbers are copied out at once, which is less work than keeping track of them. */
const smallResult = 16;

/**
 * @param name Who runs the plan, for error messages.
 * @param pairs The results that are written over arguments.
 */
export function makeProgram(
  name: string,
  { inputs, outputs, buffers }: LoweredPlan,
  executable: Executable,
  pairs: readonly Pair[],
): Program {
  const isPaired = new Set(pairs.map(({ output }) => output));
  const overwritten = new Set(pairs.map(({ input }) => input));
  /** What each argument's buffer was last filled with, if it is still there. */
  const loaded = inputs.map((): Strided | null => null);
  /** The results of the last run whose numbers are still where it wrote them. */
  const residents = outputs.map((): Resident | null => null);
  /** Those of them that the next run has been given to write over. */
  let given: Resident[] = [];

  const read = (place: Operand): Strided => ({ ...place, data: executable.view(place.buffer) });

  return {
    load(args) {
      const values = args.map((arg) => arg && concrete(arg, name));
      const stays = ({ input, output }: Pair): boolean =>
        residents[output] !== null && residents[output] === values[input];
      const staying = pairs.filter(stays);
      for (const { input } of staying) values[input] = undefined;
      const sources = values.map((value) => (value instanceof Resident ? value.present() : value));

      given = staying.map(({ output }) => residents[output]!);
      residents.forEach((resident, output) => {
        if (resident !== null && !given.includes(resident)) resident.moveOut();
        residents[output] = null;
      });
      sources.forEach((source, i) => {
        if (source === undefined || loaded[i] === values[i]) return;
        fill(executable.view(inputs[i]), source);
        if (!overwritten.has(i)) loaded[i] = values[i]!;
      });
    },
    execute() {
      for (const resident of given) resident.giveUp(name);
      given = [];
      executable.run();
    },
    results(wanted) {
      return wanted.map((output) => {
        const place = outputs[output];
        const isLarge = isPaired.has(output) || sizeOf(place.shape) > smallResult;
        const resident = isLarge ? new Resident(executable, place) : null;
        residents[output] = resident;
        return new Tensor(place.shape, buffers[place.buffer].dtype, resident ?? copied(read(place)));
      });
    },
    argument: (input) => executable.view(inputs[input]),
    result: (output) => read(outputs[output]),
  };
}

function fill(target: TypedArray, source: Strided): void {
  const { data, offset } = source;
  if (!isContiguous(source)) target.set(toTypedArray(source));
  else if (data.length === target.length) target.set(data);
  else target.set(data.subarray(offset, offset + target.length));
}

const copied = (source: Strided): Strided => ({
  data: toTypedArray(source),
  shape: source.shape,
  strides: contiguousStrides(source.shape),
  offset: 0,
});
