/** The excerpt of PyTorch's reference cases, first and second order, on devices in float32. */
import { describe, expect, it } from 'vitest';
import { type Tensor, cast } from '../../engine/index.js';
import { relativeError } from '../compile/values.js';
import { type Arguments, type OpsCase, argumentsOf, functionsOf } from '../golden/cases.js';
import type { Way } from './ways.js';

/** Relative to each tensor's root mean square, against double precision of the same inputs. Measured: 2.6e-6. */
const tolerance = 1e-5;

const inDouble = (t: Tensor): Tensor => cast(t, 'float64');

export function describeGolden({ compile, name }: Way, cases: readonly OpsCase[]): void {
  describe(`values, gradients and second-order gradients on ${name}`, () => {
    it.each(cases.map((item, i) => [`${item.name} #${i} ${JSON.stringify(item.kwargs)}`, item] as const))(
      '%s',
      async (_, item) => {
        const given = argumentsOf(item, 'float32');
        const exact: Arguments = {
          ...given,
          floats: given.floats.map(inDouble),
          cotangent: inDouble(given.cotangent),
          direction: given.direction?.map(inDouble) ?? null,
        };
        const { value, gradient, second } = functionsOf(item);
        for (const f of [value, gradient, ...(item.second === null ? [] : [second])]) {
          const found = await compile(f)(given);
          expect(relativeError(found.map(inDouble), f(exact).map(inDouble))).toBeLessThan(tolerance);
        }
      },
    );
  });
}
