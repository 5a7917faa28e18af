/** The batch rule of every primitive against a loop over the examples: values and gradients, and batches of batches. */
import { describe, expect, it } from 'vitest';
import {
  Generator,
  ShapeError,
  type Tensor,
  compile,
  fromTypedArray,
  gather,
  stack,
  tensor,
  vjp,
  vmap,
} from '../../engine/index.js';
import { dispatch } from '../../engine/core/dispatch.js';
import { isFlat } from '../../engine/core/tensor.js';
import { sizeOf } from '../../engine/ir/layout.js';
import { batchMatmul, gatherRows, primitives, scatterAdd } from '../../engine/primitives/index.js';
import { combinations, disagreement, loop, rotated } from '../control/batches.js';
import { type Case, apply, cases, isFloating, randomLike } from './samples.js';

type Numbers = readonly Tensor[];

const batchOf = (x: Tensor, size: number): Tensor =>
  stack(Array.from({ length: size }, (_, i) => rotated(x, i)));

const mapped = (f: (x: Numbers) => Numbers, batched: readonly boolean[]): ((x: Numbers) => Numbers) =>
  vmap(f, { in: [batched.map((is) => (is ? 0 : null))] });

/** Sums are added up in another order where one product takes the place of many. */
const tolerance = 1e-13;

/** Compares f for a batch with the loop, and the gradients of both. */
function expectLoop(f: (x: Numbers) => Numbers, inputs: Numbers, batched: readonly boolean[]): void {
  const x = inputs.map((input, i) => (batched[i] ? batchOf(input, 3) : input));
  const [byRule, byLoop] = [mapped(f, batched), loop(f, batched)];
  const expected = byLoop(x);
  expect(disagreement(byRule(x), expected, tolerance)).toBeNull();
  const floats = x.filter(isFloating);
  if (floats.length === 0 || !expected.every(isFloating)) return;
  const random = new Generator(4);
  const cotangents = expected.map((y) => randomLike(y, random));
  const gradient = (run: (x: Numbers) => Numbers): Numbers => {
    const ofFloats = (given: Numbers): Numbers => {
      let next = 0;
      return run(x.map((input) => (isFloating(input) ? given[next++] : input)));
    };
    return vjp(ofFloats)(floats).pullback(cotangents);
  };
  expect(disagreement(gradient(byRule), gradient(byLoop), tolerance)).toBeNull();
}

const withInputs = cases.filter(({ inputs }) => inputs.length > 0);

describe('the batch rule of', () => {
  it.each(withInputs)('$name is the loop, and so is its gradient', (item) => {
    const f = (x: Numbers): Numbers => [apply(item, x)];
    for (const batched of combinations(item.inputs.length)) expectLoop(f, item.inputs, batched);
  });

  it.each(withInputs)('$name can be batched again', (item) => {
    const f = (x: Numbers): Numbers => [apply(item, x)];
    const ways = combinations(item.inputs.length);
    for (const inner of ways)
      for (const outer of ways) {
        const x = item.inputs.map((input, i) => (inner[i] ? batchOf(input, 2) : input));
        const many = x.map((input, i) => (outer[i] ? stack([input, rotated(input, 1)]) : input));
        const [twice, loops] = [mapped(mapped(f, inner), outer)(many), loop(loop(f, inner), outer)(many)];
        expect(disagreement(twice, loops, tolerance)).toBeNull();
      }
  });

  it.each(withInputs.filter(isSecondOrder))('$name is right in the gradient of a gradient', (item) => {
    const floats = item.inputs.filter(isFloating);
    const random = new Generator(5);
    const v = floats.map((x) => randomLike(x, random));
    const cotangent = randomLike(apply(item, item.inputs), random);
    const gradient = (x: Numbers): Numbers => {
      const ofFloats = (given: Numbers): Tensor => {
        let next = 0;
        return apply(
          item,
          item.inputs.map((input) => (isFloating(input) ? given[next++] : input)),
        );
      };
      return vjp(ofFloats)(x).pullback(cotangent);
    };
    expectLoop(
      (x) => vjp(gradient)(x).pullback(v),
      floats,
      floats.map(() => true),
    );
  });

  it('what has no inputs is the same for all examples', () => {
    const without = cases.filter(({ inputs }) => inputs.length === 0);
    expect(without.map(({ primitive: { name } }) => name)).toEqual(['constant', 'iota']);
    for (const item of without) {
      const both = (x: Tensor): readonly Tensor[] => [x, apply(item, [])];
      const [, made] = vmap(both)(tensor([1, 2, 3]));
      expect(
        disagreement([made], [stack([apply(item, []), apply(item, []), apply(item, [])])], 0),
      ).toBeNull();
    }
  });

  it('every primitive exists', () => {
    for (const { name, batch } of primitives.values()) expect(typeof batch, name).toBe('function');
  });
});

function isSecondOrder({ primitive, inputs }: Case): boolean {
  const isCurved = inputs.some((input, i) => isFloating(input) && !isFlat(primitive.gradient(i)));
  return isCurved && primitive.linearIn !== 'jointly';
}

const random = new Generator(6);
const draw = (...shape: number[]): Tensor =>
  fromTypedArray(random.normal(sizeOf(shape), { dtype: 'float64' }), shape);
const int32 = (numbers: readonly number[], shape: readonly number[]): Tensor =>
  fromTypedArray(Int32Array.from(numbers), shape);

describe('gather and scatterAdd in a batch', () => {
  const x = draw(3, 4, 2);
  for (const axis of [0, 1, 2])
    for (const indices of [int32([1], []), int32([1, 0, 1], [3]), int32([1, 0, 0, 1], [2, 2])]) {
      it(`along axis ${axis} with indices [${indices.shape.join()}]`, () => {
        for (const batched of combinations(2)) {
          expectLoop(([table, rows]) => [gatherRows(table, rows, axis)], [x, indices], batched);
          const picked = gatherRows(x, indices, axis);
          const scatter = ([g, rows]: Numbers): Numbers => [scatterAdd(g, rows, { axis, size: 3 })];
          expectLoop(scatter, [picked, indices], batched);
        }
      });
    }

  it("refuse an index that would reach into the next example's rows", () => {
    const rows = draw(2, 3, 2);
    const pick = (table: Tensor, indices: Tensor): Tensor => gatherRows(table, indices, 0);
    for (const wrong of [3, -1]) {
      const indices = int32([0, wrong, 1, 2], [2, 2]);
      expect(() => vmap(pick)(rows, indices)).toThrow(ShapeError);
      expect(() => vmap(pick)(rows, indices)).toThrow(new RegExp(`${wrong}.*number 1 of 4.*size 3`));
      for (const backend of ['cpu', 'wasm'] as const)
        expect(() => compile(vmap(pick), { backend })(rows, indices)).toThrow(/number 1 of 4.*argument 1/);
      const add = (g: Tensor, at: Tensor): Tensor => scatterAdd(g, at, { axis: 0, size: 3 });
      expect(() => vmap(add)(draw(2, 2, 2), indices)).toThrow(ShapeError);
    }
  });

  it('pick one element of each row by the operation of that name', () => {
    const logits = draw(4, 3);
    const target = int32([2, 0, 1, 1], [4, 1]);
    const one = (row: Tensor, at: Tensor): Tensor => gather(row, at, { dim: 0 });
    expect(vmap(one)(logits, target).toArray()).toEqual(gather(logits, target, { dim: 1 }).toArray());
  });
});

describe('matmul in a batch', () => {
  /** The shapes of the products in the plan of a function, as in `[6,4] x [4,5]`. */
  const productsOf = (f: (...x: readonly Tensor[]) => Tensor, ...args: readonly Tensor[]): string[] => {
    const [{ plan }] = (() => {
      const compiled = compile(f, { backend: 'cpu' });
      compiled(...args);
      return compiled.plans;
    })();
    return plan.equations
      .filter(({ operation: { name } }) => name === 'matmul')
      .map(({ inputs }) => inputs.map(({ shape }) => `[${shape.join()}]`).join(' x '));
  };

  it('is one product where all examples share a factor', () => {
    expect(productsOf(vmap(batchMatmul, { in: [0, null] }), draw(3, 2, 4), draw(4, 5))).toEqual([
      '[6,4] x [4,5]',
    ]);
    expect(productsOf(vmap(batchMatmul, { in: [null, 0] }), draw(5, 4), draw(3, 4, 1))).toEqual([
      '[3,4] x [4,5]',
    ]);
    expect(productsOf(vmap(batchMatmul, { in: [0, null] }), draw(3, 7, 2, 4), draw(7, 4, 5))).toEqual([
      '[7,6,4] x [7,4,5]',
    ]);
    expect(productsOf(vmap(batchMatmul), draw(3, 2, 4), draw(3, 4, 5))).toEqual(['[3,2,4] x [3,4,5]']);
  });

  it('is the loop for more batch axes and columns', () => {
    for (const batched of combinations(2))
      for (const [a, b] of [
        [draw(2, 3), draw(3, 1)],
        [draw(1, 3), draw(3, 2)],
        [draw(2, 4, 3, 2), draw(2, 4, 2, 5)],
        [draw(2, 3, 2), draw(2, 2, 1)],
      ])
        expectLoop(([left, right]) => [batchMatmul(left, right)], [a, b], batched);
  });
});

it('an operation that is no primitive is refused', () => {
  const operation = { ...primitives.get('neg')!, name: 'own' };
  const own = (x: Tensor): Tensor => dispatch(operation, [x], {});
  expect(() => vmap(own)(tensor([1, 2]))).toThrow('vmap: own is no primitive');
});
