import { type Context, type Kernel, addressesOf } from '../../emit/context.js';
import type { Local, Pushed } from '../../assembler/encoder.js';
import { advance, nest, repeat } from '../../emit/loops.js';
import { type Job, cursorLocals, emitElements } from './reduction.js';

const scalars = {
  int32: { type: 'i32', eq: 'i32.eq', gt: 'i32.gt_s', extract: 'i32x4.extract_lane' },
  float32: { type: 'f32', eq: 'f32.eq', gt: 'f32.gt', extract: 'f32x4.extract_lane' },
  float64: { type: 'f64', eq: 'f64.eq', gt: 'f64.gt', extract: 'f64x2.extract_lane' },
} as const;

/** The first index of the largest element along one axis, one element after the other; a NaN counts as the largest. */
export function argmaxKernel(context: Context, job: Job): Kernel {
  const { typing, kept } = job;
  const [along] = job.reduced;
  const { output } = typing;
  const { type, eq, gt, extract } = scalars[output];
  const index = context.module.function(addressesOf(typing.inputs.length + 1), (f, ...addresses) => {
    const locals = cursorLocals(f, addresses, job);
    const [candidate, champion] = [f.local(type), f.local(type)];
    const [best, at] = [f.local('i32'), f.local('i32')];
    const element = (): Pushed => {
      const place = { distance: () => 0, lanes: 1, inline: false };
      const vector = emitElements(context, f, job, locals, along, place);
      return f.lane(extract, 0, vector);
    };
    const isNumber = (x: Local): Pushed => f.op(eq, f.get(x), f.get(x));
    const isLarger = (): Pushed => {
      const larger = f.op(gt, f.get(candidate), f.get(champion));
      if (output === 'int32') return larger;
      const firstNaN = f.op('i32.gt_s', isNumber(champion), isNumber(candidate));
      return f.op('i32.or', larger, firstNaN);
    };
    const move = (times: number): void => {
      locals.forEach((local, i) => {
        advance(f, local, times * along.steps[i]);
      });
    };
    const cursors = locals.map((local, i) => ({ local, steps: kept.map(({ steps }) => steps[i]) }));
    nest(
      f,
      kept.map(({ size }) => size),
      cursors,
      () => {
        f.set(best, f.i32(0));
        f.set(at, f.i32(0));
        f.set(champion, element());
        repeat(f, along.size - 1, () => {
          move(1);
          advance(f, at, 1);
          f.set(candidate, element());
          f.when(isLarger(), () => {
            f.set(champion, f.get(candidate));
            f.set(best, f.get(at));
          });
        });
        move(1 - along.size);
        f.store('i32.store', f.get(locals[typing.inputs.length]), f.get(best));
      },
    );
  });
  return { index, scratch: 0 };
}
