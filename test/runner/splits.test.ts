import { describe, expect, test } from 'vitest';
import { type Split, divide, makeSplit, mnist1d } from '../../data/index.js';
import { refuseLeaks, splitsFor } from '../../experiments/tasks/splits.js';

const data = mnist1d({ numSamples: 200 });

const described = (splits: ReturnType<typeof splitsFor>) =>
  [splits.train, splits.metaVal, splits.evaluation].map(({ name, y }) => `${name} ${y.size}`);

/** Whether two splits have rows in common. */
function shares(a: Split, b: Split): boolean {
  const rows = new Set((a.x.toArray() as number[][]).map(String));
  return (b.x.toArray() as number[][]).some((row) => rows.has(String(row)));
}

describe('the clean protocol', () => {
  test.each([
    ['train', 'tune', ['train 128', 'metaVal 16', 'tuneVal 16']],
    ['train', 'final', ['train 128', 'metaVal 16', 'test 40']],
    ['train+metaVal', 'tune', ['train 144', 'metaVal 16', 'tuneVal 16']],
    ['train+metaVal', 'final', ['train 144', 'metaVal 16', 'test 40']],
  ] as const)('on %s, to %s', (trainsOn, phase, expected) => {
    const splits = splitsFor('clean', data, trainsOn, phase);
    expect(described(splits)).toEqual(expected);
    const { train, metaVal, evaluation } = splits;
    expect(shares(train, evaluation)).toBe(false);
    expect(shares(metaVal, evaluation)).toBe(false);
    expect(shares(train, metaVal)).toBe(trainsOn === 'train+metaVal');
    expect(shares(train, data.test)).toBe(false);
  });
});

test('the protocol seed judges on the split that it learns from and tunes on, as its name says', () => {
  for (const phase of ['tune', 'final'] as const)
    expect(described(splitsFor('seed', data, 'train', phase))).toEqual(['train 160', 'test 40', 'test 40']);
});

describe('a leak is refused', () => {
  const { train, test: reported } = data;
  const { train: part, metaVal, tuneVal } = divide(train, { train: 0.8, metaVal: 0.1, tuneVal: 0.1 });
  const clean = { train: part, metaVal, evaluation: reported };
  const refused = (splits: Parameters<typeof refuseLeaks>[0]) => () => {
    refuseLeaks(splits, reported);
  };

  test('and nothing else', () => {
    expect(refused(clean)).not.toThrow();
    expect(refused({ ...clean, evaluation: tuneVal })).not.toThrow();
  });

  test.each([
    [
      'the test split by another name is trained on',
      { train: makeSplit('train', reported.x, reported.y) },
      'trained on',
    ],
    ['the test split is meta-trained on', { metaVal: reported }, 'meta-trained on'],
    [
      'some of its rows are',
      { metaVal: makeSplit('metaVal', ...first(reported)) },
      "split 'metaVal' is to be meta-trained on and is also (as 'test') what is reported",
    ],
  ])('%s', (_, change, message) => {
    expect(refused({ ...clean, ...change })).toThrow(message);
  });
});

/** The first half of a split, as views of the same numbers. */
function first(split: Split) {
  const { half } = divide(split, { half: 0.5, rest: 0.5 });
  return [half.x, half.y] as const;
}
