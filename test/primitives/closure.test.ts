import { describe, expect, it } from 'vitest';
import { Generator, type Tensor, vjp } from '../../engine/index.js';
import { evaluatePlan } from '../../engine/plan/trace/plan.js';
import { trace } from '../../engine/plan/trace/trace.js';
import { primitives } from '../../engine/primitives/index.js';
import { type Case, apply, cases, isFloating, randomLike } from './samples.js';

type Step = (inputs: readonly Tensor[]) => readonly Tensor[];

/** `(x, g) -> J(x)^T g`, the VJP of a step as a step that can be differentiated again. */
const vjpOf =
  (step: Step, inputs: number): Step =>
  (args) =>
    vjp(step)(args.slice(0, inputs)).pullback(args.slice(inputs));

/** The primitive as a function of its float inputs. */
function stepOf(item: Case): Step {
  return (floats) => {
    let next = 0;
    return [
      apply(
        item,
        item.inputs.map((input) => (isFloating(input) ? floats[next++] : input)),
      ),
    ];
  };
}

const differentiable = cases.filter(
  (item) => item.inputs.some(isFloating) && isFloating(apply(item, item.inputs)),
);

describe('the set of primitives is closed under differentiation', () => {
  it.each(differentiable)('$name: its VJPs to third order are programs of primitives', (item) => {
    const random = new Generator(4);
    let step = stepOf(item);
    let point: Tensor[] = item.inputs.filter(isFloating);
    for (let order = 0; order <= 3; order++) {
      const plan = trace((args: readonly Tensor[]) => step(args), point);
      for (const { operation } of plan.equations) expect(primitives.get(operation.name)).toBe(operation);
      const values = step(point);
      const replayed = evaluatePlan(plan, point);
      expect(replayed.map((t) => t.toArray())).toEqual(values.map((t) => t.toArray()));
      const cotangents = values.map((value) => randomLike(value, random));
      step = vjpOf(step, point.length);
      point = [...point, ...cotangents];
    }
  });

  it('traces primitives without gradient as well', () => {
    for (const item of cases) {
      const plan = trace((args: readonly Tensor[]) => apply(item, args), item.inputs);
      expect(evaluatePlan(plan, item.inputs)[0].toArray()).toEqual(apply(item, item.inputs).toArray());
    }
  });
});
