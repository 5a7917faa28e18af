/** What the steps of a loop need not compute one by one. */
import { expect, it } from 'vitest';
import {
  Generator,
  type Tensor,
  add,
  compile,
  exp,
  grad,
  matmul,
  normal,
  scan,
  square,
  sum,
  tanh,
  trace,
} from '../../engine/index.js';
import { isControlStep, kernelsOf } from '../../engine/ir/control.js';
import { stepsOf } from '../../engine/ir/plan.js';
import { runPasses } from '../../engine/plan/passes.js';
import { loop, writtenOut } from './controls.js';
import { expectSame } from './values.js';

const random = new Generator(3);
const [x, w, v, h] = [
  [4, 2, 3],
  [3, 5],
  [5, 5],
  [2, 5],
].map((shape) => normal(random, shape, { dtype: 'float64' }));

/** The products inside of each loop of a function's plan, and those outside of loops. */
function productsOf(f: (...args: Tensor[]) => unknown, ...args: Tensor[]): readonly (readonly number[])[] {
  const steps = stepsOf(runPasses(trace(f, ...args)).lowered);
  const count = (some: typeof steps): number =>
    kernelsOf(some).filter(({ spec }) => spec.family === 'matmul').length;
  return [
    steps.filter(isControlStep).map((step) => count([step])),
    [count(steps.filter((step) => !isControlStep(step)))],
  ];
}

it('is computed before it: functions of constants, and products of rows', () => {
  const program =
    (run: typeof loop) =>
    (...[items, weight, other, state]: Tensor[]): readonly Tensor[] =>
      run(
        ([s], [item]) => {
          const next = tanh(add(matmul(s, exp(other)), matmul(item, weight)));
          return [[next], [next]];
        },
        { carry: [state], items: [items], length: 4 },
      );
  expect(productsOf(program(loop), x, w, v, h)).toEqual([[1], [1]]);
  const { lowered } = runPasses(trace(program(loop), x, w, v, h));
  expect(
    stepsOf(lowered)
      .filter((step) => !isControlStep(step))
      .map(({ spec }) => spec.family),
  ).toContain('map');
  expectSame(compile(program(loop), { backend: 'cpu' })(x, w, v, h), program(writtenOut)(x, w, v, h));
});

it('is kept by the loop before: products that a gradient needs', () => {
  const loss = (weight: Tensor, items: Tensor, state: Tensor): Tensor => {
    const [last] = scan(
      (s: Tensor, item: Tensor) => [tanh(add(matmul(s, weight), item)), undefined],
      state,
      items,
    );
    return sum(square(last));
  };
  const items = normal(random, [4, 2, 5], { dtype: 'float64' });
  // Behind it, one for the carry and one for the weight.
  expect(productsOf(grad(loss), v, items, h)[0]).toEqual([1, 2]);
  expectSame(compile(grad(loss), { backend: 'cpu' })(v, items, h), grad(loss)(v, items, h));
});

it('stays in a loop of loops, which is made to store little', () => {
  const program = (items: Tensor, weight: Tensor, state: Tensor): readonly Tensor[] =>
    loop(
      ([s], [item]) => {
        const product = matmul(item, weight);
        return [loop(([inner]) => [[tanh(add(inner, product))], []], { carry: [s], length: 3 }), []];
      },
      { carry: [state], items: [items], length: 4 },
    );
  expect(productsOf(program, x, w, h)).toEqual([[1], [0]]);
});

it('is left out where nothing reads it: products for outs and for other carries', () => {
  const program = (items: Tensor, weight: Tensor, other: Tensor, state: Tensor): Tensor => {
    const [{ a }] = scan(
      ({ a, b }: { readonly a: Tensor; readonly b: Tensor }, item: Tensor) => [
        { a: tanh(add(a, matmul(item, weight))), b: matmul(b, other) },
        matmul(a, other),
      ],
      { a: state, b: state },
      items,
    );
    return a;
  };
  expect(productsOf(program, x, w, v, h)).toEqual([[0], [1]]);
});
