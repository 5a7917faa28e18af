import { describe, expect, it } from 'vitest';
import {
  Generator,
  type Tensor,
  UnreachedError,
  add,
  compile,
  fromTypedArray,
  grad,
  hvp,
  mul,
  remat,
  sub,
  sum,
  tanh,
  tensor,
  valueAndGrad,
} from '../../engine/index.js';
import { withWitness } from '../../engine/core/dispatch.js';
import { expectSame, relativeError } from './values.js';

const random = new Generator(4);
const draw = (...shape: number[]): Tensor =>
  fromTypedArray(
    random.normal(
      shape.reduce((a, b) => a * b, 1),
      { dtype: 'float64' },
    ),
    shape,
  );

const layer = (x: Tensor, w: Tensor): { readonly y: Tensor; readonly z: Tensor } => {
  const y = tanh(x.matmul(w));
  return { y, z: mul(y, y) };
};
const net =
  (block: typeof layer) =>
  (w: readonly Tensor[], x: Tensor): Tensor => {
    let h = x;
    let total = sum(x);
    for (const weight of w) {
      const { y, z } = block(h, weight);
      [h, total] = [y, add(total, sum(z))];
    }
    return add(total, sum(h));
  };

const weights = [draw(3, 3), draw(3, 3), draw(3, 3)];
const x = draw(2, 3);

describe('remat', () => {
  const [plain, saving] = [net(layer), net(remat(layer))];

  it('changes no value and no gradient, of any order, compiled or not', () => {
    expectSame(saving(weights, x), plain(weights, x));
    expectSame(grad(saving)(weights, x), grad(plain)(weights, x));
    const second = (f: typeof plain) => (w: readonly Tensor[], at: Tensor) =>
      grad((v: readonly Tensor[]) =>
        grad(f)(v, at)
          .map((g) => sum(mul(g, g)))
          .reduce(add),
      )(w);
    // The second order adds up the same numbers in another order.
    expect(relativeError(second(saving)(weights, x), second(plain)(weights, x))).toBeLessThan(1e-13);
    expectSame(compile(grad(saving))(weights, x), grad(plain)(weights, x));
    expectSame(compile(second(saving))(weights, x), second(saving)(weights, x));
    const directions = weights.map((w) => tanh(w));
    const along = (f: typeof plain): unknown => hvp((w: readonly Tensor[]) => f(w, x))(weights, directions);
    expect(relativeError(along(saving), along(plain))).toBeLessThan(1e-13);
  });

  it('runs the function twice and not more, however many results it has', () => {
    let runs = 0;
    const counted = remat((a: Tensor, w: Tensor) => {
      runs++;
      return layer(a, w);
    });
    valueAndGrad(net(counted))(weights, x);
    expect(runs).toBe(2 * weights.length);
  });

  it('runs it once where no gradient is taken', () => {
    let products = 0;
    withWitness(
      (_, { name }) => (products += name === 'matmul' ? 1 : 0),
      () => saving(weights, x),
    );
    expect(products).toBe(weights.length);
  });

  it('a parameter that the function does not use is still unreached', () => {
    const useless = remat((a: Tensor, b: Tensor) => [mul(a, a), b.stopGradient('to be missed')] as const);
    expect(() => grad(({ a, b }: { a: Tensor; b: Tensor }) => sum(useless(a, b)[0]))({ a: x, b: x })).toThrow(
      UnreachedError,
    );
    expect(() => grad((b: Tensor) => sum(useless(x, b)[1]))(x)).toThrow(/to be missed/);
  });

  it('refuses to cut off what is not an argument', () => {
    expect(() => grad((w: Tensor) => sum(remat((a: Tensor) => mul(a, w))(mul(w, 2))))(x)).toThrow(
      /remat\(f\): the function uses a tensor that a gradient is being taken through/,
    );
  });

  it('memory of a second-order unroll grows like the root of its length', () => {
    const [w, data] = [draw(20, 20), draw(50, 20)];
    const peak = (steps: number, region: number): number => {
      const update = (p: Tensor, lr: Tensor, batch: Tensor): Tensor =>
        sub(p, mul(lr, grad((q: Tensor) => sum(tanh(tanh(batch.matmul(q)).matmul(q)).square()))(p)));
      const several = (p: Tensor, lr: Tensor, batch: Tensor): Tensor => {
        for (let k = 0; k < region; k++) p = update(p, lr, batch);
        return p;
      };
      const part = region === 1 ? several : remat(several);
      const meta = compile((p: Tensor, rate: Tensor, batch: Tensor) =>
        grad((lr: Tensor) => {
          let now = p;
          for (let k = 0; k < steps / region; k++) now = part(now, lr, batch);
          return sum(now.square());
        })(rate),
      );
      meta(w, tensor(1e-3, { dtype: 'float64' }), data);
      const { livePeak, lasting } = meta.plans[0].memory;
      return livePeak - lasting;
    };
    const [short, long] = [16, 64];
    const stored = peak(long, 1) / peak(short, 1);
    const saved = peak(long, 8) / peak(short, 4);
    expect(stored).toBeGreaterThan(3.5);
    expect(saved).toBeLessThan(2.3);
    expect(peak(long, 8)).toBeLessThan(peak(long, 1) / 3);
  });
});
