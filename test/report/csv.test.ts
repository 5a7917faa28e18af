import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { read } from 'vega';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { csvText, writeCsv } from '../../experiments/text/csv.js';

const columns = { arm: 'text', loss: 'number', pruned: 'boolean' } as const;

/** Reads with the parser that Vega brings, all fields as text. */
const parse = (text: string) => [...read(text, { type: 'csv' })] as Record<string, string>[];

describe('csvText', () => {
  it('writes a header and typed fields', () => {
    const rows = [
      { arm: 'cold', loss: 1.25, pruned: false },
      { arm: 'say "warm", twice\nor more', loss: 1e-7, pruned: true },
      { arm: '', loss: -0, pruned: null },
      { arm: null, loss: null, pruned: false },
    ];
    expect(csvText(columns, rows)).toBe(
      [
        'arm,loss,pruned',
        'cold,1.25,false',
        '"say ""warm"", twice\nor more",1e-7,true',
        '"",-0,',
        ',,false',
        '',
      ].join('\n'),
    );
  });

  it('distinguishes non-finite values from missing ones', () => {
    const rows = [NaN, Infinity, -Infinity, null].map((loss) => ({ arm: 'a', loss, pruned: null }));
    expect(csvText(columns, rows)).toBe('arm,loss,pruned\na,NaN,\na,Infinity,\na,-Infinity,\na,,\n');
  });

  it('is read back as the same values, whatever they are', () => {
    const row = fc.record({ arm: fc.string({ unit: 'binary' }), loss: fc.double(), pruned: fc.boolean() });
    fc.assert(
      fc.property(fc.array(row, { minLength: 1 }), (rows) => {
        const back = parse(csvText(columns, rows));
        expect(back.map(({ arm }) => arm)).toEqual(rows.map(({ arm }) => arm));
        back.forEach(({ loss, pruned }, index) => {
          expect(Number(loss)).toBe(rows[index].loss); // toBe tells 0 from -0 and knows NaN
          expect(pruned).toBe(String(rows[index].pruned));
        });
      }),
    );
  });
});

describe('files', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'csv-'));
  });
  afterEach(() => {
    rmSync(folder, { recursive: true });
  });

  it('replaces what was there by the whole table', () => {
    const path = join(folder, 'metrics.csv');
    const rows = [1, 2].map((loss) => ({ arm: 'a', loss, pruned: null }));
    writeCsv(path, columns, [...rows, ...rows]);
    writeCsv(path, columns, rows);
    expect(readFileSync(path, 'utf8')).toBe('arm,loss,pruned\na,1,\na,2,\n');
  });
});
