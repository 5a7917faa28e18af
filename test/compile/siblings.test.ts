/** Maps that run as one pass with several results, some of them in place, compute what they compute alone. */
import { expect, it } from 'vitest';
import {
  Generator,
  type Tensor,
  cat,
  compile,
  exp,
  expand,
  narrow,
  neg,
  normal,
  ones,
  permute,
  reshape,
  sin,
  mul,
  sqrt,
  sub,
  tanh,
  tensor,
  transpose,
} from '../../engine/index.js';
import { absoluteError } from './values.js';
import { stepsOf } from '../../engine/ir/plan.js';

type Triple = readonly [Tensor, Tensor, Tensor];

/** Adam's update, the gradient seen through a view. */
const adam = ([m, v, w]: Triple, gradient: Tensor): Triple => {
  const g = gradient.add(w.mul(0.01));
  const mean = m.mul(0.9).add(g.mul(0.1));
  const square = v.mul(0.99).add(mul(g, g).mul(0.01));
  return [mean, square, sub(w, mean.div(sqrt(square).add(1e-3)).mul(0.1))];
};

it.each<[string, readonly number[], readonly number[], (g: Tensor) => Tensor]>([
  ['of vectors', [37], [37], (g) => g],
  ['of matrices with a transposed gradient', [9, 14], [14, 9], (g) => transpose(g)],
  ['of a gradient that is the same for all rows', [5, 6], [6], (g) => g],
  ['of one row', [1, 5], [1, 5], (g) => g],
])('%s', (_, shape, given, view) => {
  for (const backend of ['wasm', 'cpu'] as const) {
    const random = new Generator(7);
    const update = (state: Triple, g: Tensor): Triple => adam(state, view(g).expand(shape));
    const compiled = compile(update, { donate: [0], backend });
    let [expected, state]: [Triple, Triple] = [0, 1].map(() => {
      const numbers = new Generator(3);
      return [normal(numbers, shape), normal(numbers, shape).abs(), normal(numbers, shape)] as const;
    }) as [Triple, Triple];
    for (let step = 0; step < 5; step++) {
      const g = normal(random, given);
      expected = update(expected, g);
      state = compiled(state, g);
    }
    expect(absoluteError(state, expected)).toBeLessThan(backend === 'cpu' ? 1e-12 : 2e-6);
    const [{ steps }] = compiled.plans;
    expect(
      stepsOf(steps).map(({ spec, outputs }) => [spec.family, outputs.map(({ buffer }) => buffer)]),
    ).toEqual([['maps', steps.inputs.slice(0, 3)]]);
  }
});

it('a map that reads a result of the pass in another order waits for it', () => {
  const f = (x: Tensor): readonly Tensor[] => {
    const y = tanh(x);
    return [y, y.add(transpose(y)), y.mul(x)];
  };
  const x = normal(new Generator(1), [5, 5]);
  const compiled = compile(f);
  expect(absoluteError(compiled(x), f(x))).toBeLessThan(1e-6);
  expect(
    stepsOf(compiled.plans[0].steps)
      .map(({ outputs }) => outputs.length)
      .sort(),
  ).toEqual([1, 2]);
});

it('a pass stays before what reads any of its results, when steps are moved to write in place', () => {
  const f = (a: Tensor, x: Tensor): readonly Tensor[] => {
    const next = a.add(1);
    const [first, second] = [tanh(x), sqrt(x)];
    return [next, first, second, a.mul(second).sum()];
  };
  const [a, x] = [normal(new Generator(1), [20]), normal(new Generator(2), [20]).abs()];
  const expected = f(a, x);
  expect(absoluteError(compile(f, { donate: [0] })(a, x), expected)).toBeLessThan(1e-5);
});

it('a pass whose results nothing reads but empty tensors is none', () => {
  const none = (x: Tensor): Tensor => narrow(x, 0, 0, 0);
  const f = (x: Tensor): Tensor => cat([none(exp(x)), none(sin(x))]);
  expect(compile(f)(ones([20])).shape).toEqual([0]);
});

it('a map that no layout shows in the order of its reader stays a step of its own', () => {
  const f = (x: Tensor): Tensor => neg(reshape(sin(permute(exp(expand(x, [4, 6])), [1, 0])), [24]));
  expect(absoluteError(compile(f)(tensor(1)), f(tensor(1)))).toBeLessThan(1e-6);
});
