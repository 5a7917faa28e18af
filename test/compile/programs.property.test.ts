import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Generator, type Tensor, cast, grad, normal, vjp } from '../../engine/index.js';
import { compile } from '../../engine/plan/run/compile.js';
import { program, runProgram } from './programs.js';
import { absoluteError, expectSame } from './values.js';

type Numbers = readonly Tensor[];

const shapes = [[2, 3], [3, 2], [6], [1, 3], []];

const draw = (random: Generator): Tensor[] => shapes.map((shape) => normal(random, shape));

/**
 * Of values, gradients and second-order gradients: how far wasm is from float32 on cpu and from float64. Measured over
 * 1,500 other programs: 6e-7, 1.9e-6 and 8.3e-6, and cpu in float32 is as far from float64; on wasm float64 has
 * 29 bits more.
 */
const tolerances = [1e-6, 3e-6, 1.5e-5];

describe('random programs, their gradients and their second-order gradients', () => {
  it('are on cpu to the last bit what they are eagerly, and on wasm what their dtype allows', () => {
    fc.assert(
      fc.property(program, fc.nat(1e6), (choices, seed) => {
        const random = new Generator(seed);
        const [single, direction] = [draw(random), draw(random)];
        const double = single.map((x) => cast(x, 'float64'));
        const value = (x: Numbers): Numbers => runProgram(choices, x);
        const first = grad((x: Numbers) => value(x)[0]);
        const second = (x: Numbers, v: Numbers): Numbers => vjp(first)(x).pullback(v);
        [value, first, second].forEach((f, order) => {
          const at = (x: Numbers) => [x, direction.map((v) => cast(v, x[0].dtype))] as const;
          const [exact, rounded] = [f(...at(double)), f(...at(single))];
          const onCpu = compile(f, { backend: 'cpu' });
          expectSame(onCpu(...at(double)), exact);
          expectSame(onCpu(...at(single)), rounded);
          const fast = compile(f);
          for (const expected of [rounded, exact])
            expect(absoluteError(fast(...at(single)), expected)).toBeLessThan(tolerances[order]);
          expect(absoluteError(fast(...at(double)), exact)).toBeLessThan(tolerances[order] * 2 ** -29);
          expect(fast.plans.map(({ backend }) => backend)).toEqual(['wasm', 'wasm']);
        });
      }),
      { numRuns: 80, seed: 5 },
    );
  }, 60_000);
});
