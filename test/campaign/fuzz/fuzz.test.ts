/** The fuzz itself: what it takes for a failure, and that its cases follow from the seed. */
import { describe, expect, it } from 'vitest';
import { FormatError } from '../../../engine/index.js';
import { random } from '../random.js';
import { randomCase } from './case.js';
import { examine } from './examine.js';
import { changeJson } from './json.js';
import type { Reader } from './reader.js';
import { arrayReaders } from './readers/arrays.js';

const reading = (read: Reader['read']): Reader => ({
  name: 'made up',
  weight: 1,
  patience: 1,
  samples: () => [],
  read,
});

const verdictOf = (read: Reader['read']) => examine(reading(read), { a: new Uint8Array() }, '/nowhere');

describe('a case', () => {
  it('is good if it is read, or refused by an error of the library', async () => {
    expect(await verdictOf(() => 1)).toEqual({ kind: 'value' });
    const refused = await verdictOf(() => Promise.reject(new FormatError('f: no; mend it.')));
    expect(refused).toEqual({ kind: 'refused', why: 'f: no; mend it.' });
  });

  it('fails for other errors, for much memory, and for a changed Object.prototype', async () => {
    const missing = (value: unknown): unknown => (value as { readonly a: { readonly b: unknown } }).a.b;
    expect(await verdictOf(() => missing({}))).toMatchObject({
      kind: 'failed',
      what: expect.stringMatching(/^TypeError: /) as string,
    });
    expect(await verdictOf(() => Promise.reject(new RangeError('x')))).toMatchObject({
      what: 'RangeError: x',
    });
    const huge = await verdictOf(() => new Uint8Array(300 * 2 ** 20));
    expect(huge).toMatchObject({ kind: 'failed', what: 'object of 300 MiB out of a small file' });
    const polluted = await verdictOf(() => Object.assign(Object.prototype, { polluted: 1 }));
    expect(polluted).toMatchObject({ kind: 'failed', what: 'Object.prototype got polluted' });
    expect('polluted' in {}).toBe(false);
  });

  it('follows from the seed', async () => {
    const csv = arrayReaders.find(({ name }) => name === 'csv')!;
    const samples = await csv.samples('');
    const cases = Array.from({ length: 50 }, (_, i) => randomCase(csv, samples, 1, i));
    expect(cases.map((_, i) => randomCase(csv, samples, 1, i))).toEqual(cases);
    const texts = new Set(cases.map((files) => Buffer.from(Object.values(files)[0]).toString('hex')));
    expect(texts.size).toBeGreaterThan(40);
  });

  it('of JSON stays JSON', () => {
    for (let seed = 0; seed < 300; seed++) {
      const text = changeJson('{"a":[1,{"b":"{\\"c\\":2}"}],"d":null}', random(seed))!;
      expect(() => JSON.parse(text) as unknown).not.toThrow();
    }
  });
});
