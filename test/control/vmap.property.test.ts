import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Generator, type Tensor, compile, grad, normal, sum, vjp, vmap } from '../../engine/index.js';
import { program, runProgram } from '../compile/programs.js';
import { disagreement, loop } from './batches.js';

type Numbers = readonly Tensor[];

const shapes = [[2, 3], [3, 2], [6], [1, 3], []];

/** Of values, gradients and second-order gradients. Measured over 150 other programs: at most 4e-15. */
const tolerance = 1e-13;

describe('random programs mapped over a batch', () => {
  it('are the loop over its examples: values, gradients inside and outside, and compiled', () => {
    fc.assert(
      fc.property(program, fc.nat(1e6), fc.integer({ min: 1, max: 31 }), (choices, seed, bits) => {
        const random = new Generator(seed);
        const batched = shapes.map((_, i) => (bits & (1 << i)) !== 0);
        const x = shapes.map((shape, i) =>
          normal(random, batched[i] ? [2, ...shape] : shape, { dtype: 'float64' }),
        );
        const value = (y: Numbers): Numbers => runProgram(choices, y);
        const gradient = grad((y: Numbers) => value(y)[0]);
        const second = (y: Numbers): Numbers => vjp(gradient)(y).pullback(y);
        const ins = { in: [batched.map((is) => (is ? 0 : null))] };
        for (const f of [value, gradient, second]) {
          const [byVmap, byLoop] = [vmap(f, ins), loop(f, batched)];
          const expected = byLoop(x);
          expect(disagreement(byVmap(x), expected, tolerance)).toBeNull();
          if (f !== second) expect(disagreement(compile(byVmap)(x), expected, tolerance)).toBeNull();
        }
        const outside = (run: (y: Numbers) => Numbers): Numbers => grad((y: Numbers) => sum(run(y)[0]))(x);
        expect(disagreement(outside(vmap(value, ins)), outside(loop(value, batched)), tolerance)).toBeNull();
      }),
      { numRuns: 10, seed: 6 },
    );
  }, 60_000);
});
