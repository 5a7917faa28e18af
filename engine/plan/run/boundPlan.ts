/** A plan with its memory, and the tensors that are stored there from one run to the next. */
import { dense, packInto, toTypedArray } from '../../ir/array.js';
import { isContiguous, sizeOf } from '../../ir/layout.js';
import { Tensor, concrete } from '../../core/tensor.js';
import type { Strided, TypedArray } from '../../ir/kernel.js';
import type { Operand } from '../../ir/plan.js';
import type { Executable, Repetition } from '../../backends/executable.js';
import { runMany } from '../../backends/runMany.js';
import { failureOf } from './failure.js';
import type { LoweredFunction } from './build.js';
import { Resident } from './resident.js';

export interface BoundPlan {
  /**
   * Brings arguments into the plan's memory, from number `first` on (default 0); those before stay unchanged. Results of the
   * last run are copied out first, unless they come back as the arguments over which they were written.
   */
  readonly load: (args: readonly Tensor[], first?: number) => void;
  readonly execute: () => void;
  /**
   * Runs `count` times. Before every run but the first, each of `feeds` fills an argument by the number of the run; after each
   * run, results are handed to `reads` as they are stored.
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

/** Results of at most this many elements are copied out at once, which costs less than tracking them. */
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
  /** The value that each argument's buffer still holds. */
  const loaded = inputs.map((): Strided | null => null);
  /** The results of the last run that are still stored where it wrote them. */
  const residents = outputs.map((): Resident | null => null);
  /** Those of them that the next run writes over. */
  let donated: Resident[] = [];

  const read = ({ shape, strides, offset, buffer }: Operand): Strided => ({
    shape,
    strides,
    offset,
    data: executable.view(buffer),
  });

  /** The results that come back as the arguments over which they were written. */
  const staying = (args: readonly Tensor[], first: number): Resident[] => {
    const matches: Resident[] = [];
    for (let i = first; i < inputs.length; i++) {
      const output = successors[i];
      const resident = output === undefined ? null : residents[output];
      if (resident !== null && args[i].value === resident) matches.push(resident);
    }
    return matches;
  };

  const attempt = (run: () => void): void => {
    try {
      run();
    } catch (error) {
      throw failureOf(lowered, error, (buffer) => executable.view(buffer));
    }
  };

  const giveUp = (): void => {
    for (const resident of donated) resident.giveUp(name);
    if (donated.length > 0) residents.fill(null);
    donated = [];
  };

  return {
    load(args, first = 0) {
      donated = staying(args, first);
      // Before any argument is filled, which may share memory with one of these.
      for (let output = 0; output < outputs.length; output++) {
        const resident = residents[output];
        if (resident === null || donated.includes(resident)) continue;
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
      // Where a run that throws has written nothing, donated tensors stay readable.
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
      return new Tensor(
        place.shape,
        buffers[place.buffer].dtype,
        residents[output] ?? dense(toTypedArray(read(place)), place.shape),
      );
    },
    argument: (input) => executable.view(inputs[input]),
  };
}

/** Writes numbers to a place in memory, in row-major order. */
export function fill(target: TypedArray, source: Strided): void {
  const { data, offset } = source;
  if (!isContiguous(source)) packInto(target, source);
  else if (data.length === target.length) target.set(data);
  else target.set(data.subarray(offset, offset + target.length));
}
