import { describe, expect, it } from 'vitest';
import { Generator, type Tensor, add, mul, sum, vjp } from '../../engine/index.js';
import { type Case, apply, cases, isFloating, randomLike } from './samples.js';

/** The groups of inputs that a primitive says it is linear in. */
function groupsOf({ primitive, inputs }: Case): readonly (readonly number[])[] {
  if (primitive.linearIn !== 'jointly') return primitive.linearIn;
  return [inputs.map((_, i) => i)];
}

const groups = cases.flatMap((item) =>
  groupsOf(item).map((group) => ({ name: `${item.name} in inputs ${group.join()}`, item, group })),
);

const inner = (a: readonly Tensor[], b: readonly Tensor[]): number =>
  a.reduce((total, x, i) => total + sum(mul(x, b[i])).item(), 0);

describe('primitives that say they are linear', () => {
  it.each(groups)('$name: A(x + 2z) = A x + 2 A z', ({ item, group }) => {
    const random = new Generator(1);
    const linear = linearPart(item, group);
    const [x, z] = [0, 1].map(() => group.map((i) => randomLike(item.inputs[i], random)));
    const whole = linear(x.map((part, i) => add(part, mul(z[i], 2))));
    const parts = add(linear(x), mul(linear(z), 2));
    expectClose(whole.toTypedArray(), parts.toTypedArray());
  });

  it.each(groups)('$name: <A x, y> = <x, A* y>', ({ item, group }) => {
    const random = new Generator(2);
    const linear = linearPart(item, group);
    const x = group.map((i) => randomLike(item.inputs[i], random));
    const { value, pullback } = vjp(linear)(x);
    const y = randomLike(value, random);
    expectClose([inner([value], [y])], [inner(x, pullback(y))]);
  });
});

/** The primitive as a function of one group of its inputs, the others as in the sample. */
function linearPart(item: Case, group: readonly number[]): (x: readonly Tensor[]) => Tensor {
  for (const i of group) expect(isFloating(item.inputs[i])).toBe(true);
  return (x) =>
    apply(
      item,
      item.inputs.map((input, i) => (group.includes(i) ? x[group.indexOf(i)] : input)),
    );
}

/** To rounding: the sums have at most 60 terms of size 2 or so. */
function expectClose(actual: ArrayLike<number>, expected: ArrayLike<number>): void {
  expect(actual.length).toBe(expected.length);
  for (let i = 0; i < actual.length; i++) expect(Math.abs(actual[i] - expected[i])).toBeLessThan(1e-13);
}
