import { type Context, type Kernel, addressesOf } from '../emit/context.js';
import type { Local, Pushed } from '../assembler/encoder.js';
import { advance, nest, repeat } from '../emit/loops.js';
import { type Job, cursorLocals, emitElements } from './reduction.js';

/** The first index of the largest element along one axis, one element after the other; a NaN counts as the largest. */
export function argmaxKernel(context: Context, job: Job): Kernel {
  const { typing, kept } = job;
  const [along] = job.reduced;
  const whole = typing.output === 'int32';
  const index = context.module.function(addressesOf(typing.inputs.length + 1), (f, ...addresses) => {
    const locals = cursorLocals(f, addresses, job);
    const [candidate, champion] = [f.local(whole ? 'i32' : 'f32'), f.local(whole ? 'i32' : 'f32')];
    const [best, at] = [f.local('i32'), f.local('i32')];
    const element = (): Pushed => {
      const place = { distance: () => 0, lanes: 1, inline: false };
      const vector = emitElements(context, f, job, locals, along, place);
      return f.lane(whole ? 'i32x4.extract_lane' : 'f32x4.extract_lane', 0, vector);
    };
    const isNumber = (x: Local): Pushed => f.op('f32.eq', f.get(x), f.get(x));
    const isLarger = (): Pushed => {
      if (whole) return f.op('i32.gt_s', f.get(candidate), f.get(champion));
      const larger = f.op('f32.gt', f.get(candidate), f.get(champion));
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
