import { describe, expect, it } from 'vitest';
import {
  Generator,
  type Tensor,
  add,
  grad,
  mul,
  normal,
  stack,
  sum,
  tanh,
  tensor,
} from '../../engine/index.js';
import { compile } from '../../engine/plan/run/compile.js';
import { repeat } from '../../engine/plan/run/repeat.js';
import { expectAgree, expectSame } from './values.js';

const random = new Generator(8);
const draw = (...shape: number[]): Tensor => normal(random, shape, { dtype: 'float64' });

interface Carry {
  readonly w: Tensor;
  readonly v: Tensor;
}
interface Batch {
  readonly x: Tensor;
  readonly c: Tensor;
}

const n = 5;
const step = (
  { w, v }: Carry,
  { x, c }: Batch,
  scale: Tensor,
): readonly [Carry, { readonly loss: Tensor; readonly y: Tensor }] => {
  const y = tanh(mul(add(x, w), c));
  const next = add(mul(v, 0.5), y);
  return [
    { v: next, w: add(w, mul(next, scale)) },
    { loss: sum(y), y },
  ];
};
const start = (): Carry => ({ w: draw(30), v: draw(30) });
const batches: Batch = { x: draw(n, 30), c: draw(n) };
const scale = tensor(0.1, { dtype: 'float64' });

function byHand(carry: Carry): [Carry, unknown] {
  const outs = [];
  for (let k = 0; k < n; k++) {
    const row = (t: Tensor): Tensor => t.slice({ start: k, end: k + 1 }).reshape(t.shape.slice(1));
    const [after, out] = step(carry, { x: row(batches.x), c: row(batches.c) }, scale);
    carry = after;
    outs.push(out);
  }
  return [carry, { loss: stack(outs.map(({ loss }) => loss)), y: stack(outs.map(({ y }) => y)) }];
}

describe('repeat', () => {
  it.each(['cpu', 'wasm'] as const)(
    'is the loop, call after call, with the carry in place, on %s',
    (backend) => {
      const epoch = repeat(n, step, { backend });
      let compiled = start();
      let eager = compiled;
      for (let call = 0; call < 4; call++) {
        const [carry, outs] = epoch(compiled, batches, scale);
        const [expected, expectedOuts] = byHand(eager);
        expectAgree(backend, outs, expectedOuts);
        if (call > 0) expect(() => compiled.w.toTypedArray()).toThrow(/donated to repeat\(step\)/);
        [compiled, eager] = [carry, expected];
      }
      expectAgree(backend, compiled, eager);
    },
  );

  it('without items runs n times', () => {
    const double = repeat(10, (x: Tensor): readonly [Tensor, []] => [mul(x, 2), []]);
    expect(double(tensor([1, 3]), [])[0].toArray()).toEqual([1024, 3072]);
  });

  it.each(['cpu', 'wasm'] as const)(
    'is differentiable, inside and outside of compiled functions, on %s',
    (backend) => {
      const [carry, w] = [start(), draw(30)];
      const loss =
        (run: typeof byHand) =>
        (x: Tensor, { v }: Carry): Tensor =>
          sum(run({ v, w: x })[0].w);
      const unrolled = (c: Carry): [Carry, unknown] => repeat(n, step)(c, batches, scale);
      const expected = grad(loss(byHand))(w, carry);
      expectSame(grad(loss(unrolled))(w, carry), expected);
      const compiled = compile(
        (x: Tensor, c: Carry, items: Batch, rate: Tensor) =>
          grad((y: Tensor) => sum(repeat(n, step)({ v: c.v, w: y }, items, rate)[0].w))(x),
        { backend },
      );
      expectAgree(backend, compiled(w, carry, batches, scale), expected);
    },
  );

  it('may put out nothing, inside of a gradient too', () => {
    const squares = (x: Tensor): Tensor => repeat(2, (c: Tensor) => [mul(c, c), null] as const)(x, [])[0];
    expect(squares(tensor([2])).toArray()).toEqual([16]);
    expect(grad((x: Tensor) => sum(squares(x)))(tensor([2])).toArray()).toEqual([32]);
  });

  it('may carry plain data beside tensors, and no tensor', () => {
    const scaled = repeat(
      3,
      ({ w, by, note }: { w: Tensor; by: number; note: string | null }) =>
        [{ w: mul(w, by), by, note }, null] as const,
    );
    const [first] = scaled({ w: tensor([1, 2]), by: 2, note: null }, []);
    expect([first.w.toArray(), first.by, first.note]).toEqual([[8, 16], 2, null]);
    expect(scaled({ w: first.w, by: -1, note: 'other' }, [])[0].w.toArray()).toEqual([-8, -16]);
    const inside = (w: Tensor): Tensor => sum(scaled({ w, by: 2, note: null }, [])[0].w);
    expect(grad(inside)(tensor([1, 2])).toArray()).toEqual([8, 8]);
    const squares = repeat(2, (carry: null, x: Tensor) => [carry, mul(x, x)] as const);
    expect(squares(null, tensor([2, 3]))[1].toArray()).toEqual([4, 9]);
  });

  it.each([
    [
      'a count',
      () => repeat(0, step)(start(), batches, scale),
      /n must be an integer >= 1; got the number 0/,
    ],
    [
      'items',
      () => repeat(4, step)(start(), batches, scale),
      /items\.x is \[5,30\]; its first axis must have size 4/,
    ],
    [
      'carry',
      () => repeat(2, (x: Tensor): readonly [Tensor, []] => [sum(x), []])(draw(3), []),
      /must keep its structure, but the carry was float64\[3\] and is float64\[\]/,
    ],
    [
      'plain part of the carry',
      () => repeat(2, ([x, k]: readonly [Tensor, number]) => [[x, k + 1], null] as const)([draw(3), 0], []),
      /repeat\(f\): .* must keep its structure, but the carry\.1 was number 0 and is number 1/,
    ],
  ])('refuses a wrong %s', (_, run, message) => {
    expect(run).toThrow(message);
  });
});
