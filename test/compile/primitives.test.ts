import { describe, it } from 'vitest';
import { Generator, type Tensor, cast, vjp } from '../../engine/index.js';
import { compile } from '../../engine/plan/compile.js';
import { apply, cases, isFloating, randomLike } from '../primitives/samples.js';
import { expectSame } from './values.js';

type Step = (given: readonly Tensor[], fixed: readonly Tensor[]) => readonly Tensor[];

/** `(x, g) -> J(x)^T g` of the first `count` inputs. */
const vjpOf =
  (step: Step, count: number): Step =>
  (given, fixed) =>
    vjp((x: readonly Tensor[]) => step(x, fixed))(given.slice(0, count)).pullback(given.slice(count));

describe('every primitive compiled on cpu is itself to the last bit, and so are its VJPs to second order', () => {
  it.each(cases)('$name', (item) => {
    const floating = item.inputs.map(isFloating);
    const fixed = item.inputs.filter((_, i) => !floating[i]);
    for (const dtype of ['float64', 'float32'] as const) {
      if (dtype === 'float32' && JSON.stringify(item.params).includes('float64')) continue;
      let step: Step = (given, indices) => {
        let [next, index] = [0, 0];
        return [
          apply(
            item,
            floating.map((isFloat) => (isFloat ? given[next++] : indices[index++])),
          ),
        ];
      };
      let point = item.inputs.filter(isFloating).map((x) => cast(x, dtype));
      const random = new Generator(11);
      for (let order = 0; order <= 2; order++) {
        const values = step(point, fixed);
        expectSame(compile(step, { backend: 'cpu' })(point, fixed), values);
        if (point.length === 0 || !values.every(isFloating)) break;
        const cotangents = values.map((value) => cast(randomLike(value, random), dtype));
        step = vjpOf(step, point.length);
        point = [...point, ...cotangents];
      }
    }
  });
});
