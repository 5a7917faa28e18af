/** docs/accuracy.md says how far float32 may be off; an excerpt of the golden cases is held to it. */
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { type Tensor, compile, full, mean, sum } from '../../engine/index.js';
import type { OpsCase } from './cases.js';
import { type Errors, errorsOf, familyOf, orders, runners, worstUlps } from './float32.js';

const read = (path: string): Buffer => readFileSync(new URL(`../../${path}`, import.meta.url));

const cases = ['ops', 'tensors', 'layers'].flatMap((name) => {
  const text = gunzipSync(read(`test/fixtures/golden/${name}.json.gz`)).toString('utf8');
  return (JSON.parse(text) as { readonly cases: readonly OpsCase[] }).cases;
});

/** The rows of the table with numbers. */
const table = new Map(
  [
    ...read('docs/accuracy.md')
      .toString('utf8')
      .matchAll(/^\| (\S[^|]*?) +\|((?: +\d+\.\d+ +\|){6})$/gm),
  ].map(([, family, cells]) => {
    const bounds = cells.split('|').slice(0, -1).map(Number);
    const at = (i: number) => ({ eager: bounds[2 * i], wasm: bounds[2 * i + 1] });
    return [family, { value: at(0), gradient: at(1), second: at(2) } satisfies Errors];
  }),
);

describe('float32 against float64 of the same inputs, eagerly and compiled to WebAssembly', () => {
  it('has a bound for every family', () => {
    expect(table.size).toBe(13);
    expect(new Set(cases.map(familyOf))).toEqual(new Set(table.keys()));
  });

  it.each(cases.map((item, i) => [`${item.name} #${i} ${JSON.stringify(item.kwargs)}`, item] as const))(
    '%s',
    (_, item) => {
      const [bounds, errors] = [table.get(familyOf(item))!, errorsOf(item)];
      for (const order of orders)
        for (const runner of runners)
          expect(errors[order][runner], `${order}, ${runner}`).toBeLessThanOrEqual(bounds[order][runner]);
    },
  );

  it('is measured in ulps of the number or, if larger, of its tensor', () => {
    const ulp = 2 ** -23;
    expect(worstUlps([1 + ulp, 1], [1, 1])).toBeCloseTo(1, 5);
    expect(worstUlps([1.5 + ulp, 1.5], [1.5, 1.5])).toBeCloseTo(1, 5);
    expect(worstUlps([4 + ulp], [4])).toBeCloseTo(0.25, 5);
    expect(worstUlps([1, ulp], [1, 0])).toBeCloseTo(2, 5);
    expect(worstUlps([NaN, 1], [1, 1])).toBe(Infinity);
    expect(worstUlps([Infinity], [1])).toBe(Infinity);
    expect(worstUlps([NaN, Infinity], [NaN, Infinity])).toBe(0);
    expect(worstUlps([1], [1, 1])).toBe(Infinity);
  });
});

describe('the mean of 819,200 copies of 0.0086158 in float32', () => {
  const copies = full([819_200], 0.0086158);
  const rows = full([800, 1024], 0.0086158);
  const functions: Readonly<Record<string, (x: Tensor) => Tensor>> = {
    mean: (x) => mean(x),
    'sum over one axis, then the other': (x) => sum(sum(x, { dim: 0 })).div(819_200),
    'mean of rows': (x) => mean(mean(x, { dim: -1 })),
  };

  it.each(Object.entries(functions))('is right to 1e-6 by %s', (name, f) => {
    const x = name === 'mean' ? copies : rows;
    for (const runner of [f, compile(f), compile(f, { backend: 'cpu' })])
      expect(Math.abs(runner(x).item() / 0.0086158 - 1)).toBeLessThan(1e-6);
  });
});
