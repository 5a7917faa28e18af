/** Tables: made once as data; the terminal's width, and the three prints of them. */
import { describe, expect, it } from 'vitest';
import { htmlTable } from '../../experiments/report/tables/html.js';
import { markdownTable } from '../../experiments/report/tables/markdown.js';
import { verdictStyles } from '../../experiments/report/draw/theme.js';
import { pageStyle } from '../../experiments/report/page/pageStyle.js';
import type { ReportTable } from '../../experiments/report/tables/table.js';
import type { Verdict } from '../../experiments/stats/index.js';
import { terminalTable, widthOf } from '../../experiments/report/tables/terminal.js';

const words = 'what transfers is the geometry in the second moment, whatever the seed';
const table: ReportTable = {
  caption: 'Claims',
  headers: ['claim', 'statement', 'difference, 95 %', 'pairs', 'p', 'stated', 'verdict'],
  details: ['stated'],
  rows: [
    ['W1', words, '0.0157 [-0.0195, 0.0510]', 5, 0.25, 'warm 1.0071', { verdict: 'supported' }],
    ['W2', 'a | b <i>', '-0.0131 [-0.0638, 0.0377]', 12, null, '-', { verdict: 'refuted: worse' }],
  ],
};
const print = (width: number, shown = table): string => terminalTable(shown, { color: false, width });
const longest = (text: string): number => Math.max(...text.split('\n').map((line) => line.length));
const wordsOf = (text: string): string[] =>
  text
    .split(/[\s─]+/)
    .filter((word) => word !== '')
    .sort();

describe('a table on a terminal', () => {
  it.each([200, 120, 80, 72])('fits %d columns, and nothing is cut', (width) => {
    const printed = print(width);
    expect(longest(printed)).toBeLessThanOrEqual(width);
    expect(wordsOf(printed)).toEqual(wordsOf(print(Infinity)));
  });

  it('breaks text into lines below each other', () => {
    expect(print(72).split('\n').slice(0, 2)).toEqual([
      expect.stringMatching(/^claim {2}statement +difference, 95 % +pairs +p {2}verdict$/),
      '─'.repeat(72),
    ]);
    expect(print(72)).toContain('\n       ');
  });

  it('makes a block of each row where columns would be too narrow', () => {
    expect(print(40).split('\n').slice(0, 7)).toEqual([
      'claim: W1',
      'statement: what transfers is the',
      '  geometry in the second moment,',
      '  whatever the seed',
      'difference, 95 %: 0.0157 [-0.0195,',
      '  0.0510]',
      'pairs: 5',
    ]);
    expect(longest(print(20))).toBeLessThanOrEqual(20);
    // A value that is empty is no line.
    const [first, second] = table.rows;
    expect(print(40, { ...table, rows: [first, ['', ...second.slice(1)]] }).split('\n\n')[1]).toMatch(
      /^statement: a \|/,
    );
  });

  it('breaks a word that is longer than the terminal', () => {
    const printed = print(30, { headers: ['file', 'n'], rows: [['x'.repeat(70), 1]] });
    expect(longest(printed)).toBeLessThanOrEqual(30);
    expect(printed.replaceAll(/[^x]/g, '')).toHaveLength(70);
  });

  it.each([60, 80, 120])('fits %d columns with very long names, one without a space', (width) => {
    const [name, study] = ['gatedAdam,resetEveryEpochWithWarmUp'.repeat(4), words.repeat(5)];
    const rows = [
      [study, name, '0.0157 [-0.0195, 0.0510]', 5],
      ['short', 'plain', '-', 12],
    ];
    const printed = print(width, { headers: ['study', 'arm', 'test cross-entropy', 'seeds'], rows });
    expect(longest(printed)).toBeLessThanOrEqual(width);
    const letters = (text: string): string => text.replaceAll(/[\s─]/g, '');
    for (const cell of rows.flat()) expect(letters(printed)).toContain(letters(String(cell)));
  });

  it('counts the columns that wide characters and combining marks take', () => {
    const [head, rule, wide, mark] = print(Infinity, {
      headers: ['a', 'b'],
      rows: [
        ['漢字', 'x'],
        ['e\u0301', 'x'],
      ],
    }).split('\n');
    expect([head, rule.length, wide, mark]).toEqual(['a     b', 7, '漢字  x', 'e\u0301     x']);
  });

  it('takes the width of the terminal, else COLUMNS, else what it needs', () => {
    expect(widthOf({ columns: 100 }, { COLUMNS: '80' })).toBe(100);
    expect(widthOf({}, { COLUMNS: '80' })).toBe(80);
    // Some terminals report no columns.
    expect(widthOf({ columns: 0 }, { COLUMNS: '80' })).toBe(80);
    expect(widthOf({ columns: 0 }, {})).toBe(Infinity);
    expect(widthOf({}, {})).toBe(Infinity);
    expect(widthOf({}, { COLUMNS: 'many' })).toBe(Infinity);
  });
});

describe('the three prints of a table', () => {
  it('say the same, but for details, which a terminal leaves out', () => {
    const plain = (html: string): string =>
      html
        .replaceAll(/<[^>]*>/g, '\n')
        .replaceAll('&lt;', '<')
        .replaceAll('&amp;', '&');
    const html = plain(htmlTable(table)).split('\n');
    const markdown = markdownTable(table)
      .split('\n')
      .map((line) => line.replace(/^\| | \|$/g, '').split(/(?<!\\) \| /));
    const terminal = print(Infinity).split('\n');
    const shown = table.headers.filter((header) => header !== 'stated');
    expect(markdown[0]).toEqual(table.headers);
    expect(terminal[0].split(/ {2,}/)).toEqual(shown);
    table.rows.forEach((_, row) => {
      const cells = markdown[row + 2].map((cell) =>
        cell.replaceAll(/\*\*|\\/g, '').replace('&#60;i&#62;', '<i>'),
      );
      // A terminal puts the mark of a verdict before it.
      const printed = terminal[row + 2].replace(/[●▼] (?=supported|refuted)/, '');
      expect(printed.split(/ {2,}/)).toEqual(cells.filter((__, i) => i !== 5));
      for (const cell of cells) expect(html).toContain(cell);
    });
    for (const print of [html, markdown.flat()]) expect(print).toContain('warm 1.0071');
    expect(terminal.join()).not.toContain('1.0071');
  });

  it('leave out details that no row has', () => {
    const rows = table.rows.map((row) => row.map((cell, i) => (i === 5 ? '-' : cell)));
    expect(htmlTable({ ...table, rows })).not.toContain('stated');
    expect(markdownTable({ ...table, rows })).not.toContain('stated');
  });

  it('mark verdicts, not by colour alone', () => {
    const verdicts = Object.keys(verdictStyles) as Verdict[];
    const rows = verdicts.map((verdict) => [{ verdict, interim: verdict === 'inconclusive' }]);
    const all: ReportTable = { headers: ['verdict'], rows };
    const marks = '●○▼▲■◇';
    const [, , ...lines] = print(Infinity, all).split('\n');
    expect(lines).toEqual(
      verdicts.map((verdict, i) => `${marks[i]} ${i === 5 ? 'interim: ' : ''}${verdict}`),
    );
    const colored = terminalTable(all, { color: true, width: Infinity }).split('\n').slice(2);
    expect(colored[0]).toBe('\u001b[32m●\u001b[39m supported');
    expect(colored[2]).toBe('\u001b[31m▼\u001b[39m refuted: worse');
    const html = htmlTable(all);
    for (const verdict of verdicts) {
      const name = verdict.replaceAll(/[^a-z]+/g, '-');
      expect(html).toContain(`<span class="verdict ${name}">`);
      expect(pageStyle).toContain(`.${name}::before { content: '${verdictStyles[verdict].mark}'`);
    }
    expect(html).toContain('>interim: inconclusive<');
    expect(markdownTable(all)).toContain('**interim: inconclusive**');
    const shapes = Object.values(verdictStyles).map(({ shape, hollow }) => `${shape} ${hollow}`);
    expect(new Set(shapes).size).toBe(6);
  });

  it('are folded on a page where the table says so', () => {
    const html = htmlTable({ ...table, folded: 'more <numbers>' });
    expect(html).toMatch(/^<details><summary>more &lt;numbers><\/summary>.*<\/details>$/s);
    const captioned = { ...table, caption: 'what they are' };
    expect(htmlTable({ ...captioned, folded: 'more' })).toContain('<caption>what they are</caption>');
    const long = { ...captioned, rows: Array.from({ length: 31 }, () => table.rows[0]) };
    expect(htmlTable(long)).toContain('<summary>what they are (31 rows)</summary>');
    expect(htmlTable(long)).not.toContain('<caption>');
    expect(htmlTable(table)).not.toContain('<details>');
  });
});
