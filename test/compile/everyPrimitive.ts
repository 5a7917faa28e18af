/** Every primitive, and its gradients to some order, compiled for a backend and compared with eager float32. */
import { expect, it } from 'vitest';
import { Generator, type Tensor, cast, vjp } from '../../engine/index.js';
import type { AsyncCompilation } from '../../engine/plan/compileAsync.js';
import { apply, cases, isFloating, randomLike } from '../primitives/samples.js';
import { relativeError } from './values.js';

type Step = (given: readonly Tensor[], fixed: readonly Tensor[]) => readonly Tensor[];

/** A way to compile functions, which may answer with promises. */
export type Compile = <Args extends readonly unknown[], Result>(
  f: (...args: Args) => Result,
) => {
  (...args: Args): Result | Promise<Result>;
  readonly plans: readonly AsyncCompilation[];
};

export interface Expected {
  /** How many gradients are taken of each primitive. */
  readonly orders: number;
  /** Of the error relative to each tensor's root mean square. */
  readonly tolerance: number;
  /** Expects of a plan that it ran where it was meant to. */
  readonly ran: (plan: AsyncCompilation) => void;
}

/** One test for each sample of each primitive. */
export function itAgrees(compile: Compile, { orders, tolerance, ran }: Expected): void {
  it.each(cases)('$name', async (item) => {
    if (JSON.stringify(item.params).includes('float64')) return;
    const floating = item.inputs.map(isFloating);
    const fixed = item.inputs.filter((_, i) => !floating[i]);
    let step: Step = (given, indices) => {
      let [next, index] = [0, 0];
      return [
        apply(
          item,
          floating.map((isFloat) => (isFloat ? given[next++] : indices[index++])),
        ),
      ];
    };
    let point = item.inputs.filter(isFloating).map((x) => cast(x, 'float32'));
    const random = new Generator(11);
    for (let order = 0; order <= orders; order++) {
      const [run, values] = [step, step(point, fixed)];
      const compiled = compile(run);
      const error = relativeError(await compiled(point, fixed), values);
      ran(compiled.plans[0]);
      expect(error).toBeLessThan(tolerance);
      if (point.length === 0 || !values.every(isFloating)) break;
      const count = point.length;
      step = (given, indices) =>
        vjp((x: readonly Tensor[]) => run(x, indices))(given.slice(0, count)).pullback(given.slice(count));
      point = [...point, ...values.map((value) => cast(randomLike(value, random), 'float32'))];
    }
  });
}
