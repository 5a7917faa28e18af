import { afterEach, describe, expect, it } from 'vitest';
import {
  Generator,
  type Tensor,
  TrackedReadError,
  UsageError,
  fromTypedArray,
  grad,
  mul,
  sum,
  tensor,
} from '../../engine/index.js';
import { compile } from '../../engine/plan/run/compile.js';
import { retraceEveryCall } from '../../engine/plan/run/planCache.js';

const x = tensor([1, 2]);

afterEach(() => {
  retraceEveryCall(false);
});

describe('what a plan would freeze', () => {
  it('a number that changes at the fourth call is caught at that call, with its place', () => {
    let lr = 0.5;
    const step = compile(function step(t: Tensor) {
      return mul(t, lr);
    });
    for (let call = 1; call <= 3; call++) expect(step(x).toArray()).toEqual([0.5, 1]);
    lr = 0.25;
    expect(() => step(x)).toThrow(
      /compile\(step\): at call 4 .*the number 0.5 is now 0.25 \(.*retrace\.test\.ts:\d+:\d+\)/,
    );
  });

  it('is caught at any call where every call is checked', () => {
    retraceEveryCall(true);
    let lr = 0.5;
    const step = compile((t: Tensor) => mul(t, lr));
    for (let call = 1; call <= 4; call++) step(x);
    lr = 0.1;
    expect(() => step(x)).toThrow(/at call 5 .*0.5 is now 0.1/);
  });

  it.each([
    [
      'a number in a tensor',
      () => {
        let n = 0;
        return (t: Tensor) => mul(t, tensor([n++, 1]));
      },
      /the number 0 is now 1/,
    ],
    [
      'a parameter',
      () => {
        let n = 0;
        return (t: Tensor) => t.slice({ end: 1 + n++ });
      },
      /the number 1 is now 2/,
    ],
    [
      'which operation',
      () => {
        let n = 0;
        return (t: Tensor) => (n++ === 0 ? t.exp() : t.log());
      },
      /exp is now log/,
    ],
    [
      'how many operations',
      () => {
        let n = 0;
        return (t: Tensor) => (n++ === 0 ? t : t.exp());
      },
      /exp is new/,
    ],
    [
      'which tensor',
      () => {
        let n = 0;
        return (t: Tensor) => {
          const u = t.exp();
          return mul(n++ === 0 ? t : u, t);
        };
      },
      /mul now works on other tensors/,
    ],
    [
      'which tensor is returned',
      () => {
        let n = 0;
        return (t: Tensor) => {
          const u = t.exp();
          return n++ === 0 ? t : u;
        };
      },
      /other tensors are returned/,
    ],
    [
      'what else is returned',
      () => {
        let n = 0;
        return (t: Tensor) => ({ t, n: n++ });
      },
      /of what is returned, n was number 0 and is number 1/,
    ],
  ] as const)('%s', (_, make, message) => {
    const f = compile<[Tensor], unknown>(make());
    f(x);
    expect(() => f(x)).toThrow(message);
  });

  it('is caught where it is in an array that a tensor was made over', () => {
    const numbers = new Float32Array(2);
    const f = compile((t: Tensor) => mul(t, fromTypedArray(numbers)));
    f(x);
    numbers[0] = 1;
    expect(() => f(x)).toThrow(/the number 0 is now 1/);
  });

  it('does not mind what comes out the same', () => {
    const f = compile((t: Tensor) => mul(t, tensor([Number.NaN, -0])));
    for (let call = 1; call <= 9; call++) f(x);
    expect(f(x).toArray()).toEqual([Number.NaN, -0]);
  });
});

describe('what a plan cannot see', () => {
  const w = tensor([3, 4]);

  it('a captured tensor is refused by name of its reader and place', () => {
    expect(() => compile((t: Tensor) => mul(t, w))(x)).toThrow(
      /compile\(f\): mul reads float32\[2\], which is not an argument \(.*retrace\.test\.ts:\d+:\d+\)/,
    );
  });

  it.each([
    ['differentiated', (t: Tensor) => grad((u: Tensor) => sum(mul(u, t)))(w)],
    ['returned', () => w],
    ['returned beside others', (t: Tensor) => [t.exp(), { w }]],
    ['seen through a gradient', (t: Tensor) => grad((u: Tensor) => sum(mul(u, w)))(t)],
  ])('also if it is %s', (_, f: (t: Tensor) => unknown) => {
    expect(() => compile(f)(x)).toThrow(/which is not an argument/);
  });

  it('tensors made inside are literals, differentiated or not', () => {
    const f = compile((t: Tensor) => grad((u: Tensor) => sum(mul(mul(u, u), t)))(tensor([3, 4])));
    expect(f(x).toArray()).toEqual([6, 16]);
  });

  it('a tensor of a gradient around the compiled function is captured, not frozen', () => {
    expect(() => grad((u: Tensor) => sum(compile((t: Tensor) => mul(t, u))(x)))(w)).toThrow(
      /which is not an argument/,
    );
  });

  it('a promise', () => {
    expect(() => compile((t: Tensor) => Promise.resolve(t))(x)).toThrow(/returned a promise/);
  });

  it('a number read from a tensor', () => {
    expect(() => compile((t: Tensor) => mul(t, t.item()))(tensor(1))).toThrow(TrackedReadError);
  });

  it('random draws', () => {
    const generator = new Generator(1);
    const f = compile((t: Tensor) => mul(t, fromTypedArray(generator.normal(2))));
    expect(() => f(x)).toThrow(/Generator.normal: called while a function is being traced/);
  });

  it.each([
    ['a function', (t: Tensor) => ({ t, f: () => t })],
    ['a Map', (t: Tensor) => new Map([['t', t]])],
  ])('%s that hides tensors in the result', (_, f: (t: Tensor) => unknown) => {
    expect(() => compile(f)(x)).toThrow(UsageError);
  });

  it('leaves nothing behind when it throws', () => {
    const f = compile((t: Tensor, fail: boolean) => {
      if (fail) throw new RangeError('no');
      return mul(t, 2);
    });
    expect(() => f(x, true)).toThrow(RangeError);
    expect(f(x, false).toArray()).toEqual([2, 4]);
    expect(mul(x, 2).toArray()).toEqual([2, 4]);
  });
});
