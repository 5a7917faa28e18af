/** Loops whose steps are simplified: the numbers of the loops written out, and their gradients to second order. */
import { describe, expect, it } from 'vitest';
import {
  type Tensor,
  add,
  compile,
  grad,
  hvp,
  leavesOf,
  matmul,
  mul,
  permute,
  remat,
  scan,
  sigmoid,
  sin,
  sum,
  tanh,
} from '../../engine/index.js';
import { type Scan, draw, loop } from '../control/plainLoop.js';
import { expectSame, relativeError } from './values.js';

interface Arguments {
  readonly w: Tensor;
  readonly u: Tensor;
  readonly h: Tensor;
  readonly x: Tensor;
}
type Program = (p: Arguments, each: Scan) => Tensor;

const args: Arguments = { w: draw(4, 4), u: draw(3, 4), h: draw(2, 4), x: draw(5, 2, 3) };

const programs: Readonly<Record<string, Program>> = {
  'products of items': ({ w, u, h, x }, each) => {
    const [last, outs] = each(
      (state, item) => {
        const next = tanh(add(matmul(state, w), matmul(item, u)));
        return [next, mul(next, next)];
      },
      h,
      x,
    );
    return add(sum(mul(last, last)), sum(sin(outs)));
  },
  'what constants give': ({ w, h, x }, each) => {
    const [last] = each(
      (state, item) => [tanh(add(matmul(state, matmul(sin(w), w)), sum(item))), undefined],
      h,
      x,
    );
    return sum(mul(last, last));
  },
  'products of products of items, through views': ({ w, u, h, x }, each) => {
    const [last] = each(
      (state, item) => [
        sigmoid(mul(state, permute(matmul(permute(w, [1, 0]), permute(matmul(item, u), [1, 0])), [1, 0]))),
        undefined,
      ],
      h,
      x,
    );
    return sum(mul(last, last));
  },
  'in reverse': ({ w, u, h, x }, each) => {
    const [last, outs] = each(
      (state, item) => [tanh(add(matmul(state, w), matmul(item, u))), sum(state)],
      h,
      x,
      { reverse: true },
    );
    return add(sum(mul(last, last)), sum(sin(outs)));
  },
  'a step computed again behind a barrier': ({ w, u, h, x }, each) => {
    const step = remat(([state, item, w, u]: readonly Tensor[]) =>
      tanh(add(matmul(state, w), matmul(item, u))),
    );
    const [last] = each((state, item) => [step([state, item, w, u]), undefined], h, x);
    return sum(mul(last, last));
  },
  'a loop in a loop': ({ w, u, h, x }, each) => {
    const [last] = each(
      (state, item) => {
        const [inner] = each(
          (s) => [tanh(add(matmul(s, mul(w, w)), matmul(item, u))), undefined],
          state,
          undefined,
          { length: 3 },
        );
        return [inner, undefined];
      },
      h,
      x,
    );
    return sum(mul(last, last));
  },
  'results and carries that nothing reads': ({ w, h, x }, each) => {
    const [{ a }] = each(
      ({ a, b }, item) => [{ a: tanh(matmul(a, w)), b: mul(b, sum(item)) }, matmul(a, w)],
      { a: h, b: h },
      x,
    );
    return sum(mul(a, a));
  },
};

const direction: Arguments = { w: draw(4, 4), u: draw(3, 4), h: draw(2, 4), x: draw(5, 2, 3) };
const orders = (program: Program, each: Scan): readonly ((p: Arguments, v: Arguments) => unknown)[] => {
  const f = (p: Arguments): Tensor =>
    leavesOf(p).reduce((total, { tensor: one }) => add(total, sum(mul(one, one))), program(p, each));
  return [f, grad(f), (p, v) => hvp(f)(p, v)];
};

describe.each(Object.entries(programs))('loops with %s', (_, program) => {
  it('give the numbers of the steps one by one, and their gradients to second order', () => {
    orders(program, scan).forEach((f, order) => {
      const written = orders(program, loop)[order](args, direction);
      const onCpu = compile(f, { backend: 'cpu' })(args, direction);
      expectSame(onCpu, f(args, direction));
      expect(relativeError(onCpu, written)).toBeLessThan(1e-12);
      expect(relativeError(compile(f, { backend: 'wasm' })(args, direction), written)).toBeLessThan(1e-12);
    });
  });
});
