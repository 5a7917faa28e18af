import { describe, expect, it } from 'vitest';
import { formatDuration, formatNumbers } from '../../experiments/text/numbers.js';
import { quantile } from '../../experiments/stats/samples.js';
import { formatTable, usesColor } from '../../experiments/report/tables/terminal.js';

describe('formatTable', () => {
  const headers = ['arm', 'lr', 'loss', 'seeds'];
  const rows = [
    ['cold', 7.83e-4, 1.0158, 5],
    ['warm (step kept)', 9.4e-5, 0.997, 12],
    ['diverged', null, NaN, 3],
  ];

  it('aligns numbers to the right with common decimals', () => {
    expect(formatTable(headers, rows, { color: false }).split('\n')).toEqual([
      'arm                     lr   loss  seeds',
      '────────────────────────────────────────',
      'cold              7.830e-4  1.016      5',
      'warm (step kept)  9.400e-5  0.997     12',
      'diverged                 -    NaN      3',
    ]);
  });

  it('colours headers and rule only, and only when asked', () => {
    const escape = '\u001b[';
    expect(formatTable(headers, rows, { color: false })).not.toContain(escape);
    const [head, rule, ...body] = formatTable(headers, rows, { color: true }).split('\n');
    expect(head).toContain(`${escape}1mloss${escape}22m`);
    expect(rule).toBe(`${escape}2m${'─'.repeat(40)}${escape}22m`);
    expect(body.join('\n')).not.toContain(escape);
  });

  it('keeps a number and its per cent sign on one line', () => {
    const table = formatTable(['b'], [['t at 99 %']], { color: false, width: 8 });
    expect(table.split('\n').slice(-2)).toEqual(['t at', '99 %']);
  });

  it('shows headers over no rows', () => {
    expect(formatTable(['arm', 'loss'], [], { color: false })).toBe('arm  loss');
  });
});

describe('usesColor', () => {
  it.each([
    [{ isTTY: true }, {}, true],
    [{ isTTY: true }, { TERM: 'dumb' }, false],
    [{ isTTY: true }, { NO_COLOR: '1' }, false],
    [{ isTTY: true }, { NO_COLOR: '' }, true],
    [{ isTTY: false }, {}, false],
    [{}, {}, false],
    [{ isTTY: false }, { FORCE_COLOR: '1' }, true],
    [{ isTTY: false }, { FORCE_COLOR: '1', NO_COLOR: '1' }, false],
  ])('stream %j in environment %j: %s', (stream, environment, expected) => {
    expect(usesColor(stream, environment)).toBe(expected);
  });
});

describe('formatNumbers', () => {
  it.each([
    [
      [1.0158, 0.997],
      ['1.016', '0.997'],
    ],
    [
      [0.0123, -0.0004, 0],
      ['0.012300', '-0.000400', '0.000000'],
    ],
    [
      [150, 1.016],
      ['150.00', '1.02'],
    ],
    [
      [0.1, 1e-6, 0],
      ['1.000e-1', '1.000e-6', '0'],
    ],
    [
      [3, 12000],
      ['3', '12000'],
    ],
    [[2.5e8], ['2.500e+8']],
    [
      [NaN, -Infinity, null],
      ['NaN', '-Infinity', '-'],
    ],
    [[], []],
  ])('%j as %j', (values, texts) => {
    expect(formatNumbers(values)).toEqual(texts);
  });
});

describe('formatDuration', () => {
  it.each([
    [0.4, '0 s'],
    [59.4, '59 s'],
    [59.6, '1 min 00 s'],
    [185, '3 min 05 s'],
    [3599.6, '1 h 00 min'],
    [7625, '2 h 07 min'],
  ])('%d seconds: %s', (seconds, text) => {
    expect(formatDuration(seconds)).toBe(text);
  });
});

describe('quantile', () => {
  // numpy.percentile([3, 1, 4, 1.5, 9], [0, 25, 50, 90, 100])
  it('interpolates as NumPy does, from values in any order', () => {
    const values = [3, 1, 4, 1.5, 9];
    expect([0, 0.25, 0.5, 0.9, 1].map((p) => quantile(values, p))).toEqual([1, 1.5, 3, 7, 9]);
    expect(quantile([1, 2], 0.25)).toBe(1.25);
    expect(values).toEqual([3, 1, 4, 1.5, 9]);
  });

  it('takes infinite values as they are', () => {
    expect(quantile([Infinity, 1, 2], 0.5)).toBe(2);
    expect(quantile([Infinity, Infinity], 0.25)).toBe(Infinity);
    expect(quantile([1, Infinity], 0)).toBe(1);
    expect(quantile([1, Infinity], 0.25)).toBe(Infinity);
  });
});
