import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { checkRng } from '../golden/rng.js';

const golden = JSON.parse(readFileSync(new URL('../fixtures/rng.json', import.meta.url), 'utf8')) as Golden;
type Golden = Record<string, Record<string, Record<string, unknown>>>;

describe('the streams of NumPy and PyTorch', () => {
  it.each(checkRng(golden))('$name', ({ ok, detail }) => {
    expect(ok, detail).toBe(true);
  });

  it('has all of them', () => {
    expect(checkRng(golden)).toHaveLength(3 * 6 + 3 * 9 + 2 * 2);
  });
});

describe('checkRng', () => {
  const failures = (changed: unknown): string[] =>
    checkRng(changed)
      .filter(({ ok }) => !ok)
      .map(({ name, detail }) => `${name}: ${detail}`);
  const change = (
    library: string,
    seed: string,
    stream: string,
    edit: (values: number[]) => unknown,
  ): Golden => {
    const copy = structuredClone(golden);
    copy[library][seed][stream] = edit(copy[library][seed][stream] as number[]);
    return copy;
  };

  it('sees one wrong integer, uniform and normal', () => {
    const bump = (values: number[]): number[] => [...values.slice(0, -1), values.at(-1)! + 1];
    expect(failures(change('torch', '42', 'randperm_10', bump))[0]).toMatch(
      /^torch 42 randperm_10: value 9 is/,
    );
    const nudged = change('numpy', '0', 'rand', ([first, ...rest]) => [first * (1 + 2 ** -52), ...rest]);
    expect(failures(nudged)[0]).toMatch(/^numpy 0 rand: value 0 is/);
    const fiveUlps = change('torch', '0', 'randn_20_float32', (values) => [
      values[0] + 5 * 2 ** -23,
      ...values.slice(1),
    ]);
    expect(failures(fiveUlps)[0]).toMatch(/^torch 0 randn_20_float32: value 0 is .* 5 ulp off/);
  });

  it('names a stream, a library and a part that it does not know', () => {
    expect(failures({ torch: { '0': { cauchy_5: [1] } } })[0]).toContain(
      "'cauchy_5' is not a stream known here",
    );
    expect(failures({ jax: { '0': {} } })[0]).toContain("'jax' is not a library known here");
    const extended = change('torch', '0', 'mlp_40_100_10', (parts) =>
      Object.assign({}, parts, { w2_sum: 1 }),
    );
    expect(failures(extended)).toEqual(['torch 0 mlp_40_100_10: w2_sum: is not known here']);
  });

  it.each([
    [null],
    [{}],
    [{ torch: [] }],
    [{ torch: { x: { rand_float32: [1] } } }],
    [{ numpy: { '0': { rand: 'x' } } }],
  ])('fails on %j', (malformed) => {
    expect(failures(malformed)).not.toEqual([]);
  });
});
