import { input } from '../../../ir/expression.js';
import type { DType, ReduceSpec, Shape } from '../../../ir/kernel.js';
import { accumulator } from './accumulator.js';
import { argmaxKernel } from './argmax.js';
import { type Context, type Kernel, addressesOf } from '../emit/context.js';
import { constantKernel } from './copy.js';
import type { Body, Local, Pushed } from '../assembler/encoder.js';
import { graphOf, isHeavy } from '../emit/graph.js';
import { storeLanes } from '../emit/lanes.js';
import { type Cursor, advance, nest, repeat } from '../emit/loops.js';
import type { Access } from './map.js';
import { type Job, type Loop, cursorLocals, emitElements, jobOf } from './reduction.js';
import { vectors } from '../emit/vector.js';

/** Sums, maxima or positions of maxima over axes. */
export function reduceKernel(
  context: Context,
  spec: ReduceSpec,
  inputs: readonly Access[],
  output: { readonly shape: Shape; readonly dtype: DType },
): Kernel {
  const graph = graphOf(spec.expression ?? input(0));
  const key = `reduce ${spec.reduction} ${JSON.stringify([spec.axes, inputs, output])} ${graph.key}`;
  return context.kernel(key, () => {
    const job = jobOf(spec, graph, inputs, output);
    if (job.reduced.some(({ size }) => size === 0))
      return constantKernel(context, inputs.length, output, spec.reduction === 'max' ? -Infinity : 0);
    if (spec.reduction === 'argmax') return argmaxKernel(context, job);
    return sumOrMaxKernel(context, spec.reduction, job);
  });
}

/**
 * Four elements at once along the loop whose elements are cheapest to load. If it is one of the output's, the lanes of
 * the accumulators are neighbouring results; else they are parts of one result.
 */
function sumOrMaxKernel(context: Context, reduction: 'sum' | 'max', job: Job): Kernel {
  const { typing, kept, reduced } = job;
  const best = [...kept, ...reduced].reduce((a, b) => (costOf(job, b) < costOf(job, a) ? b : a));
  const without = (loops: readonly Loop[]): Loop[] => loops.filter((loop) => loop !== best);
  const index = context.module.function(addressesOf(typing.inputs.length + 1), (f, ...addresses) => {
    const locals = cursorLocals(f, addresses, job);
    const work: Work = { context, f, job, reduction, locals, along: best };
    const [outer, emit] = kept.includes(best)
      ? [
          without(kept),
          () => {
            emitSideBySide(work, reduced);
          },
        ]
      : [
          kept.slice(0, -1),
          () => {
            emitRows(work, without(reduced), kept.at(-1));
          },
        ];
    nest(f, sizesOf(outer), cursorsOf(locals, outer), emit);
  });
  return { index, scratch: 0 };
}

const sizesOf = (loops: readonly Loop[]): number[] => loops.map(({ size }) => size);

const cursorsOf = (locals: readonly Local[], loops: readonly Loop[]): Cursor[] =>
  locals.map((local, i) => ({ local, steps: loops.map(({ steps }) => steps[i]) }));

/** About how many instructions an element takes: those that load four lanes, and what adds lanes up at the end. */
function costOf({ typing, reduced }: Job, loop: Loop): number {
  const loads = typing.inputs.map((_, i) => ([0, 4].includes(loop.steps[i]) ? 1 : 4));
  const vector = 1 + loads.reduce((sum, load) => sum + load, 0);
  const elements = reduced.reduce((product, { size }) => product * size, 1);
  return (vector * Math.ceil(loop.size / 4)) / loop.size + (reduced.includes(loop) ? 10 / elements : 0);
}

interface Work {
  readonly context: Context;
  readonly f: Body;
  readonly job: Job;
  readonly reduction: 'sum' | 'max';
  readonly locals: readonly Local[];
  /** The loop along which four elements are taken at once. */
  readonly along: Loop;
}

/**
 * How many vectors are added up before they are widened, with functions like exp, for plain inputs, and else: few, so
 * that sums stay exact to the last place.
 */
export const block = { heavy: 1, plain: 8, light: 4 };
/** How many vectors of results side by side, and how many rows, are computed at a time. */
export const abreast = { vectors: 4, rows: 2 };

function blockOf({ job: { graph } }: Work): number {
  if (isHeavy(graph)) return block.heavy;
  return graph.parts.length === 1 ? block.plain : block.light;
}

/** Results side by side, four in a vector and a few vectors at a time; leaves the cursors where they were. */
function emitSideBySide(work: Work, reduced: readonly Loop[]): void {
  const { f, locals, along } = work;
  const whole = Math.floor(along.size / 4);
  const together = Math.min(whole, isHeavy(work.job.graph) ? 1 : abreast.vectors);
  const strip = (lanes: readonly number[]): void => {
    emitStrip(work, reduced, lanes);
    moveAll(f, locals, (i) => along.steps[i] * lanes.reduce((sum, n) => sum + n, 0));
  };
  if (together > 0) {
    repeat(f, Math.floor(whole / together), () => {
      strip(new Array<number>(together).fill(4));
    });
    if (whole % together > 0) strip(new Array<number>(whole % together).fill(4));
  }
  if (along.size % 4 > 0) strip([along.size % 4]);
  moveAll(f, locals, (i) => -along.steps[i] * along.size);
}

function moveAll(f: Body, locals: readonly Local[], by: (cursor: number) => number): void {
  locals.forEach((local, i) => {
    advance(f, local, by(i));
  });
}

function emitStrip(work: Work, reduced: readonly Loop[], lanes: readonly number[]): void {
  const { context, f, job, reduction, locals, along } = work;
  const accumulators = lanes.map(() =>
    accumulator(vectors(f, context.features), reduction, job.typing.output),
  );
  const [outer, inner] = [reduced.slice(0, -1), reduced[reduced.length - 1]];
  const count = Math.min(Math.max(1, Math.floor(blockOf(work) / 2)), inner.size);
  const absorb = (steps: number): void => {
    accumulators.forEach((sums, j) => {
      sums.absorb(steps, (step) =>
        emitElements(context, f, job, locals, along, {
          distance: (i) => 4 * j * along.steps[i] + step * inner.steps[i],
          lanes: lanes[j],
          inline: inner.size > 1,
        }),
      );
    });
    moveAll(f, locals, (i) => steps * inner.steps[i]);
  };
  const moved = nest(
    f,
    sizesOf(outer),
    cursorsOf(locals, outer),
    () => {
      repeat(f, Math.floor(inner.size / count), () => {
        absorb(count);
      });
      if (inner.size % count > 0) absorb(inner.size % count);
    },
    locals.map((_, i) => inner.size * inner.steps[i]),
  );
  moveAll(f, locals, (i) => -moved[i]);
  const target = job.typing.inputs.length;
  accumulators.forEach((sums, j) => {
    const step = along.steps[target];
    storeLanes(f, locals[target], 4 * j * step, step, lanes[j], f.let('v128', sums.lanes()));
  });
}

/**
 * Results each from elements side by side, two at a time: two rows come from memory in half the time that one after the
 * other take. Leaves the cursors where they were.
 */
function emitRows(work: Work, others: readonly Loop[], down: Loop | undefined): void {
  const { f, job, locals } = work;
  const one: Loop = { size: 1, steps: locals.map(() => 0) };
  const { size, steps } = down ?? one;
  const together = isHeavy(job.graph) ? 1 : Math.min(size, abreast.rows);
  const rows = (count: number): void => {
    emitTogether(
      work,
      others,
      Array.from({ length: count }, (_, row) => steps.map((step) => row * step)),
    );
    moveAll(f, locals, (i) => count * steps[i]);
  };
  repeat(f, Math.floor(size / together), () => {
    rows(together);
  });
  if (size % together > 0) rows(size % together);
  moveAll(f, locals, (i) => -size * steps[i]);
}

/** One result from elements side by side in each row; leaves the cursors where they were. */
function emitTogether(work: Work, others: readonly Loop[], rows: readonly (readonly number[])[]): void {
  const { context, f, job, reduction, locals, along } = work;
  const sums = rows.map(() => accumulator(vectors(f, context.features), reduction, job.typing.output));
  const whole = Math.floor(along.size / 4);
  const rest = along.size % 4;
  const count = Math.min(blockOf(work) / rows.length, Math.max(1, whole));
  const elements = (row: number, ahead: number, lanes: number): Pushed =>
    emitElements(context, f, job, locals, along, {
      distance: (i) => rows[row][i] + ahead * along.steps[i],
      lanes,
      inline: whole > 1,
    });
  const absorb = (steps: number): void => {
    sums.forEach((sum, row) => {
      sum.absorb(steps, (step) => elements(row, step * 4, 4));
    });
    moveAll(f, locals, (i) => 4 * steps * along.steps[i]);
  };
  const moved = nest(
    f,
    sizesOf(others),
    cursorsOf(locals, others),
    () => {
      repeat(f, Math.floor(whole / count), () => {
        absorb(count);
      });
      if (whole % count > 0) absorb(whole % count);
      if (rest > 0)
        sums.forEach((sum, row) => {
          sum.absorb(1, () => sum.only(rest, elements(row, 0, rest)));
        });
    },
    locals.map((_, i) => 4 * whole * along.steps[i]),
  );
  moveAll(f, locals, (i) => -moved[i]);
  const target = job.typing.inputs.length;
  sums.forEach((sum, row) => {
    storeLanes(f, locals[target], rows[row][target], 4, 1, f.let('v128', sum.together()));
  });
}
