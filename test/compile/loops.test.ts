/** Loops inside of compiled plans: the same numbers as the loop written out, on every backend. */
import { describe, expect, it, vi } from 'vitest';
import {
  type Tensor,
  Generator,
  add,
  cast,
  cat,
  compile,
  indexSelect,
  inv,
  matmul,
  mul,
  narrow,
  normal,
  permute,
  sigmoid,
  sub,
  sum,
  tanh,
  tensor,
  zeros,
} from '../../engine/index.js';
import { detectFeatures } from '../../engine/backends/wasm/assembler/features.js';
import { host } from '../../engine/backends/wasm/assembler/host.js';
import { compileWasm } from '../../engine/backends/wasm/wasm.js';
import { writtenOut as writtenOutSteps } from '../../engine/backends/gpu/lower/writeOut.js';
import { stepsOf } from '../../engine/ir/plan.js';
import { printSteps } from '../../engine/plan/memory/printSteps.js';
import { runPasses } from '../../engine/plan/passes.js';
import { trace } from '../../engine/plan/trace/trace.js';
import { firstClash } from '../memory/clash.js';
import { loop, writtenOut } from './controls.js';
import { expectSame, relativeError } from './values.js';

type Run = typeof loop;
type Program = (run: Run, x: readonly Tensor[]) => readonly Tensor[];

const random = new Generator(5);
const floats = (...shape: number[]): Tensor => normal(random, shape, { dtype: 'float64' });

/** Programs of loops with their arguments. */
const programs: Readonly<Record<string, readonly [Program, readonly Tensor[]]>> = {
  'a recurrent network': [
    (run, [w, x, h]) =>
      run(
        ([state], [item]) => {
          const next = tanh(add(matmul(state, w), item));
          return [[next], [next, sum(next, [1])]];
        },
        { carry: [h], items: [x], length: 5 },
      ),
    [floats(3, 3), floats(5, 2, 3), floats(2, 3)],
  ],
  'in reverse, without outs': [
    (run, [x, h]) =>
      run(([state], [item]) => [[add(mul(state, 0.5), item)], []], {
        carry: [h],
        items: [x],
        length: 4,
        reverse: true,
      }),
    [floats(4, 3), floats(3)],
  ],
  'without a carry': [
    (run, [x, y]) => run((_, [a, b]) => [[], [mul(a, b), a, y]], { carry: [], items: [x, y], length: 3 }),
    [floats(3, 2), floats(3, 2)],
  ],
  'a carry that changes places': [
    (run, [a, b, c]) =>
      run(
        ([p, q, r]) => [
          [q, add(p, q), r],
          [p, q, r],
        ],
        { carry: [a, b, c], length: 7 },
      ),
    [floats(2), floats(2), floats(2)],
  ],
  'three that turn': [
    (run, [a, b, c]) => run(([p, q, r]) => [[q, r, p], []], { carry: [a, b, c], length: 4 }),
    [floats(2), floats(2), floats(2)],
  ],
  'views of stacks, and constants that are views': [
    (run, [x, y, w, h]) =>
      run(
        ([state], [item, last]) => [
          [tanh(add(matmul(state, permute(w, [1, 0])), add(item, last)))],
          [permute(state, [1, 0]), item],
        ],
        { carry: [h], items: [permute(x, [1, 0, 2]), permute(y, [2, 1, 0])], length: 5 },
      ),
    [floats(2, 5, 3), floats(3, 2, 5), floats(3, 3), floats(2, 3)],
  ],
  'int32 counters, rows and gathered rows': [
    (run, [table, tokens, start]) =>
      run(
        ([count, state], [token]) => [
          [add(count, 1), add(mul(state, 0.5), indexSelect(table, token, { dim: 0 }))],
          [mul(count, count), mul(cast(count, table.dtype), state)],
        ],
        { carry: [start, zeros([2, 3], { dtype: table.dtype })], items: [tokens], length: 4 },
      ),
    [
      floats(6, 3),
      tensor(
        [
          [0, 5],
          [3, 3],
          [1, 2],
          [4, 0],
        ],
        { dtype: 'int32' },
      ),
      tensor(2, { dtype: 'int32' }),
    ],
  ],
  'numbers inside of a step, and joined parts': [
    (run, [x, h]) =>
      run(
        ([state], [item]) => {
          const parts = cat([mul(state, tensor([1, 2, 3], { dtype: state.dtype })), tanh(item)]);
          return [[sub(narrow(parts, 0, 0, 3), 0.25)], [parts]];
        },
        { carry: [h], items: [x], length: 3 },
      ),
    [floats(3, 3), floats(3)],
  ],
  'one step': [
    (run, [x, h]) =>
      run(([state], [item]) => [[mul(state, item)], [state]], { carry: [h], items: [x], length: 1 }),
    [floats(1, 3), floats(3)],
  ],
  'a loop in a loop, both over rows': [
    (run, [x, w, h]) => {
      const outer = run(
        ([state], [block]) => {
          const [inner, outs] = run(
            ([s], [item]) => {
              const next = sigmoid(add(matmul(s, w), mul(item, state)));
              return [[next], [sum(next)]];
            },
            { carry: [state], items: [block], length: 4, reverse: true },
          );
          return [[inner], [outs, inner]];
        },
        { carry: [h], items: [x], length: 3 },
      );
      return [...outer, mul(outer[0], 2)];
    },
    [floats(3, 4, 2, 3), floats(3, 3), floats(2, 3)],
  ],
  'what comes out goes on into another loop, the other way round': [
    (run, [x, h]) => {
      const [last, outs] = run(
        ([state], [item]) => {
          const next = tanh(add(state, item));
          return [[next], [next]];
        },
        { carry: [h], items: [x], length: 4 },
      );
      return run(([g], [y, item]) => [[mul(add(g, item), sub(1, mul(y, y)))], [g]], {
        carry: [last],
        items: [outs, mul(x, 3)],
        length: 4,
        reverse: true,
      });
    },
    [floats(4, 3), floats(3)],
  ],
  'the same tensor as carry, rows and constant': [
    (run, [x]) =>
      run(([state], [item]) => [[add(state, mul(item, x))], [sum(state), item]], {
        carry: [x],
        items: [x],
        length: 3,
      }),
    [floats(3)].map((x) => mul(x, tensor([[1], [2], [3]], { dtype: 'float64' }))),
  ],
};

const backends = { cpu: 0, wasm: 1e-13, 'wasm in float32': 2e-6 } as const;

describe.each(Object.entries(programs))('%s', (_, [program, args]) => {
  const plain = (...x: Tensor[]): readonly Tensor[] => program(writtenOut, x);
  const looped = (...x: Tensor[]): readonly Tensor[] => program(loop, x);

  it.each(Object.entries(backends))('is on %s what the steps one by one are', (backend, tolerance) => {
    const dtype = backend.includes('float32') ? 'float32' : 'float64';
    const x = args.map((one) => (one.dtype === 'int32' ? one : cast(one, dtype)));
    const compiled = compile(looped, { backend: backend === 'cpu' ? 'cpu' : 'wasm' });
    const expected = plain(...x);
    if (tolerance === 0) expectSame(compiled(...x), expected);
    else expect(relativeError(compiled(...x), expected)).toBeLessThan(tolerance);
    // Once more, in memory that is no longer zero.
    expect(relativeError(compiled(...x), expected)).toBeLessThanOrEqual(tolerance);
  });

  it('never overwrites what is still read', () => {
    const { lowered, memory } = runPasses(trace(looped, ...args));
    expect(firstClash({ ...lowered, stages: [writtenOutSteps(lowered)] }, memory)).toBeNull();
  });
});

describe('the plan of a loop', () => {
  const [program, args] = programs['a recurrent network'];
  const looped = (...x: Tensor[]): readonly Tensor[] => program(loop, x);

  it('prints what is inside of it', () => {
    expect(printSteps(runPasses(trace(looped, ...args)).lowered)).toMatchInlineSnapshot(`
      "arguments b0 b1 b2
        b3:float64[2,3] = map b2
        b3 b5 b7 = 5 times
          b4 is a row of b1 (6)
          b6 is a row of b5 (6)
          b8 is a row of b7 (2)
            b6:float64[2,3] = matmul b3 x b0 then tanh((y + b4))
            b8:float64[2] = sum over [1] of b6
          | b3:float64[2,3] = map b6
      return b3 b5 b7"
    `);
  });

  it('has the same steps whatever their number', () => {
    const plans = [10, 1000].map((length) => {
      const f = (x: Tensor, h: Tensor): readonly Tensor[] =>
        loop(([state], [item]) => [[tanh(add(state, item))], [state]], { carry: [h], items: [x], length });
      return runPasses(trace(f, floats(length, 3), floats(3))).lowered;
    });
    const [few, many] = plans.map((plan) => printSteps(plan).replace(/\d+ times/, 'n times'));
    expect(many).toBe(few);
  });

  it('runs on wasm in one call', () => {
    const { lowered, memory } = runPasses(trace(looped, ...args));
    const { Instance } = host;
    let calls = 0;
    const counted = vi.spyOn(host, 'Instance').mockImplementation(function (module, imports) {
      const { run } = new Instance(module, imports).exports;
      const count = (scratch: number): number => {
        calls += 1;
        return run(scratch);
      };
      return { exports: { run: count } };
    });
    compileWasm(lowered, memory).run();
    counted.mockRestore();
    expect(calls).toBe(1);
  });

  it('computes the same in vectors of either width', () => {
    const { lowered, memory } = runPasses(trace(looped, ...args.map((x) => cast(x, 'float32'))));
    const results = ([128, 256] as const).map((simd) => {
      const executable = compileWasm(lowered, memory, { relaxed: detectFeatures().relaxed, simd });
      lowered.inputs.forEach((buffer, i) => {
        executable.view(buffer).set(args[i].toTypedArray());
      });
      executable.run();
      return lowered.outputs.map(({ buffer }) => Array.from(executable.view(buffer)));
    });
    expect(results[1]).toEqual(results[0]);
  });

  it('carries a donated argument where it is', () => {
    const step = (h: Tensor, x: Tensor): readonly Tensor[] =>
      loop(([state], [item]) => [[add(mul(state, 0.5), item)], []], { carry: [h], items: [x], length: 4 });
    const { lowered } = runPasses(trace(step, floats(3), floats(4, 3)), [{ input: 0, output: 0 }]);
    expect(lowered.outputs[0].buffer).toBe(lowered.inputs[0]);
    expect(stepsOf(lowered)).toHaveLength(1);
    const [h, x] = [floats(3), floats(4, 3)];
    const compiled = compile(step, { donate: [0] });
    const [once] = compiled(add(h, 0), x);
    const twice = compiled(once, x);
    const plain = (state: Tensor): readonly Tensor[] =>
      writtenOut(([s], [item]) => [[add(mul(s, 0.5), item)], []], { carry: [state], items: [x], length: 4 });
    expect(relativeError(twice, plain(plain(h)[0]))).toBeLessThan(1e-13);
  });
});

describe('an index out of range inside of a loop', () => {
  const f = (table: Tensor, tokens: Tensor): readonly Tensor[] =>
    loop(([state], [token]) => [[add(state, indexSelect(table, token, { dim: 0 }))], []], {
      carry: [zeros([2, 3])],
      items: [tokens],
      length: 4,
    });
  const table = cast(floats(6, 3), 'float32');
  const tokens = (bad: number): Tensor =>
    tensor(
      [
        [0, 5],
        [3, 3],
        [1, bad],
        [4, 0],
      ],
      { dtype: 'int32' },
    );

  it.each(['cpu', 'wasm'] as const)('is reported with its step and its argument on %s', (backend) => {
    const compiled = compile(f, { backend });
    const expected = compiled(table, tokens(2));
    for (let again = 0; again < 2; again++)
      expect(() => compiled(table, tokens(6))).toThrow(
        'compile(f): gather: index 6 (number 1 of 2) is outside an axis of size 6; valid are 0 to 5. ' +
          'This was in step 2 of a loop. The indices are argument 1.',
      );
    expectSame(compiled(table, tokens(2)), expected);
  });
});

it.each(['cpu', 'wasm'] as const)(
  'a singular matrix inside of a loop is reported with its step on %s',
  (backend) => {
    const f = (a: Tensor): readonly Tensor[] =>
      loop(([state], [matrix]) => [[add(state, inv(matrix))], []], {
        carry: [zeros([2, 2])],
        items: [a],
        length: 3,
      });
    const matrices = (last: number): Tensor =>
      tensor([
        [
          [2, 1],
          [1, 2],
        ],
        [
          [1, 0],
          [0, 1],
        ],
        [
          [1, 2],
          [2, last],
        ],
      ]);
    const compiled = compile(f, { backend });
    const expected = compiled(matrices(5));
    expect(() => compiled(matrices(4))).toThrow(
      'compile(f): solve: the matrix is singular: no pivot is left in column 1. This was in step 2 of a loop.',
    );
    expectSame(compiled(matrices(5)), expected);
  },
);
