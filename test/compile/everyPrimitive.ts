/** Every primitive, and its gradients to some order, compiled for a backend and compared with eager float32. */
import { expect, it } from 'vitest';
import { Generator, type Tensor, cast, vjp } from '../../engine/index.js';
import type { AsyncCompilation } from '../../engine/plan/run/compileAsync.js';
import { type Case, apply, cases, isFloating, randomLike } from '../primitives/samples.js';
import { relativeError } from './values.js';

/** A function of numbers, with indices that have no gradient. */
export type Step = (given: readonly Tensor[], fixed: readonly Tensor[]) => readonly Tensor[];

/** A sample's primitive, given its floating inputs and the others. */
export function stepOf(item: Case): Step {
  const floating = item.inputs.map(isFloating);
  return (given, fixed) => {
    let [next, index] = [0, 0];
    const inputs = floating.map((isFloat) => (isFloat ? given[next++] : fixed[index++]));
    return [apply(item, inputs)];
  };
}

/** `(x, g) -> J(x)^T g` of the first `count` inputs. */
export const vjpOf =
  (step: Step, count: number): Step =>
  (given, fixed) =>
    vjp((x: readonly Tensor[]) => step(x, fixed))(given.slice(0, count)).pullback(given.slice(count));

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
  /** The error for primitives that the backend refuses. */
  readonly refuses?: { readonly family: string; readonly message: RegExp };
  /** Expects of a plan that it ran where it was meant to. */
  readonly ran: (plan: AsyncCompilation) => void;
}

/** One test for each sample of each primitive. */
export function itAgrees(compile: Compile, { orders, tolerance, refuses, ran }: Expected): void {
  it.each(cases)('$name', async (item) => {
    if (JSON.stringify(item.params).includes('float64')) return;
    const fixed = item.inputs.filter((x) => !isFloating(x));
    let step = stepOf(item);
    let point = item.inputs.filter(isFloating).map((x) => cast(x, 'float32'));
    const random = new Generator(11);
    for (let order = 0; order <= orders; order++) {
      const values = step(point, fixed);
      const compiled = compile(step);
      if (item.primitive.lower(item.inputs, item.params).family === refuses?.family) {
        await expect((async () => compiled(point, fixed))()).rejects.toThrow(refuses.message);
        return;
      }
      const error = relativeError(await compiled(point, fixed), values);
      ran(compiled.plans[0]);
      expect(error).toBeLessThan(tolerance);
      if (point.length === 0 || !values.every(isFloating)) break;
      step = vjpOf(step, point.length);
      point = [...point, ...values.map((value) => cast(randomLike(value, random), 'float32'))];
    }
  });
}
