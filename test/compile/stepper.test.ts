import { describe, expect, it } from 'vitest';
import {
  type Tensor,
  add,
  compile,
  embedding,
  fromTypedArray,
  grad,
  inv,
  mul,
  ones,
  sum,
  tensor,
} from '../../engine/index.js';
import { callerOf } from '../../engine/plan/run/caller.js';
import { compileStepper } from '../../engine/plan/run/loop.js';
import { eagerStepper } from '../../engine/plan/run/stepper.js';

const size = 40;
const filled = (value: number): Tensor => fromTypedArray(new Float32Array(size).fill(value));
const firstOf = (x: Tensor): number => x.toTypedArray()[0];

interface Carry {
  readonly w: Tensor;
  readonly sum: { readonly of: Tensor };
}
const start = (w = 1): Carry => ({ w: filled(w), sum: { of: tensor(0) } });
/** w = 2 w + x, and the sum of all x; puts out w before the step, which is large, and x times two. */
const step = ({ w, sum: { of } }: Carry, x: Tensor) =>
  [
    { sum: { of: add(of, sum(x)) }, w: add(mul(w, 2), sum(x)) },
    { before: mul(w, 1), twice: mul(x, 2) },
  ] as const;
const stepper = () => compileStepper(step);
const numbersOf = ({ w, sum: { of } }: Carry): readonly [number, number] => [firstOf(w), of.item()];

describe('a compiled step of a loop', () => {
  it('carries on from step to step', () => {
    const loop = stepper().start(start());
    expect(numbersOf(loop.carry)).toEqual([1, 0]);
    const outs = [1, 2, 3].map((x) => loop.step(tensor([x])));
    expect(numbersOf(loop.carry)).toEqual([19, 6]);
    expect(outs.map(({ before, twice }) => [firstOf(before), firstOf(twice)])).toEqual([
      [1, 2],
      [3, 4],
      [8, 6],
    ]);
  });

  it('leaves alone what it was given, and what was read from it', () => {
    const compiled = stepper();
    const initial = start();
    const loop = compiled.start(initial);
    loop.step(tensor([1]));
    const early = loop.carry;
    loop.step(tensor([2]));
    // Its initial carry is stored in the memory of the plan that it will run on.
    const present = loop.carry;
    const fork = compiled.start(present);
    const other = compiled.start(present);
    expect(firstOf(fork.step(tensor([10])).before)).toBe(8);
    expect(firstOf(other.step(tensor([20])).before)).toBe(8);
    loop.step(tensor([3]));
    expect(numbersOf(initial)).toEqual([1, 0]);
    expect(numbersOf(early)).toEqual([3, 1]);
    expect(numbersOf(present)).toEqual([8, 3]);
    expect([loop, fork, other].map(({ carry }) => numbersOf(carry))).toEqual([
      [19, 6],
      [26, 13],
      [36, 23],
    ]);
    expect(compiled.plans).toHaveLength(1);
  });

  it('serves loops in turns, in shapes that change', () => {
    const compiled = stepper();
    const loops = [1, 5, 7].map((w) => ({ loop: compiled.start(start(w)), plain: start(w) }));
    const order = [0, 0, 1, 2, 1, 0, 2, 2, 0, 1, 1, 2, 0];
    order.forEach((which, k) => {
      const now = loops[which];
      const x = tensor(k % 3 === 0 ? [k] : k % 3 === 1 ? [k, 1] : [0.5, k, 1]);
      now.loop.step(x);
      [now.plain] = step(now.plain, x);
      if (k % 4 === 0) expect(numbersOf(now.loop.carry)).toEqual(numbersOf(now.plain));
    });
    for (const { loop, plain } of loops) expect(numbersOf(loop.carry)).toEqual(numbersOf(plain));
    expect(compiled.plans).toHaveLength(3);
  });

  it('takes a carry whose names come in another order', () => {
    const compiled = stepper();
    compiled.start(start()).step(tensor([1]));
    const { w, sum: total } = start(4);
    const loop = compiled.start({ sum: total, w });
    loop.step(tensor([1]));
    expect(numbersOf(loop.carry)).toEqual([9, 1]);
    expect(compiled.plans).toHaveLength(1);
  });

  it('is the step itself inside of a gradient and of a compiled function', () => {
    const compiled = stepper();
    const lossAfter = (x: Tensor): Tensor => {
      const loop = compiled.start(start(3));
      loop.step(x);
      loop.step(mul(x, 3));
      return sum(loop.carry.w);
    };
    // w is 4 * 3 + 2 x + 3 x.
    expect(lossAfter(tensor([2])).item()).toBe(size * 22);
    expect(grad(lossAfter)(tensor([2])).toArray()).toEqual([size * 5]);
    const inside = compile((carry: Carry, x: Tensor) => {
      const loop = compiled.start(carry);
      loop.step(x);
      return loop.carry.w;
    });
    expect(firstOf(inside(start(3), tensor([2])))).toBe(8);
  });

  it('goes on after a step that ran as it is', () => {
    const loop = stepper().start(start());
    loop.step(tensor([1]));
    grad((x: Tensor) => sum(loop.step(x).twice))(tensor([2]));
    loop.step(tensor([3]));
    expect(numbersOf(loop.carry)).toEqual([19, 6]);
  });

  it('is the step itself for a carry that is differentiated', () => {
    const lossAfter = (w: Tensor): Tensor => {
      const loop = stepper().start({ w, sum: { of: tensor(0) } });
      loop.step(tensor([1]));
      return sum(loop.carry.w);
    };
    expect(firstOf(grad(lossAfter)(filled(1)))).toBe(2);
  });

  it('refuses outputs of several structures, which cannot be stacked', () => {
    let calls = 0;
    const changing = (carry: Tensor, x: Tensor) =>
      [carry, calls++ === 0 ? { a: x } : { a: x, b: x }] as const;
    const loop = eagerStepper(changing, callerOf('repeat', changing)).start(tensor(0));
    expect(() => loop.steps(2, tensor([1, 2]))).toThrow(
      'repeat(changing): the outputs of the steps are stacked, so they must have one structure, but the output was {a} and is {a, b}.',
    );
  });

  describe('that throws when it has written over its carry', () => {
    const lookUp = () =>
      compileStepper((table: Tensor, i: Tensor, j: Tensor) => {
        const after = add(table, sum(embedding(table, i)));
        return [after, embedding(after, j)] as const;
      }).start(ones([3, 2]));
    const at = (index: number): Tensor => tensor([index], { dtype: 'int32' });

    it('goes on from what was read before it', () => {
      const loop = lookUp();
      expect(() => loop.step(at(0), at(7))).toThrow(/outside/);
      loop.step(at(0), at(1));
      expect(firstOf(loop.carry)).toBe(3);
      expect(() => loop.step(at(0), at(7))).toThrow(/outside/);
      expect(firstOf(loop.carry)).toBe(3);
    });

    it('says so as well where it is the indices that were written over', () => {
      const loop = compileStepper(({ table, at }: { table: Tensor; at: Tensor }, by: Tensor) => {
        const next = add(at, by);
        return [{ table, at: next }, add(embedding(table, at), embedding(table, next))] as const;
      }).start({ table: ones([3, 2]), at: tensor([0, 1], { dtype: 'int32' }) });
      const by = (step: number): Tensor => tensor([step, step], { dtype: 'int32' });
      loop.step(by(1));
      expect(() => loop.step(by(9))).toThrow(/outside/);
      expect(() => loop.carry).toThrow(/written over part of its carry/);
    });

    it('says so as well at a matrix behind others', () => {
      const loop = compileStepper((_: Tensor, a: Tensor) => [inv(a), null] as const).start(ones([2, 1, 1]));
      const pair = (first: number, second: number): Tensor => tensor([[[first]], [[second]]]);
      loop.step(pair(2, 4));
      expect(() => loop.step(pair(8, 0))).toThrow(/matrix number 1 of 2 is singular/);
      expect(() => loop.carry).toThrow(/written over part of its carry/);
    });

    it('says that what was not read is lost', () => {
      const loop = lookUp();
      loop.step(at(0), at(1));
      expect(() => loop.step(at(0), at(7))).toThrow(/outside/);
      expect(() => loop.carry).toThrow(/written over part of its carry/);
      expect(() => loop.step(at(0), at(1))).toThrow(/written over part of its carry/);
    });
  });

  it('goes on from what it carried where a step threw before it wrote', () => {
    const loop = compileStepper(
      (table: Tensor, i: Tensor) => [add(table, sum(embedding(table, i))), null] as const,
    ).start(ones([3, 2]));
    loop.step(tensor([0], { dtype: 'int32' }));
    expect(() => loop.step(tensor([7], { dtype: 'int32' }))).toThrow(/outside/);
    expect(firstOf(loop.carry)).toBe(3);
  });

  it('may carry tensors whose names have dots in them', () => {
    type Dotted = Readonly<Record<string, Tensor>>;
    const compiled = compileStepper(
      ({ 'a.b': b, c }: Dotted, t: Tensor) => [{ c: mul(c, b), 'a.b': add(b, t) }, null] as const,
    );
    const loop = compiled.start({ 'a.b': filled(1), c: filled(2) });
    for (const t of [[1], [2], [3, 0].slice(0, 1), [4]]) loop.step(tensor(t));
    expect([firstOf(loop.carry['a.b']), firstOf(loop.carry.c)]).toEqual([11, 112]);
  });

  it('refuses a carry in which two tensors have one path', () => {
    const compiled = compileStepper((carry: { 'a.b': Tensor; a: { b: Tensor } }) => [carry, null] as const);
    expect(() => compiled.start({ 'a.b': filled(1), a: { b: filled(2) } }).step()).toThrow(
      'two tensors have the path a.b',
    );
  });

  it('must hand on the structure that it got', () => {
    const growing = compileStepper((carry: Tensor, x: Tensor) => [add(carry, x), null] as const);
    expect(() => growing.start(tensor(1)).step(tensor([1, 2]))).toThrow(
      /must keep its structure, but the carry was float32\[\] and is float32\[2\]/,
    );
  });
});

describe.each([
  ['eager', () => eagerStepper(step, callerOf('loop', step))],
  ['compiled', () => compileStepper(step, {}, callerOf('loop', step))],
])('many steps in one call, %s', (_, make) => {
  const items = tensor([[1], [2], [3]]);

  it('are the same steps one by one, before and after others', () => {
    const stepping = make();
    const initial = start();
    const [many, single] = [stepping.start(initial), stepping.start(initial)];
    const xs = [4, 1, 2, 3, 5].map((x) => tensor([x]));
    const outs = xs.map((x) => single.step(x));
    many.step(xs[0]);
    const { before, twice } = many.steps(3, items);
    expect(before.shape).toEqual([3, size]);
    expect(before.toTypedArray()).toEqual(
      Float32Array.from(outs.slice(1, 4).flatMap((out) => Array.from(out.before.toTypedArray()))),
    );
    expect(twice.toArray()).toEqual([[2], [4], [6]]);
    expect(firstOf(many.step(xs[4]).before)).toBe(firstOf(outs[4].before));
    expect(numbersOf(many.carry)).toEqual(numbersOf(single.carry));
    expect(numbersOf(initial)).toEqual([1, 0]);
  });

  it('are differentiable', () => {
    const total = (x: Tensor): Tensor => {
      const loop = make().start(start(3));
      loop.steps(2, x);
      return sum(loop.carry.w);
    };
    expect(grad(total)(tensor([[2], [6]])).toArray()).toEqual([[size * 2], [size]]);
  });

  it('need one part for each', () => {
    expect(() => make().start(start()).steps(4, items)).toThrow(
      'loop: items is [3,1]; its first axis must have size 4, one part for each step.',
    );
  });
});
