/** What fails without a word in other libraries has to fail with one here: gradients that go missing. */
import { describe, expect, it } from 'vitest';
import {
  type Tensor,
  TrackedReadError,
  UnreachedError,
  UsageError,
  add,
  argmax,
  cast,
  floor,
  gather,
  grad,
  lt,
  matmul,
  mul,
  peek,
  stopGradient,
  sum,
  tensor,
  valueAndGrad,
  vjp,
  where,
} from '../../engine/index.js';

const scalar = tensor(2);

function unreached(body: () => unknown): UnreachedError {
  try {
    body();
  } catch (error) {
    if (error instanceof UnreachedError) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
}

describe('a parameter that the loss does not depend on', () => {
  const model = {
    embed: { weight: tensor([1, 2]) },
    head: { weight: tensor([3, 4]), bias: tensor(5) },
  };

  it('is an error that names it, and says how to allow it', () => {
    const loss = (p: typeof model) => sum(mul(p.embed.weight, p.head.weight));
    const error = unreached(() => grad(loss)(model));
    expect(error.paths).toEqual(['head.bias']);
    expect(error.message).toBe(
      'grad: a parameter gets no gradient:\n' +
        '  head.bias: it does not enter the result.\n' +
        "If that is meant, say so with {allowZero: ['head.bias']}, or leave them out of the argument.",
    );
  });

  it('is named together with the cut that is responsible, and with no other', () => {
    const loss = (p: typeof model) => {
      const frozen = stopGradient(mul(p.embed.weight, 2), 'the embedding is frozen');
      const unrelated = stopGradient(p.head.bias, 'for the log');
      peek(unrelated);
      return sum(mul(frozen, p.head.weight)).add(p.head.bias);
    };
    const error = unreached(() => valueAndGrad(loss)(model));
    expect(error.message).toContain(
      "embed.weight: it reaches the result only through stopGradient('the embedding is frozen').",
    );
    expect(error.message).not.toContain('for the log');
    expect(error.paths).toEqual(['embed.weight']);
  });

  it.each<[string, (x: Tensor) => Tensor, RegExp]>([
    ['a comparison', (x) => sum(lt(x, 1)), /only through lt \(it is constant between its steps\)/],
    ['rounding', (x) => sum(floor(x)), /only through floor \(it is constant between its steps\)/],
    [
      'a condition',
      (x) => sum(where(x, 1, 2)),
      /only through where \(a condition selects, it does not scale\)/,
    ],
    [
      'an index',
      (x) => sum(gather(tensor([5, 6]), argmax(x, { dim: 0, keepdim: true }), { dim: 0 })),
      /only through argmax \(a position does not change with the values, but for jumps\)/,
    ],
    ['integers', (x) => sum(cast(cast(x, 'int32'), 'float32')), /through truncate \(integers have no/],
  ])('is an error when %s cuts it off', (_, f, message) => {
    expect(() => grad(f)(tensor([1, 2]))).toThrow(message);
  });

  it('is zeros where that was allowed, for a leaf or a whole subtree, and only there', () => {
    const loss = (p: typeof model) => sum(p.embed.weight);
    const gradient = grad(loss, { allowZero: ['head'] })(model);
    expect([gradient.head.weight.toArray(), gradient.head.bias.toArray()]).toEqual([[0, 0], 0]);
    expect(() => grad(loss, { allowZero: ['head.weight'] })(model)).toThrow(/head\.bias: it does not enter/);
    expect(() => grad(loss, { allowZero: ['hea'] })(model)).toThrow(/2 parameters get no gradient/);
    expect(grad((x: Tensor) => tensor(x.size), { allowZero: [''] })(scalar).item()).toBe(0);
  });

  it('is zeros for vjp, the operator of numerical analysis', () => {
    expect(
      vjp((x: Tensor) => tensor(x.size))(tensor([1, 2]))
        .pullback(tensor(1))
        .toArray(),
    ).toEqual([0, 0]);
  });
});

describe('a tensor used as a number inside a gradient', () => {
  const uses: [string, (x: Tensor) => unknown][] = [
    ['arithmetic', (x) => 2 * Number(x)],
    ['comparison', (x) => Number(x) > 1],
    ['item()', (x) => x.item()],
    ['toArray()', (x) => x.toArray()],
    ['toTypedArray()', (x) => x.toTypedArray()],
    ['Math functions', (x) => Math.sqrt(x as never)],
    ['unary plus', (x) => +(x as never)],
    ['an array index', (x) => [1, 2, 3][Number(x)]],
  ];

  it.each(uses)('throws: %s', (_, use) => {
    const f = (x: Tensor): Tensor => {
      use(mul(x, 1));
      return mul(x, x);
    };
    expect(() => grad(f)(scalar)).toThrow(TrackedReadError);
    expect(() => grad(f)(scalar)).toThrow(
      /inside a gradient that is still open.* use peek\(t\) to log it, or stopGradient/,
    );
    // Outside of a gradient all of this is allowed, and afterwards it is again.
    expect(() => f(scalar)).not.toThrow();
  });

  it('does not throw for what does not depend on the arguments, nor for peek, printing and a cut', () => {
    const seen: unknown[] = [];
    const f = (x: Tensor) => {
      seen.push(add(tensor(1), 2).item(), peek(mul(x, 3)), String(x), stopGradient(x, 'for the log').item());
      return mul(x, x);
    };
    expect(grad(f)(scalar).item()).toBe(4);
    expect(seen).toEqual([3, 6, 'Tensor(float32[], tracked)', 2]);
  });

  it('throws in an inner function for what only an outer gradient needs', () => {
    const f = (x: Tensor) =>
      grad((y: Tensor) => {
        x.item();
        return mul(x, y);
      })(x);
    expect(() => grad(f)(scalar)).toThrow(TrackedReadError);
    expect(f(scalar).item()).toBe(2);
  });
});

describe('functions that a gradient cannot be taken of', () => {
  it('a promise', () => {
    const later = (x: Tensor) => Promise.resolve(mul(x, x));
    expect(() => grad(later as never)(scalar)).toThrow(UsageError);
    expect(() => vjp(later)(scalar)).toThrow(
      /returned a promise, for which vjp cannot wait\. Await the data first/,
    );
  });

  it('no result, a number, or a tensor that is not one number', () => {
    expect(() => grad((() => undefined) as never)(scalar)).toThrow(
      /must return a tensor.*; it returned undefined/,
    );
    expect(() => grad((() => 3) as never)(scalar)).toThrow(/it returned the number 3/);
    expect(() => grad((x: Tensor) => mul(x, 2))(tensor([1, 2]))).toThrow(
      'grad: the function returned float32[2]; a gradient needs one float number. Reduce it with sum() or mean(), or use vjp or jacobian.',
    );
    expect(() => grad((x: Tensor) => cast(x, 'int32'))(scalar)).toThrow(/the function returned int32\[\]/);
  });

  it('arguments that are integers, or no tensors', () => {
    const step = tensor(3, { dtype: 'int32' });
    expect(() => grad((p: { lr: Tensor; step: Tensor }) => mul(p.lr, 2))({ lr: scalar, step })).toThrow(
      'grad: step is int32[]; only float tensors have gradients. Pass integers as a further argument.',
    );
    expect(() => grad((p: { lr: number }) => mul(scalar, p.lr))({ lr: 0.1 })).toThrow(
      /grad: lr is the number 0\.1; .* Wrap numbers with tensor/,
    );
  });
});

describe('stopGradient', () => {
  it('asks for a reason', () => {
    const cut = stopGradient as (x: Tensor, why?: string) => Tensor;
    expect(() => cut(scalar)).toThrow(UsageError);
    expect(() => cut(scalar, ' ')).toThrow(/needs a reason, as in stopGradient\(x, 'first-order'\)/);
  });
});

describe('a gradient', () => {
  it('is a value: two calls do not add up, and no argument changes', () => {
    const weight = tensor([1, 2]);
    const f = (w: Tensor) => sum(mul(w, w));
    const first = grad(f)(weight);
    expect(grad(f)(weight).toArray()).toEqual([2, 4]);
    expect(first.toArray()).toEqual([2, 4]);
    expect(weight.toArray()).toEqual([1, 2]);
    expect(Object.keys(weight)).not.toContain('grad');
  });

  it('of a gradient needs no flag, and is not cut by the inner one', () => {
    const second = grad((x: Tensor) => grad((y: Tensor) => mul(mul(y, y), y))(x));
    expect(second(scalar).item()).toBe(12);
  });

  it('does not change the value of the function', () => {
    const f = (x: Tensor) => sum(matmul(x, x).tanh());
    const x = tensor([
      [0.1, 0.7],
      [0.3, -2],
    ]);
    expect(valueAndGrad(f)(x).value.item()).toBe(f(x).item());
  });
});
