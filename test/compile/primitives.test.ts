import { describe, it } from 'vitest';
import { Generator, cast } from '../../engine/index.js';
import { compile } from '../../engine/plan/run/compile.js';
import { cases, isFloating, randomLike } from '../primitives/samples.js';
import { stepOf, vjpOf } from './everyPrimitive.js';
import { expectSame } from './values.js';

describe('every primitive compiled on cpu is itself to the last bit, and so are its VJPs to second order', () => {
  it.each(cases)('$name', (item) => {
    const fixed = item.inputs.filter((x) => !isFloating(x));
    for (const dtype of ['float64', 'float32'] as const) {
      if (dtype === 'float32' && JSON.stringify(item.params).includes('float64')) continue;
      let step = stepOf(item);
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
