/** Many runs of a plan in few calls of the device. */
import type { TypedArray } from '../../ir/kernel.js';
import type { LoweredPlan } from '../../ir/plan.js';
import type { Repetition } from '../executable.js';
import { numbersReadBack } from './lower/memory.js';
import type { DeviceInfo, DeviceProgram } from './lower/program.js';
import { type Place, numbersAt, placesFor } from './thread/protocol.js';
import { unroll } from './lower/unroll.js';

/** A program in the device's thread, bound to the memory that it reads and writes. */
export interface ThreadProgram {
  readonly run: () => void;
}

/** The most runs and kernels of one call, and about the longest it takes in milliseconds. */
const limits = { runs: 64, kernels: 2000, milliseconds: 250 };

interface RepeaterOptions {
  readonly plan: LoweredPlan;
  readonly program: DeviceProgram;
  readonly device: DeviceInfo;
  /** The buffers of the program's results. */
  readonly written: readonly number[];
  /** One run. */
  readonly once: ThreadProgram;
  readonly placeOf: (buffer: number) => Place;
  readonly prepare: (
    program: DeviceProgram,
    args: readonly Place[],
    results: readonly Place[],
  ) => ThreadProgram;
}

/** Several runs in one call, and the rows that go in and come out. */
interface Chunk {
  readonly length: number;
  readonly run: () => void;
  /** For each buffer that is fed, the rows of all runs. */
  readonly feeds: ReadonlyMap<number, TypedArray>;
  /** For each buffer that is read, its numbers after each run. */
  readonly reads: ReadonlyMap<number, readonly TypedArray[]>;
}

/**
 * Runs a plan many times: the first runs by themselves, to see how long one takes; the others as many in one call as
 * its limits allow, so that the state stays on the device and no call keeps it busy for long.
 */
export function repeater(
  options: RepeaterOptions,
): (repetition: Repetition, view: (buffer: number) => TypedArray) => void {
  const { once, program, device, written } = options;
  const chunks = new Map<string, Chunk>();
  let isBuilt = false;
  let millisecondsARun: number | undefined;

  const chunkFor = (repetition: Repetition, length: number): Chunk => {
    const [fed, read] = [repetition.feeds, repetition.reads].map((list) => list.map(({ buffer }) => buffer));
    const key = JSON.stringify([length, fed, read]);
    let chunk = chunks.get(key);
    if (chunk === undefined) chunks.set(key, (chunk = makeChunk(options, length, fed, read)));
    return chunk;
  };
  /** A power of two, so that few lengths have to be built. */
  const lengthOf = ({ count, feeds, reads }: Repetition, done: number): number => {
    if (millisecondsARun === undefined) return 1;
    const rows = feeds.map(({ buffer }) => options.plan.buffers[buffer].size);
    const results = reads.flatMap(({ buffer }) =>
      written.includes(buffer) ? [options.plan.buffers[buffer]] : [],
    );
    const longest = Math.min(
      count - done,
      limits.runs,
      limits.kernels / Math.max(1, program.steps.length),
      limits.milliseconds / millisecondsARun,
      device.elements / Math.max(1, ...rows),
      (device.resultNumbers - numbersReadBack(program)) /
        numbersReadBack({ results, checks: program.checks }),
    );
    return 2 ** Math.max(0, Math.floor(Math.log2(longest)));
  };

  return (repetition, view) => {
    const { count, feeds, reads } = repetition;
    for (let run = 0; run < count;) {
      const length = lengthOf(repetition, run);
      if (length > 1) {
        runChunk(chunkFor(repetition, length), repetition, run, view);
        run += length;
        continue;
      }
      if (run > 0) for (const { buffer, row } of feeds) view(buffer).set(row(run));
      const started = performance.now();
      once.run();
      if (isBuilt) millisecondsARun ??= performance.now() - started;
      isBuilt = true;
      for (const { buffer, store } of reads) store(run, view(buffer));
      run++;
    }
  };
}

function makeChunk(
  { plan, program, written, placeOf, prepare }: RepeaterOptions,
  length: number,
  fed: readonly number[],
  read: readonly number[],
): Chunk {
  const isWritten = (buffer: number): boolean => written.includes(buffer);
  const rows = placesFor(
    fed.map((buffer) => ({ ...plan.buffers[buffer], size: length * plan.buffers[buffer].size })),
  );
  const wanted = read.filter(isWritten);
  const outs = wanted.map((buffer) => placesFor(Array.from({ length }, () => plan.buffers[buffer])));
  const carried = plan.inputs.flatMap((buffer, i): [number, number][] =>
    isWritten(buffer) ? [[i, written.indexOf(buffer)]] : [],
  );
  const unrolled = unroll(program, {
    count: length,
    carried: new Map(carried),
    fed: new Set(fed.map((buffer) => plan.inputs.indexOf(buffer))),
    read: wanted.map((buffer) => written.indexOf(buffer)),
  });
  const args = plan.inputs.map((buffer) =>
    fed.includes(buffer) ? rows[fed.indexOf(buffer)] : placeOf(buffer),
  );
  const { run } = prepare(unrolled, args, [...written.map(placeOf), ...outs.flat()]);
  return {
    length,
    run,
    feeds: new Map(fed.map((buffer, i) => [buffer, numbersAt(rows[i])])),
    reads: new Map(wanted.map((buffer, i) => [buffer, outs[i].map(numbersAt)])),
  };
}

function runChunk(
  chunk: Chunk,
  { feeds, reads }: Repetition,
  first: number,
  view: (buffer: number) => TypedArray,
): void {
  for (const { buffer, row } of feeds) {
    const rows = chunk.feeds.get(buffer)!;
    const size = rows.length / chunk.length;
    for (let run = 0; run < chunk.length; run++) rows.set(row(first + run), run * size);
  }
  chunk.run();
  /** A result that is what was fed. */
  const rowOf = (buffer: number, run: number): TypedArray | undefined =>
    feeds.find((feed) => feed.buffer === buffer)?.row(run);
  for (const { buffer, store } of reads)
    for (let run = 0; run < chunk.length; run++)
      store(first + run, chunk.reads.get(buffer)?.[run] ?? rowOf(buffer, first + run) ?? view(buffer));
}
