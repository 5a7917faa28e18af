/** What customVjp refuses, and the words it does so in. */
import { describe, expect, it } from 'vitest';
import {
  Generator,
  type Tensor,
  cos,
  customVjp,
  grad,
  mul,
  normal,
  sin,
  sum,
  tensor,
} from '../../engine/index.js';

const random = new Generator(5);
const draw = (...shape: number[]): Tensor => normal(random, shape, { dtype: 'float64' });
const [w, x] = [draw(3), draw(3)];

describe('customVjp refuses', () => {
  const at = { w, n: tensor([1], { dtype: 'int32' }) };
  const returning = (returned: unknown, value?: unknown) => () => {
    const f = (p: typeof at) => ({ y: sin(p.w) });
    const rule = {
      forward: (p: typeof at) => [value ?? f(p), null] as const,
      backward: () => returned,
    };
    return grad((p: Tensor) =>
      sum(
        customVjp(f as (p: typeof at, text: string) => { y: Tensor }, rule as never)({ ...at, w: p }, 'text')
          .y,
      ),
    )(w);
  };

  it.each<[string, unknown, string]>([
    ['another shape', [{ w: draw(2), n: null }, null], 'float64[2] for argument 0.w, which is float64[3].'],
    [
      'another dtype',
      [{ w: tensor([1, 2, 3]), n: null }, null],
      'float32[3] for argument 0.w, which is float64[3].',
    ],
    ['a number', [{ w: 1, n: null }, null], 'the number 1 for argument 0.w, which is float64[3].'],
    ['a missing part', [{ w }, null], 'nothing for argument 0.n, return null'],
    ['a further part', [{ w, n: null, b: w }, null], 'a cotangent for argument 0.b, which does not exist.'],
    ['a tensor for a tree', [w, null], 'a Tensor for argument 0, which has w, n.'],
    [
      'one for integers',
      [{ w, n: w }, null],
      'a cotangent for argument 0.n, which is int32[1]: integers have none',
    ],
    ['one for data', [{ w, n: null }, w], 'a cotangent for argument 1, which holds no tensor: return null.'],
    [
      'too few',
      [{ w, n: null }],
      'an array of 1; it returns a list with the cotangent of each of 2 arguments',
    ],
    ['none', [null, null], 'no cotangent at all'],
    ['no list', { w, n: null }, 'an object with w, n; it returns a list'],
  ])('cotangents: %s', (_, returned, message) => {
    expect(returning(returned)).toThrow(`customVjp: backward returned ${message}`);
  });

  it('what backward takes from forward besides the residuals', () => {
    let kept = x;
    const leaking = customVjp((a: Tensor) => sin(a), {
      forward(a) {
        kept = cos(a);
        return [sin(a), null] as const;
      },
      backward: (_, g) => mul(kept, g),
    });
    class Kept {
      constructor(readonly slope: Tensor) {}
    }
    const hiding = customVjp((a: Tensor) => sin(a), {
      forward: (a) => [sin(a), new Kept(cos(a))] as const,
      backward: ({ slope }, g) => mul(slope, g),
    });
    for (const f of [leaking, hiding])
      expect(() => grad((p: Tensor) => sum(f(p)))(x)).toThrow(
        /^customVjp: backward uses a tensor float64\[3\] that forward computed and did not return as a residual/,
      );
  });

  it('another value of forward, and what is no rule', () => {
    const right = [{ w, n: null }, null];
    expect(returning(right, { y: draw(2) })).toThrow(
      'customVjp: forward returns another value than f: value.y was float64[3] and is float64[2]; both must be alike.',
    );
    expect(returning(right, { z: w })).toThrow('the value was {y} and is {z}');
    const bare = { forward: (a: Tensor) => a, backward: () => null };
    expect(() => grad((p: Tensor) => sum(customVjp(sin, bare as never)(p)))(x)).toThrow(
      'customVjp: forward returned a Tensor; it returns [value, residuals].',
    );
    expect(() => customVjp(sin, { forward: sin, backwards: sin } as never)).toThrow(/backwards.*backward/);
    expect(() => customVjp(sin, { forward: sin } as never)).toThrow('backward is missing');
    expect(() => customVjp(null as never, bare as never)).toThrow(/^customVjp: takes a function/);
  });
});
