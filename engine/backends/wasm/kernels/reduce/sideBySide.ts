import { bytesOf } from '../../../../ir/array.js';
import type { Local } from '../../assembler/encoder.js';
import { isHeavy } from '../../emit/graph.js';
import { storeLanes } from '../../emit/lanes.js';
import { nest, repeat } from '../../emit/loops.js';
import { accumulator } from './accumulator.js';
import { type Loop, emitElements } from './reduction.js';
import { type Work, blockOf, cursorsOf, join, moveAll, sizesOf, stepsOf, tree } from './work.js';

/** How many vectors of results are computed at a time, with functions like exp and without. */
export const abreast = { heavy: 2, light: 4 };

/** Results side by side, as many as a vector has, and a few vectors at a time; leaves the cursors where they were. */
export function emitSideBySide(work: Work, reduced: readonly Loop[]): void {
  const { f, v, locals, along } = work;
  const whole = Math.floor(along.size / v.float.lanes);
  const together = Math.min(whole, isHeavy(work.job.graph) ? abreast.heavy : abreast.light);
  const strip = (lanes: readonly number[]): void => {
    emitStrip(work, reduced, lanes);
    moveAll(f, locals, (i) => along.steps[i] * lanes.reduce((sum, n) => sum + n, 0));
  };
  const vectorsOf = (count: number): number[] => new Array<number>(count).fill(v.float.lanes);
  if (together > 0) {
    repeat(f, Math.floor(whole / together), () => {
      strip(vectorsOf(together));
    });
    if (whole % together > 0) strip(vectorsOf(whole % together));
  }
  if (along.size % v.float.lanes > 0) strip([along.size % v.float.lanes]);
  moveAll(f, locals, (i) => -along.steps[i] * along.size);
}

function emitStrip(work: Work, reduced: readonly Loop[], lanes: readonly number[]): void {
  const { context, f, v, job, reduction, locals, along } = work;
  const accumulators = lanes.map(() => accumulator(v, reduction, job.output));
  const [outer, inner] = [reduced.slice(0, -1), reduced[reduced.length - 1]];
  const count = Math.min(stepsOf(blockOf(work)), inner.size);
  const absorb = (steps: number): void => {
    const sumOf = (j: number): Local =>
      tree(work, steps, (step) =>
        emitElements(context, f, job, locals, along, {
          distance: (i) => v.float.lanes * j * along.steps[i] + step * inner.steps[i],
          lanes: lanes[j],
          inline: inner.size > 1,
        }),
      );
    for (let j = 0; j < lanes.length; j += 2) {
      const sums = lanes.slice(j, j + 2).map((_, k) => sumOf(j + k));
      if (sums.length === 2) join(work, sums[0], sums[1]);
      sums.forEach((sum, k) => {
        accumulators[j + k].absorb(sum);
      });
    }
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
  const bytes = bytesOf(job.output);
  accumulators.forEach((sums, j) => {
    const step = along.steps[target];
    storeLanes(f, locals[target], v.float.lanes * j * step, step, lanes[j], v.keep(sums.lanes()), bytes);
  });
}
