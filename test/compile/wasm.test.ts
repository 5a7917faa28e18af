import { describe, expect, it } from 'vitest';
import { Generator, type Tensor, cast, vjp } from '../../engine/index.js';
import { compile } from '../../engine/plan/compile.js';
import { apply, cases, isFloating, randomLike } from '../primitives/samples.js';
import { relativeError } from './values.js';

type Step = (given: readonly Tensor[], fixed: readonly Tensor[]) => readonly Tensor[];

/** Measured: 7.3e-7, relative to each tensor's root mean square. */
const tolerance = 1.5e-6;

describe('every primitive compiled to WebAssembly agrees with float32 numbers, and so do its VJPs to second order', () => {
  it.each(cases)('$name', (item) => {
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
    for (let order = 0; order <= 2; order++) {
      const [run, values] = [step, step(point, fixed)];
      const compiled = compile(run);
      const error = relativeError(compiled(point, fixed), values);
      expect(compiled.plans[0].backend).toBe('wasm');
      expect(error).toBeLessThan(tolerance);
      if (point.length === 0 || !values.every(isFloating)) break;
      const count = point.length;
      step = (given, indices) =>
        vjp((x: readonly Tensor[]) => run(x, indices))(given.slice(0, count)).pullback(given.slice(count));
      point = [...point, ...values.map((value) => cast(randomLike(value, random), 'float32'))];
    }
  });
});
