/** A plan with its memory, and the tensors whose numbers lie there from one run to the next. */
import { packInto, toTypedArray } from '../../ir/array.js';
import { contiguousStrides, isContiguous, sizeOf } from '../../ir/layout.js';
import { Tensor, concrete } from '../../core/tensor.js';
import type { Strided, TypedArray } from '../../ir/kernel.js';
import type { Operand } from '../../ir/plan.js';
import type { Executable, Repetition } from '../../backends/executable.js';
import { failureOf } from './failure.js';
import type { LoweredFunction } from './build.js';
import { Resident } from './resident.js';

export interface BoundPlan {
  /**
   * Brings arguments into the plan's memory, from number `first` on (0 unless given); those before stay as they are.
   * Results of the last run are copied out before, unless they come back as the arguments in whose places they are.
   */
  readonly load: (args: readonly Tensor[], first?: number) => void;
  readonly execute: () => void;
  /**
   * Runs so many times. Before every run but the first, `feeds` give arguments their numbers by the run's; after each,
   * results are handed to `reads`, as they lie in memory.
   */
  readonly executeMany: (
    count: number,
    feeds: readonly { readonly input: number; readonly row: (run: number) => TypedArray }[],
    reads: readonly {
      readonly output: number;
      readonly store: (run: number, numbers: Strided) => void;
    }[],
  ) => void;
  /** A result of the last run, by its number. */
  readonly tensor: (output: number) => Tensor;
  /** An argument's place in memory, for writing to between runs. */
  readonly argument: (input: number) => TypedArray;
}

/** Results of at most so many numbers are copied out at once, which is less work than keeping track of them. */
const smallResult = 16;

export function bindPlan(lowered: LoweredFunction, executable: Executable): BoundPlan {
  const { name, inputNames, aliases } = lowered;
  const { inputs, outputs, buffers } = lowered.steps;
  /** Whether a result is left where it is until it is read or overwritten. */
  const staysInPlace = outputs.map(
    ({ shape }, output) => sizeOf(shape) > smallResult || aliases.some((alias) => alias.output === output),
  );
  /** The result that is written over each argument, if one is. */
  const successors = inputs.map((_, input) => aliases.find((alias) => alias.input === input)?.output);
  /** What each argument's buffer was last filled with, if it is still there. */
  const loaded = inputs.map((): Strided | null => null);
  /** The results of the last run whose numbers are still where it wrote them. */
  const residents = outputs.map((): Resident | null => null);
  /** Those of them that the next run has been given to write over. */
  let given: Resident[] = [];

  const read = ({ shape, strides, offset, buffer }: Operand): Strided => ({
    shape,
    strides,
    offset,
    data: executable.view(buffer),
  });

  /** The results that come back as the arguments in whose places they are. */
  const staying = (args: readonly Tensor[], first: number): Resident[] => {
    const found: Resident[] = [];
    for (let i = first; i < inputs.length; i++) {
      const output = successors[i];
      const resident = output === undefined ? null : residents[output];
      if (resident !== null && args[i].value === resident) found.push(resident);
    }
    return found;
  };

  const attempt = (run: () => void): void => {
    try {
      run();
    } catch (error) {
      throw failureOf(lowered, error, (buffer) => executable.view(buffer));
    }
  };

  const giveUp = (): void => {
    for (const resident of given) resident.giveUp(name);
    if (given.length > 0) residents.fill(null);
    given = [];
  };

  return {
    load(args, first = 0) {
      given = staying(args, first);
      // First of all: what is filled in below may lie where one of these does.
      for (let output = 0; output < outputs.length; output++) {
        const resident = residents[output];
        if (resident === null || given.includes(resident)) continue;
        resident.moveOut();
        residents[output] = null;
      }
      for (let i = first; i < inputs.length; i++) {
        const value = concrete(args[i], name);
        const output = successors[i];
        if (output !== undefined && residents[output] === value) continue;
        const source = value instanceof Resident ? value.present(`${name}: ${inputNames[i]}`) : value;
        if (loaded[i] === value) continue;
        fill(executable.view(inputs[i]), source);
        if (output === undefined) loaded[i] = value;
      }
    },
    execute() {
      // What a run that throws has not written over stays with whoever has it.
      if (executable.writesLast !== true) giveUp();
      attempt(() => {
        executable.run();
      });
      giveUp();
    },
    executeMany(count, feeds, reads) {
      giveUp();
      const repetition: Repetition = {
        count,
        feeds: feeds.map(({ input, row }) => ({ buffer: inputs[input], row })),
        reads: reads.map(({ output, store }) => {
          const { shape, strides, offset, buffer } = outputs[output];
          return {
            buffer,
            store: (run, data) => {
              store(run, { shape, strides, offset, data });
            },
          };
        }),
      };
      attempt(() => {
        runMany(executable, repetition);
      });
    },
    tensor(output) {
      const place = outputs[output];
      residents[output] ??= staysInPlace[output] ? new Resident(executable, place) : null;
      return new Tensor(place.shape, buffers[place.buffer].dtype, residents[output] ?? copied(read(place)));
    },
    argument: (input) => executable.view(inputs[input]),
  };
}

/** The runs of a repetition, in the executable's own way if it has one. */
export function runMany(executable: Executable, repetition: Repetition): void {
  if (executable.runMany !== undefined) {
    executable.runMany(repetition);
    return;
  }
  const { count, feeds, reads } = repetition;
  for (let run = 0; run < count; run++) {
    if (run > 0) for (const { buffer, row } of feeds) executable.view(buffer).set(row(run));
    executable.run();
    for (const { buffer, store } of reads) store(run, executable.view(buffer));
  }
}

/** Writes numbers to a place in memory, in row-major order. */
export function fill(target: TypedArray, source: Strided): void {
  const { data, offset } = source;
  if (!isContiguous(source)) packInto(target, source);
  else if (data.length === target.length) target.set(data);
  else target.set(data.subarray(offset, offset + target.length));
}

const copied = (source: Strided): Strided => ({
  data: toTypedArray(source),
  shape: source.shape,
  strides: contiguousStrides(source.shape),
  offset: 0,
});
