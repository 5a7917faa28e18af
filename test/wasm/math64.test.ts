import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { binary, unary } from '../../engine/backends/cpu/functions.js';
import { importHostFunctions, hostFunctions } from '../../engine/backends/wasm/assembler/hostFunctions.js';
import { type Features } from '../../engine/backends/wasm/assembler/features.js';
import { host } from '../../engine/backends/wasm/assembler/host.js';
import { moduleBuilder } from '../../engine/backends/wasm/assembler/module.js';
import { pow64, unary64 } from '../../engine/backends/wasm/emit/math64.js';
import { largest64 } from '../../engine/backends/wasm/emit/float64/trigonometry.js';
import { float64, vectors } from '../../engine/backends/wasm/emit/vector.js';
import { type Tensor, compile, fromTypedArray } from '../../engine/index.js';
import * as expressions from '../../engine/ir/expression.js';
import { type UnaryFunction, input } from '../../engine/ir/expression.js';
import { ulp64 } from '../golden/ulp.js';
import { dense, featureSets, runKernel } from './support.js';

/** The errors in units in the last place that the backend's documentation states. */
const errors = {
  exp: 1.1,
  expm1: 1.3,
  log: 0.9,
  log1p: 1.6,
  tanh: 1.5,
  sigmoid: 2.1,
  softplus: 2.1,
  erf: 1.7,
  atan: 1.9,
  sin: 1.6,
  cos: 1.6,
  pow: 1.2,
} as const;

type Name = keyof typeof errors;
const names = Object.keys(errors) as Name[];

/** Arguments, the correctly rounded result, and what that lacks in units in its last place (fixtures/math64/make.py). */
const golden = JSON.parse(
  gunzipSync(readFileSync(new URL('../fixtures/math64/math64.json.gz', import.meta.url))).toString(),
) as Readonly<Record<Name, readonly (readonly number[])[]>>;

/** A function of pairs of numbers at multiples of 32 bytes; the result comes behind them. */
function compiled(name: UnaryFunction | 'pow', features: Features): (a: number, b: number) => number {
  const module = moduleBuilder();
  const imported = importHostFunctions(module);
  const run = module.function({ params: [], results: [] }, (f) => {
    const v = vectors(f, features, float64);
    const [a, b] = [0, 16].map((at) => f.let('v128', f.load('v128.load', f.i32(at))));
    const emit = name === 'pow' ? () => pow64(v, a, b, imported) : () => unary64[name](v, a, imported);
    f.store('v128.store', f.i32(32), f.get(f.let('v128', emit())));
  });
  module.exportFunction('run', run);
  const memory = new host.Memory({ initial: 1 });
  const { exports } = new host.Instance(new host.Module(module.finish(1)), {
    host: { memory, ...hostFunctions(features) },
  });
  const [x, y, result] = [0, 16, 32].map((at) => new Float64Array(memory.buffer, at, 2));
  return (a, b) => {
    // The other lane has another number, which must not matter.
    x.set([0.75, a]);
    y.set([-2.5, b]);
    exports.run();
    return result[1];
  };
}

/** NaN, infinities, zeros, denormals, the limits of float64 and of the functions. */
// prettier-ignore
const special = [
  NaN, Infinity, -Infinity, 0, -0, 5e-324, -5e-324, 2 ** -1022, -(2 ** -1022), Number.MAX_VALUE, -Number.MAX_VALUE,
  1, -1, 2 ** 53, -(2 ** 53), 2 ** 51 + 0.5, -(2 ** 51) - 0.5, 0.5, -0.5, 1.5, -1.5, 1e300, -1e300,
  709.782712893384, 709.7827128933841, 710, -708.5, -745.1332191019411, -745.1332191019412, -746, -1000, 2e-16, -2e-16,
  largest64, -largest64, largest64 + 1, -2 * largest64, 20.5, -40, -40.5, 5.99, 6.01, 1 + 2 ** -52, 1 - 2 ** -53,
];

describe.each(featureSets)('functions of float64 on wasm, %s', (_, features) => {
  it.each(names)('computes %s', (name) => {
    const rows = golden[name];
    const inputs = [0, ...(name === 'pow' ? [1] : [])].map((k) =>
      dense(
        Float64Array.from(rows, (row) => row[k]),
        [rows.length],
      ),
    );
    const expression =
      name === 'pow' ? expressions.binary(name, input(0), input(1)) : expressions.unary(name, input(0));
    const output = { shape: [rows.length], dtype: 'float64' } as const;
    const results = runKernel({ family: 'map', expression }, inputs, output, features);
    const errorsOf = rows.map((row, i) => {
      const [y, rest] = row.slice(-2);
      const error = Math.abs((results[i] - y) / ulp64(y) - rest);
      return Number.isNaN(error) ? Infinity : error;
    });
    expect(Math.max(...errorsOf)).toBeLessThanOrEqual(errors[name]);
  });

  it.each(Object.keys(unary) as UnaryFunction[])(
    'has the special values of the cpu backend in %s',
    (name) => {
      const f = compiled(name, features);
      const wrong = special.filter((x) => {
        // The reciprocal of an infinite power is 0, and e^x / (1 + e^x) is not.
        if (name === 'sigmoid' && x < -708) return f(x, 0) > Math.exp(x);
        return !isClose(f(x, 0), unary[name](x));
      });
      expect(wrong).toEqual([]);
    },
  );

  it('has the special values of the cpu backend in pow', () => {
    const f = compiled('pow', features);
    const pairs = special.flatMap((a) => [...special, 2, 3, -3].map((b) => [a, b] as const));
    expect(pairs.filter(([a, b]) => !isClose(f(a, b), binary.pow(a, b)))).toEqual([]);
  });

  it.each(['sin', 'cos', 'pow'] as const)('leaves single lanes of a row to the host in %s', (name) => {
    const [a, b] = [input(0), input(1)];
    const expression = expressions.binary(
      'mul',
      name === 'pow' ? expressions.binary('pow', a, b) : expressions.unary(name, a),
      b,
    );
    const exact = (x: number, y: number): number => (name === 'pow' ? binary.pow(x, y) : unary[name](x)) * y;
    for (const rare of [[], [0], [5], [7, 12], [16], [1, 2, 3, 17]]) {
      const x = Float64Array.from({ length: 19 }, (_, i) => (rare.includes(i) ? -1e22 : i / 7 + 0.1));
      const y = x.map((__, i) => (i % 3) + 1);
      const inputs = [dense(x, [19]), dense(y, [19])];
      const output = { shape: [19], dtype: 'float64' } as const;
      const results = [...runKernel({ family: 'map', expression }, inputs, output, features)];
      expect(results.filter((z, i) => !isClose(z, exact(x[i], y[i])))).toEqual([]);
    }
  });
});

// V8 ended the process once it had optimized such rows for 256 bits.
it('computes powers with one exponent for all, over and over', () => {
  const x = Float64Array.from({ length: 4096 }, (_, i) => 0.3 + i / 1000);
  const power = compile((a: Tensor) => a.pow(1.5), { backend: 'wasm' });
  let y = power(fromTypedArray(x, [4096]));
  for (let i = 0; i < 1500; i++) y = power(fromTypedArray(x, [4096]));
  expect([...y.toTypedArray()].filter((z, i) => !isClose(z, x[i] ** 1.5))).toEqual([]);
});

/** The same NaN, infinity or zero with its sign, or within the errors of both. */
const isClose = (got: number, want: number): boolean =>
  Object.is(got, want) ||
  (Number.isFinite(want) && want !== 0 && got !== 0 && Math.abs(got - want) <= 4 * ulp64(want));
