/** Compiled functions, called in ways that cannot work: errors name the function that the user called, and the argument. */
import { describe, expect, it } from 'vitest';
import {
  ShapeError,
  type Tensor,
  UsageError,
  compile,
  compileAsync,
  deviceThreadAt,
  embedding,
  fromTypedArray,
  grad,
  gpuDevice,
  gradcheck,
  jvp,
  mul,
  ones,
  remat,
  repeat,
  sum,
  tensor,
  trace,
  trapNonFinite,
  vjp,
} from '../../engine/index.js';
import { compileStepper } from '../../engine/plan/run/loop.js';
import { sgd, training } from '../../optimizers/index.js';

const one = tensor(1);
/** A value that a caller without types may pass. */
const untyped = (value: unknown): never => value as never;
const rows = (...indices: number[]): Tensor => tensor(indices, { dtype: 'int32' });

/** `f` of whatever it is given, compiled. */
const compiled = (f: (...args: never[]) => unknown = (x) => x): ((...args: unknown[]) => unknown) =>
  compile(f as (...args: unknown[]) => unknown);

describe('options', () => {
  const double = (x: Tensor): Tensor => mul(x, 2);
  it.each<[string, () => unknown, string]>([
    [
      'an unknown one of compile',
      () => compile(double, untyped({ backed: 'gpu' })),
      "'backed'. Did you mean 'backend'?",
    ],
    ['a backend', () => compile(double, untyped({ backend: 'gup' })), "got 'gup'. Did you mean 'gpu'?"],
    ['a mode', () => compile(double, untyped({ mode: 'webgup' })), "got 'webgup'. Did you mean 'webgpu'?"],
    [
      'a mode of another backend',
      () => compile(double, { backend: 'wasm', mode: 'webgpu' }),
      "compile: mode 'webgpu' is one of the gpu backend, but the plan is for 'wasm'; leave it out, or compile for 'gpu'.",
    ],
    [
      'allowDegraded of another backend',
      () => compile(double, { backend: 'cpu', allowDegraded: true }),
      "compile: the option allowDegraded is one of the gpu backend, but the plan is for 'cpu'",
    ],
    [
      'allowDegraded without a backend',
      () => compile(double, { allowDegraded: false }),
      'compile: the option allowDegraded is one of the gpu backend, but the plan is for the default one',
    ],
    [
      'onChoice of another backend',
      () => compile(double, { backend: 'gpu', onChoice: () => undefined }),
      "compile: the option onChoice is one of the auto backend, but the plan is for 'gpu'; leave it out, or compile for 'auto'.",
    ],
    [
      'onChoice with a mode alone',
      () => compile(double, { mode: 'webgpu', onChoice: () => undefined }),
      "the option onChoice is one of the auto backend, but the plan is for 'gpu'",
    ],
    [
      'simd of another backend',
      () => compile(double, { backend: 'cpu', simd: 128 }),
      "compile: the option simd is one of the wasm backend, but the plan is for 'cpu'; leave it out, or compile for 'wasm'.",
    ],
    [
      'a width of vectors',
      () => compile(double, untyped({ simd: '256' })),
      "compile: simd must be 128, 256 or 'auto'; got '256'.",
    ],
    [
      'donate',
      () => compile(double, untyped({ donate: 0 })),
      'compile: donate must be a list of numbers of arguments',
    ],
    ['no function', () => compile(untyped(5)), 'compile: takes a function, got the number 5.'],
    [
      'of compileAsync',
      () => compileAsync(double, untyped({ backend: 'gpu' })),
      "compileAsync: there is no option 'backend'",
    ],
    [
      'of repeat',
      () => repeat(2, untyped(double), untyped({ donate: [0] })),
      "repeat: there is no option 'donate'",
    ],
    [
      'repeat the other way round',
      () => repeat(untyped(double), untyped(2)),
      'repeat: n must be an integer >= 1; got',
    ],
    ['no function of remat', () => remat(untyped(one)), 'remat: takes a function, got a Tensor.'],
    ['no function of trace', () => trace(untyped(undefined)), 'trace: takes a function, got undefined.'],
    ['no mode', () => gpuDevice(untyped('web')), "gpuDevice: mode must be 'webgpu' or"],
    [
      'no URL',
      () => {
        deviceThreadAt(untyped('x'));
      },
      'deviceThreadAt: the address must be a URL',
    ],
  ])('%s', (_, call, message) => {
    expect(call).toThrow(UsageError);
    expect(call).toThrow(message);
  });

  it('numbers of donated arguments that there are not', () => {
    expect(() => compile(double, { donate: [1] })(one)).toThrow(
      'compile(double): donate names argument 1, and there is one, counted from 0.',
    );
  });
});

describe('arguments and results', () => {
  class Model {
    readonly w = tensor(1);
  }
  const circle: Record<string, unknown> = { x: one };
  circle.again = [circle];

  it.each<[string, () => unknown, string]>([
    ['an instance', () => compiled()({ m: new Model() }), 'compile(f): argument 0.m is a Model'],
    ['a Map', () => compiled()(one, new Map()), 'compile(f): argument 1 is a Map'],
    [
      'a typed array',
      () => compiled()(one, new Float32Array(2)),
      'argument 1 is a Float32Array. Make a tensor of it',
    ],
    ['a copy of a tensor', () => compiled()([structuredClone(one)]), 'argument 0.0 is a copy of a tensor'],
    ['a circle', () => compiled()(circle), 'compile(f): the part at 0.again.0 contains itself'],
    ['a circle as the result', () => compiled(() => circle)(one), 'the part at again.0 contains itself'],
    [
      'a Map in the result',
      () => compiled(() => ({ a: [new Map()] }))(one),
      "compile(f): the result's a.0 is a Map",
    ],
    [
      'a circle in remat',
      () => grad((x: Tensor) => remat((parts: unknown) => [parts, x] as const)({ x, circle })[1])(one),
      'remat(f): the part at 0.circle.again.0 contains itself',
    ],
    ['no signature', () => trace((x: Tensor) => x, untyped(new Map())), 'trace: a Map is not a signature'],
    [
      'a circle of signatures',
      () => trace((x: Tensor) => x, untyped([circle.again])),
      'a tree of signatures contains itself',
    ],
    [
      'a dtype that there is not',
      () => trace((x: Tensor) => x, untyped({ shape: [2], dtype: 'float' })),
      "trace: there is no dtype 'float'",
    ],
  ])('%s', (_, call, message) => {
    expect(call).toThrow(message);
  });

  it('may have a part with the name __proto__', () => {
    const twice = compile((x: Record<string, Tensor>) =>
      Object.fromEntries(Object.entries(x).map(([name, part]) => [name, mul(part, 2)])),
    );
    const result = Object.entries(twice(Object.fromEntries([['__proto__', one]])));
    expect(result.map(([name, part]) => [name, part.item()])).toEqual([['__proto__', 2]]);
  });

  it('may have holes, be undefined, and be functions', () => {
    const f = compile((list: readonly (Tensor | undefined)[], g: (x: Tensor) => Tensor) =>
      list[1] === undefined ? undefined : g(list[1]),
    );
    const negative = (x: Tensor): Tensor => x.neg();
    // eslint-disable-next-line no-sparse-arrays
    expect([f([, one], negative)?.item(), f([, one], negative)?.item()]).toEqual([-1, -1]);
    expect(f([one], negative)).toBeUndefined();
    expect(f([one], negative)).toBeUndefined();
  });

  it('that were donated, used again', () => {
    const next = compile(({ w }: { w: Tensor }) => ({ w: mul(w, 2) }), { donate: [0] });
    const given = next({ w: ones([40]) });
    next(given);
    expect(() =>
      compile(function total(p: { w: Tensor }) {
        return sum(p.w);
      })(given),
    ).toThrow(
      /^compile\(total\): argument 0\.w: the numbers of this tensor of shape \[40\] are gone. It was donated to compile\(f\)/,
    );
  });

  it.each(['cpu', 'wasm'] as const)('with an index that is out of range, on %s', (backend) => {
    const pick = (table: Tensor, { at }: { at: Tensor }): Tensor => embedding(table, at);
    const call = () => compile(pick, { backend })(ones([3, 2]), { at: rows(0, 7) });
    expect(call).toThrow(ShapeError);
    expect(call).toThrow(
      'compile(pick): gather: index 7 (number 1 of 2) is outside an axis of size 3; valid are 0 to 2. The indices are argument 1.at.',
    );
    const steps = repeat(2, (c: Tensor, at: Tensor) => [c, embedding(c, at)] as const, { backend });
    expect(() => steps(ones([3, 2]), tensor([[0], [3]], { dtype: 'int32' }))).toThrow(
      /^repeat\(f\): gather: index 3 .* The indices are items\./,
    );
    const loss = (w: Tensor, { at }: { at: Tensor }): Tensor => sum(embedding(w, at));
    const run = training(sgd(), loss, { compile: backend }).start(ones([3, 2]), { lr: 1 });
    expect(() => run.step({ at: rows(5) })).toThrow(
      /^training\(loss\): gather: index 5 .* The indices are the batch\.at\./,
    );
  });

  it('of too many structures', () => {
    const f = compile((x: Tensor, { k }: { k: number }) => mul(x, k));
    expect(() => {
      for (let k = 0; k < 70; k++) f(one, { k });
    }).toThrow('since the last, argument 1.k was number 63 and is number 64');
  });
});

describe('a step of a loop', () => {
  const single = untyped((carry: Tensor, x: Tensor) => mul(carry, x));
  const steps = (step: never) => repeat(2, step as (c: Tensor, x: Tensor) => readonly [Tensor, Tensor]);

  it('that returns no pair', () => {
    const message = /^repeat\(f\): a step returns \[carry, out\], .*; it returned a Tensor\./;
    expect(() => steps(single)(one, tensor([1, 2]))).toThrow(message);
    expect(() => grad((x: Tensor) => steps(single)(x, tensor([1, 2]))[0])(one)).toThrow(message);
    expect(() => compileStepper(single).start(one).step(one)).toThrow(/a step returns \[carry, out\]/);
    expect(() => steps(untyped(() => undefined))(one, tensor([1, 2]))).toThrow(/it returned undefined\./);
  });

  it('that changes its carry', () => {
    const growing = untyped((c: Tensor, x: Tensor) => [fromTypedArray(new Float32Array(c.size + 1)), x]);
    expect(() => steps(growing)(one, tensor([1, 2]))).toThrow(
      'repeat(f): the carry goes from step to step, so it must keep its structure, but the carry was float32[] and is float32[2].',
    );
  });
});

it('async functions are refused, and do not end the process later', async () => {
  const unhandled: unknown[] = [];
  const note = (reason: unknown): unknown => unhandled.push(reason);
  process.on('unhandledRejection', note);
  const late = untyped(async (x: Tensor) => {
    await Promise.resolve();
    throw new Error(`later, of ${String(x)}`);
  });
  const double = tensor([1], { dtype: 'float64' });
  const calls: [string, () => unknown][] = [
    ['compile', () => compiled(late)(one)],
    ['compile', () => compiled((x) => ({ later: (late as (x: Tensor) => unknown)(x) }))(one)],
    ['repeat', () => repeat(1, late)(untyped(one), untyped(tensor([1])))],
    ['trace', () => trace(late, untyped(one))],
    ['grad', () => grad(late)(one)],
    ['vjp', () => vjp(late)(one)],
    ['jvp', () => jvp(late)(untyped(one), untyped(one))],
    ['remat', () => grad((x: Tensor) => remat(late)(untyped(x)) as Tensor)(one)],
    ['gradcheck', () => gradcheck(late, [double])],
    ['trapNonFinite', () => trapNonFinite(() => (late as (x: Tensor) => unknown)(one))],
  ];
  for (const [name, call] of calls) {
    expect(call, name).toThrow(/promise/i);
    expect(call, name).toThrow(name);
  }
  await expect(compileAsync(late)(untyped(one))).rejects.toThrow(
    'compileAsync(f): the function returned a promise',
  );
  await new Promise((resolve) => setTimeout(resolve, 20));
  process.off('unhandledRejection', note);
  expect(unhandled).toEqual([]);
});

describe('memory that there is not', () => {
  it.each([
    ['cpu', 'JavaScript has no array of that size here'],
    ['wasm', 'WebAssembly has addresses for 4096 MiB'],
  ] as const)('on %s', (backend, why) => {
    const wide = (x: Tensor): Tensor =>
      sum(
        ones([1e12, 1])
          .mul(x.reshape([1, -1]))
          .matmul(ones([4000, 1])),
      );
    const call = () => compile(wide, { backend })(ones([4000]));
    expect(call).toThrow(UsageError);
    expect(call).toThrow(
      `compile(wide): the plan needs 3814698 MiB, 1 MiB of them for arguments, literals and results, and ${why}. Use smaller batches`,
    );
  });
});
