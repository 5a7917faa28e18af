import { bytesOf } from '../../../../ir/array.js';
import type { Local, Pushed } from '../../assembler/encoder.js';
import { isHeavy } from '../../emit/graph.js';
import { storeLanes } from '../../emit/lanes.js';
import { nest, repeat } from '../../emit/loops.js';
import { accumulator } from './accumulator.js';
import { type Loop, emitElements } from './reduction.js';
import { type Work, blockOf, cursorsOf, join, moveAll, sizesOf, tree } from './work.js';

/** How many rows are read at a time. */
export const rowsTogether = 2;

/**
 * Results each from elements side by side, two at a time: two rows come from memory in half the time that one after the
 * other take. Leaves the cursors where they were.
 */
export function emitRows(work: Work, others: readonly Loop[], down: Loop | undefined): void {
  const { f, job, locals } = work;
  const one: Loop = { size: 1, steps: locals.map(() => 0) };
  const { size, steps } = down ?? one;
  const together = isHeavy(job.graph) ? 1 : Math.min(size, rowsTogether);
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
  const { context, f, v, job, reduction, combine, locals, along } = work;
  const { lanes } = v.float;
  const sums = rows.map(() => accumulator(v, reduction, job.output));
  const whole = Math.floor(along.size / lanes);
  const rest = along.size % lanes;
  const count = Math.min(blockOf(work) / rows.length, Math.max(1, whole));
  const elements = (row: number, ahead: number, taken: number): Pushed =>
    emitElements(context, f, job, locals, along, {
      distance: (i) => rows[row][i] + ahead * along.steps[i],
      lanes: taken,
      inline: whole > 1,
    });
  const absorb = (steps: number): void => {
    sums.forEach((sum, row) => {
      const everySecond = (from: number): Local =>
        tree(work, Math.ceil((steps - from) / 2), (i) => elements(row, (2 * i + from) * lanes, lanes));
      const first = everySecond(0);
      if (steps === 1) {
        sum.absorb(first);
        return;
      }
      const second = everySecond(1);
      join(work, first, second);
      sum.absorb(v.keep(combine(first, second)));
    });
    moveAll(f, locals, (i) => lanes * steps * along.steps[i]);
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
          sum.absorb(v.keep(sum.only(rest, elements(row, 0, rest))));
        });
    },
    locals.map((_, i) => lanes * whole * along.steps[i]),
  );
  moveAll(f, locals, (i) => -moved[i]);
  const target = job.typing.inputs.length;
  const bytes = bytesOf(job.output);
  sums.forEach((sum, row) => {
    storeLanes(f, locals[target], rows[row][target], bytes, 1, v.keep(sum.together()), bytes);
  });
}
