import { describe, expect, it } from 'vitest';
import { Generator, type Tensor, add, fromTypedArray, mul, sum, tensor } from '../../engine/index.js';
import { compile } from '../../engine/plan/run/compile.js';
import { Resident, keep } from '../../engine/plan/run/resident.js';
import { expectAgree } from './values.js';

const count = 40;
const ones = (): Tensor => fromTypedArray(new Float64Array(count).fill(1));
const firstOf = (x: Tensor): number => x.toTypedArray()[0];

interface State {
  readonly w: Tensor;
  readonly steps: Tensor;
}
const start = (): State => ({ w: ones(), steps: tensor(0, { dtype: 'float64' }) });
const advance = ({ w, steps }: State, x: Tensor): { readonly state: State; readonly loss: Tensor } => ({
  state: { w: add(w, x), steps: add(steps, 1) },
  loss: sum(w),
});

describe('results that stay in the memory of the plan', () => {
  it('keep their values when the plan runs again', () => {
    const f = compile((x: Tensor) => mul(x, 2));
    const first = f(ones());
    const second = f(mul(ones(), 10));
    const third = f(first);
    expect([first, second, third].map(firstOf)).toEqual([2, 20, 4]);
    expect(first.value).toBeInstanceOf(Resident);
  });

  it('can be used by eager operations, and are copied only then', () => {
    const f = compile((x: Tensor) => mul(x, 2));
    const result = f(ones());
    expect(firstOf(add(result, result))).toBe(4);
    f(mul(ones(), 7));
    expect(firstOf(result)).toBe(2);
  });

  it('can be passed to another plan', () => {
    const [f, g] = [compile((x: Tensor) => mul(x, 2)), compile((x: Tensor) => add(x, 1))];
    let x = ones();
    for (let i = 0; i < 5; i++) x = g(f(x));
    expect(firstOf(x)).toBe(63);
  });

  it('may come back as several arguments', () => {
    const f = compile((x: Tensor, y: Tensor) => ({ a: add(x, y), b: mul(x, y) }));
    const { a, b } = f(mul(ones(), 3), mul(ones(), 5));
    expect(firstOf(f(a, a).b)).toBe(64);
    expect(firstOf(f(b, a).a)).toBe(23);
  });
});

describe('donated arguments', () => {
  const make = () => compile(advance, { donate: [0] });

  it('give their place to the results, which come back without a copy', () => {
    const step = make();
    let { state } = step(start(), ones());
    for (let i = 0; i < 10; i++) ({ state } = step(state, ones()));
    const [plan] = step.plans;
    expect(plan.steps.outputs.slice(0, 2).map(({ buffer }) => buffer)).toEqual(plan.steps.inputs.slice(0, 2));
    expect(firstOf(state.w)).toBe(12);
    expect(state.steps.item()).toBe(11);
  });

  it('cannot be read afterwards, in any way', () => {
    const step = make();
    const { state } = step(start(), ones());
    step(state, ones());
    const gone = /donated to compile\(advance\), which wrote a result over them/;
    expect(() => state.w.toTypedArray()).toThrow(gone);
    expect(() => state.steps.item()).toThrow(gone);
    expect(() => mul(state.w, 2)).toThrow(gone);
    expect(() => step(state, ones())).toThrow(gone);
  });

  it('not even if they had been read before', () => {
    const step = make();
    const { state } = step(start(), ones());
    expect(firstOf(state.w)).toBe(2);
    step(state, ones());
    expect(() => state.w.toTypedArray()).toThrow(/donated/);
  });

  it('are good for ever when they are kept, or lie in ordinary memory', () => {
    const step = make();
    const initial = start();
    const { state } = step(initial, ones());
    const best = keep(state);
    step(state, ones());
    expect(firstOf(best.w)).toBe(2);
    expect(firstOf(initial.w)).toBe(1);
    const { state: again } = step(best, ones());
    expect(firstOf(again.w)).toBe(3);
    expect(firstOf(best.w)).toBe(2);
  });

  it('may change places', () => {
    const step = compile(
      ({ a, b }: { readonly a: Tensor; readonly b: Tensor }) => ({ a: mul(a, 2), b: add(a, b) }),
      {
        donate: [0],
      },
    );
    let pair = step({ a: ones(), b: mul(ones(), 10) });
    expect([pair.a, pair.b].map(firstOf)).toEqual([2, 11]);
    pair = step({ a: pair.b, b: pair.a });
    expect([pair.a, pair.b].map(firstOf)).toEqual([22, 13]);
    pair = step({ a: pair.b, b: pair.a });
    expect([pair.a, pair.b].map(firstOf)).toEqual([26, 35]);
  });

  it('one of them twice', () => {
    const step = compile((a: Tensor, b: Tensor) => [add(a, b), mul(a, b)] as const, { donate: [0, 1] });
    const [a] = step(mul(ones(), 3), mul(ones(), 4));
    const [sums, products] = step(a, a);
    expect([sums, products].map(firstOf)).toEqual([14, 49]);
  });

  it.each([
    ['are swapped', (a: Tensor, b: Tensor) => [b, a] as const],
    ['are returned as they are', (a: Tensor, b: Tensor) => [a, b] as const],
    ['are returned twice', (a: Tensor) => [a, a] as const],
    [
      'are needed after the result that replaces them',
      (a: Tensor, b: Tensor) => [b.add(a.sum()), a.mul(b.add(a))] as const,
    ],
    [
      'are read across',
      (a: Tensor, b: Tensor) => [a.reshape([5, 8]).transpose().reshape([-1]).add(a), b.flip(0)] as const,
    ],
    [
      'give one result',
      (a: Tensor, b: Tensor) => {
        const c = a.add(b);
        return [c, c] as const;
      },
    ],
    [
      'feed one another',
      (a: Tensor, b: Tensor) => {
        const c = a.add(b);
        return [c, c.mul(a)] as const;
      },
    ],
  ])('%s', (_, f: (a: Tensor, b: Tensor) => readonly [Tensor, Tensor]) => {
    const random = new Generator(2);
    const initial = [0, 1].map(() =>
      fromTypedArray(random.uniform(count, { low: -1, high: 1, dtype: 'float64' })),
    );
    for (const backend of ['cpu', 'wasm'] as const) {
      const step = compile(f, { donate: [0, 1], backend });
      let [compiled, eager] = [[...initial], [...initial]];
      for (let i = 0; i < 3; i++)
        [compiled, eager] = [[...step(compiled[0], compiled[1])], [...f(eager[0], eager[1])]];
      expectAgree(backend, compiled, eager);
    }
  });
});
