import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  ShapeError,
  type Tensor,
  add,
  div,
  fromTypedArray,
  lt,
  maximum,
  mul,
  sub,
  sum,
  vjp,
  where,
} from '../../engine/index.js';
import { sizeOf } from '../../engine/ir/layout.js';
import { everyIndex, numbers } from './reference.js';

type Shape = readonly number[];

const shapes = fc.array(fc.integer({ min: 0, max: 4 }), { maxLength: 4 });

/** A shape that stretches to the given one: some axes are 1, some leading ones are missing. */
const stretchableTo = (shape: Shape): fc.Arbitrary<Shape> =>
  fc
    .tuple(fc.nat(shape.length), fc.array(fc.boolean(), { minLength: shape.length, maxLength: shape.length }))
    .map(([missing, ones]) => shape.map((size, axis) => (ones[axis] ? 1 : size)).slice(missing));

/** Shapes that broadcast together; not always to `shape`, where all of them have a 1. */
const together = (count: number): fc.Arbitrary<readonly Shape[]> =>
  shapes.chain((shape) => fc.tuple(...Array.from({ length: count }, () => stretchableTo(shape))));

/** Numbers that differ from place to place and, by `offset`, from tensor to tensor. */
const filled = (shape: Shape, offset = 1): Tensor =>
  fromTypedArray(
    Float64Array.from({ length: sizeOf(shape) }, (_, i) => Math.sin(offset + i)),
    shape,
  );

/** The shape of a result by the definition: from the last axis back, equal sizes or a 1; null if they do not fit. */
function broadcast(shapes: readonly Shape[]): Shape | null {
  const rank = Math.max(...shapes.map((shape) => shape.length));
  const result: number[] = [];
  for (let fromEnd = 1; fromEnd <= rank; fromEnd++) {
    const sizes = new Set(shapes.map((shape) => shape.at(-fromEnd) ?? 1));
    sizes.delete(1);
    if (sizes.size > 1) return null;
    result.unshift([...sizes][0] ?? 1);
  }
  return result;
}

/** The position of the element of an operand that is combined into the result at `index`. */
const source = (shape: Shape, index: Shape): number[] =>
  shape.map((size, axis) => (size === 1 ? 0 : index[index.length - shape.length + axis]));

const elementOf = (tensor: Tensor) => numbers(tensor.shape, tensor.toTypedArray()).at;

const operations = { add, sub, mul, div, maximum, lt } as const;
const scalar: Readonly<Record<keyof typeof operations, (a: number, b: number) => number>> = {
  add: (a, b) => a + b,
  sub: (a, b) => a - b,
  mul: (a, b) => a * b,
  div: (a, b) => a / b,
  maximum: (a, b) => (a > b ? a : b),
  lt: (a, b) => (a < b ? 1 : 0),
};
const names = Object.keys(operations) as (keyof typeof operations)[];

describe('broadcasting', () => {
  it('gives the shape and the values of the definition', () => {
    fc.assert(
      fc.property(together(2), fc.constantFrom(...names), ([first, second], name) => {
        const [a, b] = [filled(first), filled(second, 2)];
        const result = operations[name](a, b);
        const shape = broadcast([first, second])!;
        expect(result.shape).toEqual(shape);
        const expected = everyIndex(shape).map((index) =>
          scalar[name](elementOf(a)(source(first, index)), elementOf(b)(source(second, index))),
        );
        expect(Array.from(result.toTypedArray())).toEqual(expected);
      }),
    );
  });

  it('refuses what the definition refuses, and nothing else', () => {
    fc.assert(
      fc.property(shapes, shapes, (first, second) => {
        const run = (): Tensor => add(filled(first), filled(second));
        if (broadcast([first, second]) === null) expect(run).toThrow(ShapeError);
        else expect(run().shape).toEqual(broadcast([first, second]));
      }),
    );
  });

  it('stretches all three operands of where', () => {
    fc.assert(
      fc.property(together(3), ([first, second, third]) => {
        const [condition, a, b] = [lt(filled(first), 0), filled(second, 2), filled(third, 3)];
        const result = where(condition, a, b);
        const shape = broadcast([first, second, third])!;
        expect(result.shape).toEqual(shape);
        const expected = everyIndex(shape).map((index) =>
          elementOf(condition)(source(first, index)) !== 0
            ? elementOf(a)(source(second, index))
            : elementOf(b)(source(third, index)),
        );
        expect(Array.from(result.toTypedArray())).toEqual(expected);
      }),
    );
  });

  it('has for a gradient the sum over everything that an element was stretched to', () => {
    fc.assert(
      fc.property(together(2), ([first, second]) => {
        const [a, b] = [filled(first), filled(second, 2)];
        const shape = broadcast([first, second])!;
        const weights = filled(shape, 3);
        const { pullback } = vjp(([x, y]: readonly [Tensor, Tensor]) => sum(mul(mul(x, y), weights)))([a, b]);
        const [gradient] = pullback(fromTypedArray(Float64Array.of(1), []));
        expect(gradient.shape).toEqual(first);
        const expected = new Map(everyIndex(first).map((index) => [index.join(), 0]));
        for (const index of everyIndex(shape)) {
          const place = source(first, index).join();
          const term = elementOf(b)(source(second, index)) * elementOf(weights)(index);
          expected.set(place, expected.get(place)! + term);
        }
        const actual = gradient.toTypedArray();
        [...expected.values()].forEach((value, i) => {
          // At most 4^4 terms of size about 1.
          expect(Math.abs(actual[i] - value)).toBeLessThan(1e-12);
        });
      }),
    );
  });
});
