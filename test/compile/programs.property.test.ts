import * as fc from 'fast-check';
import { describe, it } from 'vitest';
import { type DType, Generator, type Tensor, fromTypedArray, grad, vjp } from '../../engine/index.js';
import { compile } from '../../engine/plan/compile.js';
import { program, runProgram } from './programs.js';
import { expectSame } from './values.js';

const inputs = (seed: number, dtype: DType): Tensor[] => {
  const random = new Generator(seed);
  return [[2, 3], [3, 2], [6]].map((shape) =>
    fromTypedArray(random.normal(6, { dtype: dtype === 'float32' ? dtype : 'float64' }), shape),
  );
};

describe('random programs, compiled on cpu, give what they give eagerly to the last bit', () => {
  it.each(['float64', 'float32'] as const)('values, gradients and second-order gradients in %s', (dtype) => {
    fc.assert(
      fc.property(program, fc.nat(1e6), (choices, seed) => {
        const given = inputs(seed, dtype);
        const f = (x: readonly Tensor[]): Tensor[] => runProgram(choices, x);
        const first = grad((x: readonly Tensor[]) => f(x)[0]);
        const second = (x: readonly Tensor[], direction: readonly Tensor[]): readonly Tensor[] =>
          vjp(first)(x).pullback(direction);
        expectSame(compile(f, { backend: 'cpu' })(given), f(given));
        expectSame(compile(first, { backend: 'cpu' })(given), first(given));
        expectSame(compile(second, { backend: 'cpu' })(given, given), second(given, given));
      }),
      { numRuns: 60, seed: 5 },
    );
  });
});
