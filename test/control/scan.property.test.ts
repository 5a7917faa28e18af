/** Random steps that use carry, item, constants, cuts, choices and inner loops as they please, against the plain loop. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type Tensor,
  add,
  cast,
  compile,
  cond,
  hvp,
  grad,
  lt,
  mul,
  narrow,
  scan,
  sin,
  stopGradient,
  sub,
  sum,
  tanh,
  tensor,
} from '../../engine/index.js';
import { expectAgree, relativeError } from '../compile/values.js';
import { type Scan, draw, like, loop, orders, total } from './plainLoop.js';

/** An expression in the values so far: a, b of the carry, the item x, the parameter w, a constant, and earlier results. */
type Line = readonly [op: string, first: number, second: number];

const line: fc.Arbitrary<Line> = fc.tuple(
  fc.constantFrom('add', 'mul', 'sub', 'tanh', 'sin', 'cut', 'whole', 'inner', 'choose', 'slope'),
  fc.nat(20),
  fc.nat(20),
);
const programs = fc.record({
  lines: fc.array(line, { minLength: 2, maxLength: 7 }),
  next: fc.tuple(fc.nat(20), fc.nat(20)),
  outs: fc.tuple(fc.nat(20), fc.nat(20)),
  length: fc.integer({ min: 1, max: 4 }),
  reverse: fc.boolean(),
});

const made = (): Tensor => tensor([0.5, -0.3], { dtype: 'float64' });

function apply(each: Scan, [op, first, second]: Line, values: readonly Tensor[]): Tensor {
  const at = (k: number): Tensor => values[k % values.length];
  const [a, b] = [at(first), at(second)];
  switch (op) {
    case 'add':
      return add(a, b);
    case 'mul':
      return mul(a, b);
    case 'sub':
      return sub(a, b);
    case 'tanh':
      return tanh(a);
    case 'sin':
      return sin(mul(a, 0.7));
    case 'cut':
      return add(stopGradient(a, 'at random'), mul(b, 0.5));
    case 'whole':
      return mul(cast(cast(mul(a, 3), 'int32'), 'float64'), b);
    case 'inner':
      return each((h: Tensor) => [tanh(add(mul(h, b), 0.1)), h], a, undefined, { length: 2 })[1].sum(0);
    case 'choose':
      return cond(
        lt(sum(a), 0),
        (u) => mul(u, b),
        (u) => sin(u),
        a,
      );
    default:
      return grad((u: Tensor) => sum(mul(tanh(mul(u, b)), u)), { allowZero: [''] })(a);
  }
}

interface P {
  readonly w: Tensor;
  readonly a: Tensor;
  readonly x: Tensor;
}

type Program = typeof programs extends fc.Arbitrary<infer T> ? T : never;

const programOf =
  (each: Scan, { lines, next, outs, length, reverse }: Program) =>
  ({ w, a, x }: P): Tensor => {
    const constant = made();
    const start = { a, b: constant };
    const [carry, out] = each(
      ({ a: u, b: v }: typeof start, item: Tensor) => {
        const values = [u, v, item, w, constant];
        for (const each_ of lines) values.push(apply(each, each_, values));
        const at = (k: number): Tensor => values[values.length - 1 - (k % values.length)];
        return [
          { a: tanh(at(next[0])), b: tanh(at(next[1])) },
          { p: at(outs[0]), q: tanh(at(outs[1])) },
        ] as const;
      },
      start,
      narrow(x, 0, 0, length),
      { reverse },
    );
    const all = add(total(carry), sum(mul(tanh(out.p), out.q)));
    // Whatever the program, every parameter enters.
    const everything = total({ w, a, x });
    return add(all, mul(mul(everything.square(), everything), 0.01));
  };

describe('scan of random steps', () => {
  const p: P = { w: draw(2), a: draw(2), x: draw(4, 2) };
  const v = like(p);

  it('equals the loop to third order', () => {
    fc.assert(
      fc.property(programs, (program) => {
        const [actual, expected] = [
          orders(programOf(scan, program), p, v),
          orders(programOf(loop, program), p, v),
        ];
        expected.forEach((order, k) => {
          expect(relativeError(actual[k], order), `order ${k}`).toBeLessThan(1e-9);
        });
      }),
      { numRuns: 25, seed: 11 },
    );
  });

  it('compiled, equals itself', () => {
    fc.assert(
      fc.property(programs, (program) => {
        const f = programOf(scan, program);
        const second = (q: P): P => hvp((at: P) => f(at))(q, q);
        for (const backend of ['cpu', 'wasm'] as const)
          expectAgree(backend, compile(second, { backend })(p), second(p));
      }),
      { numRuns: 6, seed: 12 },
    );
  });
});
