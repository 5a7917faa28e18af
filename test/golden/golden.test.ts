/**
 * An excerpt of the reference values of PyTorch: one or two cases of every operation, the conventions at kinks, layers
 * and operations on tensors with their options, and matrices in batches.
 * `npm run golden -- FILE...` checks whole files of the format.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import type { OpsCase } from './cases.js';
import { checkFile } from './files.js';
import { checkOps } from './ops.js';
import { compare } from './result.js';

const fixture = (name: string): { readonly cases: readonly OpsCase[] } => {
  const bytes = readFileSync(new URL(`../fixtures/golden/${name}.json.gz`, import.meta.url));
  return JSON.parse(gunzipSync(bytes).toString('utf8')) as { readonly cases: readonly OpsCase[] };
};

const files = {
  ops: fixture('ops'),
  kinks: fixture('kinks'),
  tensors: fixture('tensors'),
  layers: fixture('layers'),
  linalg: fixture('linalg'),
};

describe.each(Object.entries(files))(
  'values, gradients and second-order gradients of PyTorch: %s',
  (_, golden) => {
    it.each(
      golden.cases.map((item, i) => [`${item.name} #${i} ${JSON.stringify(item.kwargs)}`, item] as const),
    )('%s', (__, item) => {
      const [{ ok, detail }] = checkOps({ cases: [item] });
      expect(detail).toBe('');
      expect(ok).toBe(true);
    });
  },
);

describe('the golden runner', () => {
  const [item] = files.ops.cases.filter(({ name }) => name === 'softmax');

  type Numbers = OpsCase['output'];

  /** One number changed by a relative 1e-7. */
  const nudged = (array: Numbers): Numbers => ({
    ...array,
    data: array.data.map((value, i) => (i === 3 ? value * (1 + 1e-7) : value)),
  });
  const each = (arrays: readonly (Numbers | null)[] | null): (Numbers | null)[] =>
    (arrays ?? []).map((array) => (array === null ? null : nudged(array)));
  const corrupted: Readonly<Record<string, OpsCase>> = {
    output: { ...item, output: nudged(item.output) },
    cotangent: { ...item, cotangent: nudged(item.cotangent) },
    inputs: { ...item, inputs: item.inputs.map(nudged) },
    grads: { ...item, grads: each(item.grads) },
    second: { ...item, second: each(item.second) },
  };

  it.each(Object.keys(corrupted))('sees a corrupted number in %s', (part) => {
    expect(checkOps({ cases: [item] })[0].ok).toBe(true);
    const [{ ok, detail }] = checkOps({ cases: [corrupted[part]] });
    expect(ok).toBe(false);
    expect(detail).toMatch(/instead of .* times the tolerance/);
  });

  it('fails on a name that does not exist, on a wrong shape, and on arguments that it does not take', () => {
    const [unknown] = checkOps({ cases: [{ ...item, name: 'soft_serve' }] });
    expect(unknown).toMatchObject({ ok: false, detail: 'threw Error: there is no operation softServe' });
    const shaped = { ...item, output: { ...item.output, shape: [item.output.data.length] } };
    expect(checkOps({ cases: [shaped] })[0]).toMatchObject({ ok: false });
    expect(checkOps({ cases: [{ ...item, kwargs: { dim: 17 } }] })[0].detail).toMatch(
      /threw ShapeError: .*axis 17 does not exist/,
    );
  });

  it('tells NaN and infinity from numbers, and does not lose sight of the other elements', () => {
    for (const bad of [NaN, Infinity]) {
      expect(compare([1, 2], [bad, 2], 1e-9)).toMatchObject({ index: 0, excess: Infinity });
      expect(compare([bad, 2], [1, 2], 1e-9)).toMatchObject({ index: 0, excess: Infinity });
      expect(compare([bad, 2], [bad, 2], 1e-9)).toBeNull();
      expect(compare([bad, 2.1], [bad, 2], 1e-9)).toMatchObject({ index: 1 });
    }
    expect(compare([Infinity], [-Infinity], 1e-9)).not.toBeNull();
    expect(compare([1], [1, 2], 1e-9)).not.toBeNull();
  });

  it.each([
    ['{"cases": []}', 'there is nothing in it to check'],
    ['{"values": 1}', 'unknown format: the file has the keys values'],
    ['{}', 'unknown format: the file has no keys'],
    ['null', 'unknown format: the file holds no object'],
  ])('fails on a file that holds %s', async (text, detail) => {
    const folder = mkdtempSync(join(tmpdir(), 'metagrad-golden-'));
    writeFileSync(join(folder, 'file.json'), text);
    expect(await checkFile(join(folder, 'file.json'))).toEqual([
      { name: 'reading the file', ok: false, detail },
    ]);
    rmSync(folder, { recursive: true });
  });
});
