import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type Tensor,
  fromTypedArray,
  grad,
  mul,
  neg,
  permute,
  reshape,
  sum,
  vjp,
} from '../../engine/index.js';
import { sizeOf } from '../../engine/ir/layout.js';
import { concat, padBox, sliceBox } from '../../engine/primitives/boxes.js';
import { broadcastTo } from '../../engine/primitives/sum.js';
import { type Computed, numbers, reference } from './reference.js';

/** Numbers that differ from place to place; the same for a shape whenever a failing case is run again. */
const distinct = (shape: readonly number[]): Tensor =>
  fromTypedArray(
    Float64Array.from({ length: sizeOf(shape) }, (_, i) => Math.sin(1 + i)),
    shape,
  );

const tensors = fc.array(fc.integer({ min: 1, max: 4 }), { maxLength: 4 }).map(distinct);

/** A step that moves elements about: the operation, and its naive form. */
interface Move {
  readonly move: (x: Tensor) => Tensor;
  readonly primitive: string;
  readonly params: unknown;
}

const orders = (rank: number): fc.Arbitrary<number[]> =>
  fc.shuffledSubarray(
    Array.from({ length: rank }, (_, axis) => axis),
    { minLength: rank },
  );

const whole = (max: number, count: number): fc.Arbitrary<number[]> =>
  fc.array(fc.nat(max), { minLength: count, maxLength: count });

/** Any shape of up to four axes with this number of elements: its prime factors are dealt out to the axes. */
function shapesOf(size: number): fc.Arbitrary<number[]> {
  const factors: number[] = [];
  let [factor, rest] = [2, size];
  while (rest > 1) {
    if (rest % factor !== 0) factor++;
    else {
      factors.push(factor);
      rest /= factor;
    }
  }
  return fc.tuple(fc.integer({ min: 1, max: 4 }), whole(3, factors.length)).map(([rank, axes]) => {
    const shape = new Array<number>(rank).fill(1);
    if (size === 0) shape[0] = 0;
    factors.forEach((factor, i) => (shape[axes[i] % rank] *= factor));
    return shape;
  });
}

/** Any move that a tensor of this shape allows; views are more likely than copies, which end a chain of views. */
function movesOf(shape: readonly number[]): fc.Arbitrary<Move> {
  const rank = shape.length;
  const permutes = orders(rank).map((axes) => ({
    move: (x: Tensor) => permute(x, axes),
    primitive: 'permute',
    params: { axes },
  }));
  const slices = fc.tuple(whole(3, rank), whole(3, rank), whole(2, rank)).map(([first, length, skip]) => {
    const start = first.map((n, axis) => n % Math.max(1, shape[axis]));
    const stop = length.map((n, axis) => Math.min(start[axis] + n + 1, shape[axis]));
    const box = { start, stop, step: skip.map((n) => n + 1) };
    return { move: (x: Tensor) => sliceBox(x, box), primitive: 'slice', params: box };
  });
  const pads = fc
    .tuple(whole(2, rank), whole(2, rank), whole(2, rank), fc.constantFrom(0, 7.5))
    .map(([low, high, interior, value]) => {
      const padding = { low, high, interior, value };
      return { move: (x: Tensor) => padBox(x, padding), primitive: 'pad', params: padding };
    });
  const stretched = fc.tuple(whole(2, 1), whole(3, rank)).map(([lead, sizes]) => {
    const result = [
      ...lead.map((n) => n + 1),
      ...shape.map((size, axis) => (size === 1 ? sizes[axis] + 1 : size)),
    ];
    return {
      move: (x: Tensor) => broadcastTo(x, result),
      primitive: 'broadcastTo',
      params: { shape: result },
    };
  });
  const reshaped = shapesOf(sizeOf(shape)).map((result) => ({
    move: (x: Tensor) => reshape(x, result),
    primitive: 'reshape',
    params: { shape: result },
  }));
  return fc.oneof(
    { weight: 3, arbitrary: permutes },
    { weight: 4, arbitrary: slices },
    { weight: 1, arbitrary: pads },
    { weight: 2, arbitrary: stretched },
    { weight: 3, arbitrary: reshaped },
  );
}

/** Up to six moves, each possible after the ones before. */
const chains = (shape: readonly number[], left = 6): fc.Arbitrary<readonly Move[]> =>
  left === 0
    ? fc.constant([])
    : fc.oneof(
        { withCrossShrink: true },
        { weight: 1, arbitrary: fc.constant<readonly Move[]>([]) },
        {
          weight: 6,
          arbitrary: movesOf(shape).chain((move) => {
            const next = move.move(broadcastTo(fromTypedArray(Float64Array.of(0), []), shape)).shape;
            return sizeOf(next) > 500
              ? fc.constant([])
              : chains(next, left - 1).map((rest): readonly Move[] => [move, ...rest]);
          }),
        },
      );

const throughMoves = tensors.chain((x) => chains(x.shape).map((moves) => ({ x, moves })));

const run = (x: Tensor, moves: readonly Move[]): Tensor => moves.reduce((moved, { move }) => move(moved), x);

function naively(x: Tensor, moves: readonly Move[]): Computed {
  const start: Computed = { shape: x.shape, data: Array.from(x.toTypedArray()) };
  return moves.reduce(
    ({ shape, data }, { primitive, params }) => reference(primitive, [numbers(shape, data)], params)!,
    start,
  );
}

describe('views of views', () => {
  it('hold the elements that loops over coordinates put there', () => {
    fc.assert(
      fc.property(throughMoves, ({ x, moves }) => {
        const [actual, expected] = [run(x, moves), naively(x, moves)];
        expect(actual.shape).toEqual(expected.shape);
        expect(Array.from(actual.toTypedArray())).toEqual(expected.data);
        // Kernels read views by their strides, toTypedArray by itself.
        expect(Array.from(neg(actual).toTypedArray())).toEqual(expected.data.map((value) => -value));
        const total = expected.data.reduce((sumSoFar, value) => sumSoFar + value, 0);
        expect(sum(actual).item()).toBeCloseTo(total, 9);
      }),
      { numRuns: 300 },
    );
  });

  it('have gradients that bring every cotangent back to where its element came from', () => {
    fc.assert(
      fc.property(throughMoves, ({ x, moves }) => {
        const { value, pullback } = vjp((t: Tensor) => run(t, moves))(x);
        const weights = distinct(value.shape);
        const scale = weights.toTypedArray();
        // Moving x with all elements 0 but one 1 shows where that one goes; padding with 7.5 cancels out.
        const padding = naively(mul(x, 0), moves).data;
        const expected = Array.from({ length: x.size }, (_, place) => {
          const unit = new Float64Array(x.size);
          unit[place] = 1;
          const moved = naively(fromTypedArray(unit, x.shape), moves).data;
          return moved.reduce((total, at, i) => total + scale[i] * (at - padding[i]), 0);
        });
        const actual = pullback(weights).toTypedArray();
        expected.forEach((e, i) => {
          expect(actual[i]).toBeCloseTo(e, 9);
        });
      }),
    );
  });
});

describe('round trips', () => {
  it('permute and its inverse, reshape and back', () => {
    fc.assert(
      fc.property(
        tensors.chain((x) => fc.tuple(fc.constant(x), orders(x.rank))),
        ([x, axes]) => {
          const inverse = axes.map((_, axis) => axes.indexOf(axis));
          expect(permute(permute(x, axes), inverse).toArray()).toEqual(x.toArray());
          const there = reshape(permute(x, axes), [-1]);
          const back = permute(
            reshape(
              there,
              axes.map((axis) => x.shape[axis]),
            ),
            inverse,
          );
          expect(back.toArray()).toEqual(x.toArray());
        },
      ),
    );
  });

  it('slicing away what pad added, and joining what slicing cut', () => {
    fc.assert(
      fc.property(
        tensors
          .filter((x) => x.rank > 0)
          .chain((x) => fc.tuple(fc.constant(x), whole(2, 3 * x.rank), fc.nat(3))),
        ([x, amounts, cut]) => {
          const [low, high, interior] = [0, 1, 2].map((part) =>
            amounts.slice(part * x.rank, (part + 1) * x.rank),
          );
          const padded = padBox(x, { low, high, interior, value: -1 });
          const step = interior.map((n) => n + 1);
          const stop = x.shape.map((size, axis) => low[axis] + (size - 1) * step[axis] + 1);
          expect(sliceBox(padded, { start: low, stop, step }).toArray()).toEqual(x.toArray());

          const middle = Math.min(cut, x.shape[0]);
          const zeros = x.shape.map(() => 0);
          const ones = x.shape.map(() => 1);
          const rows = (from: number, to: number): Tensor =>
            sliceBox(x, { start: [from, ...zeros.slice(1)], stop: [to, ...x.shape.slice(1)], step: ones });
          expect(concat([rows(0, middle), rows(middle, x.shape[0])], 0).toArray()).toEqual(x.toArray());
        },
      ),
    );
  });

  it('the gradient of a concat of scaled parts is the scale of each', () => {
    fc.assert(
      fc.property(
        tensors.filter((x) => x.rank > 0),
        fc.nat(3),
        (x, axisChoice) => {
          const axis = axisChoice % x.rank;
          const f = (t: Tensor) => sum(mul(concat([t, mul(t, 2), t], axis), concat([t, t, mul(t, 3)], axis)));
          // The sum of t^2 + 2t^2 + 3t^2, with derivative 12 t.
          const gradient = grad(f)(x).toTypedArray();
          x.toTypedArray().forEach((value, i) => {
            expect(gradient[i]).toBeCloseTo(12 * value, 9);
          });
        },
      ),
    );
  });
});
