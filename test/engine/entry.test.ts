/** The engine entered past its entries: this file imports none of them. */
import { expect, it } from 'vitest';
import { eager } from '../../engine/backends/eager.js';
import { fromTypedArray } from '../../engine/core/create.js';
import { setEagerInterpreter } from '../../engine/core/dispatch.js';
import { exp } from '../../engine/primitives/elementwise.js';

it('says what is missing, and computes once an interpreter is set', () => {
  const x = fromTypedArray(Float64Array.of(0, 1));
  expect(() => exp(x)).toThrow(
    "exp: nothing computes operations yet; import 'metagrad' or another of its entries.",
  );
  setEagerInterpreter(eager);
  expect(exp(x).toArray()).toEqual([1, Math.E]);
});
