/** The passes of the compiler, one by one, and what the later ones do to the steps. */
import { describe, expect, it } from 'vitest';
import {
  type Tensor,
  Generator,
  cat,
  compile,
  compileAsync,
  exp,
  grad,
  matmul,
  mul,
  normal,
  sin,
  stack,
  sub,
  tanh,
  tensor,
} from '../../engine/index.js';
import { stepsOf } from '../../engine/ir/plan.js';
import { type PassReport, passes } from '../../engine/plan/passes.js';
import { expectSame, relativeError } from './values.js';

const step = (w: Tensor, x: Tensor): Tensor =>
  sub(w, mul(grad((v: Tensor) => tanh(matmul(x, v)).square().mean())(w), 0.1));

const [w, x] = [
  tensor([[1], [2]]),
  tensor([
    [1, 2],
    [3, 4],
  ]),
];

describe('onPass', () => {
  it('receives what every pass has left of a plan, in order', () => {
    const reports: [string, PassReport][] = [];
    const compiled = compile(step, { donate: [0], onPass: (plan, report) => reports.push([plan, report]) });
    compiled(w, x);
    expect(reports.map(([plan]) => plan)).toEqual(passes.map(() => 'compile(step)'));
    expect(reports.map(([, { pass, size }]) => `${pass} ${size}`)).toMatchInlineSnapshot(`
      [
        "trace 25",
        "simplify 17",
        "loops 17",
        "transpose 17",
        "lower 13",
        "fuse 4",
        "epilogue 2",
        "constants 2",
        "siblings 2",
        "buffers 2",
        "concat 2",
        "donate 3",
        "memory 3",
        "stages 3",
      ]
    `);
    const after = Object.fromEntries(reports.map(([, report]) => [report.pass, String(report)]));
    expect(after.trace).toContain('= tanh %');
    expect(after.lower).toMatchInlineSnapshot(`
      "arguments b0 b1
        b2:float32[2,1] = matmul b1 x b0
        b3:float32[2,1] = map tanh(b2)
        b4:float32[2,1] = map (b3 * b3)
        b5:float32[] = copy  into 0.5
        b6:float32[] = copy  into 1
        b7:float32[2,1] = map (b5(0,0) * b3)
        b8:float32[2,1] = map (b7 + b7)
        b9:float32[2,1] = map (b6(0,0) - b4)
        b10:float32[2,1] = map (b8 * b9)
        b11:float32[2,1] = matmul b1(1,2) x b10
        b12:float32[] = copy  into 0.10000000149011612
        b13:float32[2,1] = map (b11 * b12(0,0))
        b14:float32[2,1] = map (b0 - b13)
      return b14"
    `);
    expect(after.siblings).toMatchInlineSnapshot(`
      "arguments b0 b1
        b2:float32[2,1] = matmul b1 x b0 then (((0.5 * tanh(y)) + (0.5 * tanh(y))) * (1 - (tanh(y) * tanh(y))))
        b3:float32[2,1] = matmul b1(1,2) x b2 then (b0 - (y * 0.1))
      return b3"
    `);
    expect(after.stages).toMatchInlineSnapshot(`
      "0.3 KiB of memory, 0.1 KiB of them for arguments, literals and results (live peak 0.3 KiB)
      arguments b0 b1
        b2:float32[2,1] = matmul b1 x b0 then (((0.5 * tanh(y)) + (0.5 * tanh(y))) * (1 - (tanh(y) * tanh(y))))
        b3:float32[2,1] = matmul b1(1,2) x b2 then (b0 - (y * 0.1))
        b0:float32[2,1] = map b3
      return b0"
    `);
    expect(String(compiled.plans[0])).toContain(after.stages);
  });

  it('ends the call by what it throws; the next call compiles again', () => {
    let calls = 0;
    const compiled = compile(step, {
      onPass(_, { pass }) {
        if (pass === 'fuse' && calls++ === 0) throw new RangeError('of the hook');
      },
    });
    expect(() => compiled(w, x)).toThrow('of the hook');
    expect(compiled.plans).toEqual([]);
    expectSame(compiled(w, x), compile(step)(w, x));
    expect(calls).toBe(2);
  });

  it('receives the passes of compileAsync, and rejects by what it throws', async () => {
    const seen: string[] = [];
    const compiled = compileAsync(step, {
      mode: 'cpu',
      onPass: (plan, { pass }) => seen.push(`${plan} ${pass}`),
    });
    expect(relativeError(await compiled(w, x), step(w, x))).toBeLessThan(1e-5);
    expect(seen).toEqual(passes.map(({ name }) => `compileAsync(step) ${name}`));
    const throwing = compileAsync(step, {
      mode: 'cpu',
      onPass() {
        throw new RangeError('of the hook');
      },
    });
    await expect(throwing(w, x)).rejects.toThrow('of the hook');
  });

  it('is not called for a plan that is there already, and again for another structure', () => {
    let calls = 0;
    const compiled = compile(step, { onPass: () => (calls += 1) });
    compiled(w, x);
    compiled(w, x);
    expect(calls).toBe(passes.length);
    compiled(w, tensor([[1, 2]]));
    expect(calls).toBe(2 * passes.length);
  });
});

const draw = (shape: readonly number[], seed = 1): Tensor => normal(new Generator(seed), shape);

const familiesOf = (compiled: {
  readonly plans: readonly { readonly steps: Parameters<typeof stepsOf>[0] }[];
}): string[] => stepsOf(compiled.plans[0].steps).map(({ spec }) => spec.family);

describe('parts that are joined', () => {
  const recurrent = (h: Tensor, u: Tensor): Tensor => {
    const all: Tensor[] = [];
    for (let t = 0; t < 5; t++) all.push((h = tanh(matmul(h, u))));
    return stack(all);
  };
  const [h, u] = [draw([3, 4]), draw([4, 4], 2)];

  it('are computed in their places, and read there', () => {
    const compiled = compile(recurrent);
    expect(relativeError(compiled(h, u), recurrent(h, u))).toBeLessThan(1e-6);
    expect(familiesOf(compiled)).toEqual(['matmul', 'matmul', 'matmul', 'matmul', 'matmul']);
    expect(stepsOf(compiled.plans[0].steps).map(({ outputs: [{ offset }] }) => offset)).toEqual([
      0, 12, 24, 36, 48,
    ]);
  });

  it('within parts, too', () => {
    const f = (a: Tensor, b: Tensor): Tensor => cat([cat([sin(a), exp(b)]), tanh(a)]);
    const compiled = compile(f, 'cpu');
    expectSame(compiled(h, u), f(h, u));
    expect(familiesOf(compiled)).not.toContain('copy');
  });

  it('are copied where they are arguments, results, or there already', () => {
    const f = (a: Tensor): readonly Tensor[] => {
      const [s, e] = [sin(a), exp(a)];
      return [cat([a, s, s, e]), e];
    };
    const compiled = compile(f, 'cpu');
    expectSame(compiled(h), f(h));
    // One step writes both results, three copy.
    expect(familiesOf(compiled).sort()).toEqual(['map', 'map', 'map', 'maps']);
  });

  it('along a later axis are copied, for they are not stored one after the other', () => {
    const f = (a: Tensor): Tensor => cat([sin(a), exp(a)], { dim: 1 });
    const compiled = compile(f, 'cpu');
    expectSame(compiled(h), f(h));
    expect(familiesOf(compiled)).toContain('copy');
  });

  it('are written over a donated argument where all of it has been read', () => {
    const halves = (a: Tensor): Tensor => {
      const [top, bottom] = [a.slice({ dim: 0, start: 0, end: 2 }), a.slice({ dim: 0, start: 2, end: 4 })];
      return cat([mul(bottom, 2), sin(top)]);
    };
    const inTurn = (a: Tensor): Tensor => {
      const [top, bottom] = [a.slice({ dim: 0, start: 0, end: 2 }), a.slice({ dim: 0, start: 2, end: 4 })];
      return cat([mul(top, 2), sin(bottom)]);
    };
    for (const [f, families] of [
      // Each half reads the other: neither may be written first.
      [halves, ['map', 'map', 'map']],
      [inTurn, ['map', 'map']],
    ] as const) {
      const compiled = compile(f, { backend: 'cpu', donate: [0] });
      const a = draw([4, 3]);
      const expected = f(f(a));
      expectSame(compiled(compiled(a)), expected);
      expect(familiesOf(compiled)).toEqual(families);
    }
  });
});
