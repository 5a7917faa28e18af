/** Names of the user's in paths, in terminals and in Markdown. */
import { mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { fileName } from '../../experiments/files/fileName.js';
import { inFolder, isInside } from '../../experiments/files/inFolder.js';
import { printable } from '../../experiments/text/printable.js';
import { plain } from '../../experiments/report/tables/markdown.js';

const root = mkdtempSync(join(tmpdir(), 'metagrad-names-'));
afterAll(() => {
  rmSync(root, { recursive: true });
});

describe('the name of a file', () => {
  it.each([
    ['cold', 'cold'],
    ['gate-2_b.x', 'gate-2_b.x'],
    ['val/acc5', 'val%2facc5'],
    ['step reset', 'step%20reset'],
    ['A', '%41'],
    ['..', '%2e%2e'],
    ['.hidden', '%2ehidden'],
    ['dot.', 'dot%2e'],
    ['con', '%63on'],
    ['com1.txt', '%63om1.txt'],
    ['', '%'],
    ['%', '%25'],
    ['\u001b[2J\0', '%1b%5b2%4a%00'],
    ['é', '%c3%a9'],
    ['e\u0301', 'e%cc%81'],
    ['\ud800', '%ud800'],
  ])('of %j is %s', (name, expected) => {
    expect(fileName(name)).toBe(expected);
  });

  it('of a long name is short, and another for each', () => {
    const [one, other] = ['a', 'b'].map((last) => fileName(`${'x'.repeat(300)}${last}`));
    expect(one).not.toBe(other);
    expect(one.length).toBeLessThanOrEqual(120);
    expect(fileName('é'.repeat(100)).length).toBeLessThanOrEqual(120);
  });

  it('is another for every name, on disks that know no case or normalise', () => {
    const names = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 4 }),
      fc.string({
        unit: fc.constantFrom('a', 'A', '.', '/', '%', '4', '1', '-', ' ', 'é', 'e\u0301'),
        maxLength: 5,
      }),
    );
    fc.assert(
      fc.property(names, names, (one, other) => {
        const [a, b] = [fileName(one), fileName(other)].map((file) => file.toLowerCase().normalize('NFC'));
        expect(a === b).toBe(one === other);
        expect(a).toMatch(/^[a-z0-9_%~-]([a-z0-9_.%~-]*[a-z0-9_%~-])?$/);
      }),
      { numRuns: 2000 },
    );
  });
});

describe('a path in a folder', () => {
  const [folder, outside] = [join(root, 'run'), join(root, 'outside')];
  mkdirSync(join(folder, 'inner'), { recursive: true });
  mkdirSync(outside);
  writeFileSync(join(outside, 'file'), '');
  symlinkSync(outside, join(folder, 'folder'));
  symlinkSync(join(outside, 'file'), join(folder, 'report.html'));
  symlinkSync(join(outside, 'none'), join(folder, 'dangling'));
  symlinkSync(join(folder, 'inner'), join(folder, 'within'));

  it.each([[['a.csv']], [['inner', 'new', 'a.csv']], [['within', 'a.csv']], [['..a']]])(
    '%j is one',
    (parts) => {
      expect(inFolder(folder, ...parts)).toBe(join(folder, ...parts));
    },
  );

  it.each([
    [['..', 'a']],
    [['folder', 'a']],
    [['folder']],
    [['report.html']],
    [['dangling']],
    [['inner', '..', '..', 'outside', 'file']],
  ])('%j leads out', (parts) => {
    expect(() => inFolder(folder, ...parts)).toThrow(
      /leads out of the folder \(to .*\), and nothing is written/,
    );
  });

  it('is inside by itself or by the target of a link', () => {
    expect(isInside(join(folder, 'a.js'), folder)).toBe(true);
    symlinkSync(join(folder, 'inner'), join(outside, 'linked'));
    expect(isInside(join(outside, 'linked'), folder)).toBe(true);
    expect(isInside(join(folder, 'report.html'), folder)).toBe(true);
    expect(isInside(join(outside, 'file'), folder)).toBe(false);
    expect(readdirSync(outside).sort()).toEqual(['file', 'linked']);
  });
});

describe('text of names', () => {
  it('moves no cursor of a terminal', () => {
    expect(printable('a\u001b[31mb\n\u0085\u202e\ud800é😀')).toBe('a\\u001b[31mb\\n\\u0085\\u202e\\ud800é😀');
    expect(printable('a\n\tb\r', { lines: true })).toBe('a\n\tb\\u000d');
  });

  it('is no markup in Markdown, and stays in its cell', () => {
    expect(plain('a|b `c`\n<i>d</i> [e](f) *g* \\')).toBe(
      'a\\|b \\`c\\` &#60;i&#62;d&#60;/i&#62; \\[e\\](f) \\*g\\* \\\\',
    );
  });
});
