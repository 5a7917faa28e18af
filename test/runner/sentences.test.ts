/** The sentences of verdicts, made by rule. */
import { expect, test } from 'vitest';
import { evaluateClaims } from '../../experiments/runner/results/claims/claims.js';
import { measureInWords } from '../../experiments/runner/results/measures/words.js';
import type { ClaimConfig, Measure } from '../../experiments/studies/config.js';
import { claim, final, runOf, searchOf, tunedArms } from './madeUpRun.js';

const losses = Array.from({ length: 8 }, (_, i) => 1 + i / 10);
const gaps = [0.03, 0.032, 0.026, 0.029, 0.035, 0.025, 0.031, 0.03];
const plus = (factor: number) => final(...losses.map((loss, i) => loss + factor * gaps[i]));
const arms = {
  warm: final(...losses),
  cold: plus(1),
  colder: plus(2),
  best: plus(-1),
  near: plus(0.2),
  unsteady: final(...losses.map((loss, i) => loss + (i % 2 ? 0.9 : 0.1))),
  // Diverged on one seed, and on another one higher by less than the margin.
  split: final(...losses.map((loss, i) => (i === 2 ? NaN : loss + (i === 5 ? 0.01 : 0.3)))),
  noisy: final(...losses.map((loss, i) => loss + (i % 2 ? 0.1 : -0.1))),
  wild: final(...losses.map((loss, i) => (i === 2 ? NaN : loss + 0.3))),
  torn: final(...losses.map((loss, i) => (i === 2 ? NaN : loss - 0.3))),
};

const sentence = (changes: Partial<ClaimConfig>): string =>
  evaluateClaims(runOf(arms, [claim({ arm: 'warm', against: ['cold'], ...changes })]))[0].sentence;

const loss = 'he test cross-entropy after the last epoch';

test.each<[Partial<ClaimConfig>, string]>([
  [
    {},
    `T${loss} is lower with warm than with cold by 0.0297 [0.0271, 0.0324] (2.16 [1.96, 2.35] %), at 95 % on 8 seeds without tuning.`,
  ],
  [
    { against: ['cold', 'colder'] },
    `T${loss} is lower with warm than with cold (the closest of 2) by 0.0297 [0.0271, 0.0324] (2.16 [1.96, 2.35] %), at 95 % on 8 seeds without tuning.`,
  ],
  [
    { against: ['near'] },
    `T${loss} is lower with warm than with near by 0.0059 [0.0054, 0.0065] (0.439 [0.399, 0.478] %), but by less than the margin of 0.02, at 95 % on 8 seeds without tuning.`,
  ],
  [
    // In both, and by less than the margin only in the one that is surer.
    { against: ['unsteady', 'near'] },
    `T${loss} is lower with warm than with near (the closest of 2) by 0.0059 [0.0054, 0.0065] (0.439 [0.399, 0.478] %), but by less than the margin of 0.02, at 95 % on 8 seeds without tuning.`,
  ],
  [
    { against: ['cold', 'best'] },
    `T${loss} is higher with warm than with best (one of 2) by 0.0297 [0.0265, 0.0330] (2.25 [2.01, 2.50] %), against the claim, at 97.5 % on 8 seeds without tuning.`,
  ],
  [
    { test: 'equivalent', against: ['near'] },
    `T${loss} differs between warm and near by -0.00595 [-0.00638, -0.00552] (-0.439 [-0.470, -0.407] %), within the margin of 0.02, at 90 % on 8 seeds without tuning.`,
  ],
  [
    { test: 'equivalent', against: ['colder'] },
    `T${loss} is lower with warm than with colder by 0.0595 [0.0552, 0.0638] (4.22 [3.92, 4.53] %), by more than the margin of 0.02, at 90 % on 8 seeds without tuning.`,
  ],
  [
    { against: ['noisy'] },
    `It is open whether t${loss} is lower with warm than with noisy: the difference is 0.00 [-0.09, 0.09] (0 [-7, 7] %), at 95 % on 8 seeds without tuning; four of five such runs would find a difference of 0.12.`,
  ],
  [
    { against: ['wild'] },
    `T${loss} is lower with warm than with wild on 8 of 8 pairs, some of which diverged, by signs at 95 % on 8 seeds without tuning.`,
  ],
  [
    { against: ['torn'] },
    `It is open whether t${loss} is lower with warm than with torn: it is so on 1 of 8 pairs, some of which diverged, by signs at 95 % on 8 seeds without tuning.`,
  ],
  [
    { test: 'equivalent', against: ['split'], measure: { kind: 'metric', metric: 'loss' } },
    `T${loss} is lower with warm than with split, by more than the margin of 0.02 on 7 of 8 pairs, some of which diverged, by signs at 90 % on 8 seeds without tuning.`,
  ],
  [
    { against: [], value: 1.5 },
    'It is open whether the test cross-entropy of warm after the last epoch is lower than 1.5: the difference is -0.15 [-0.35, 0.05], at 95 % on 8 seeds without tuning; four of five such runs would find a difference of 0.28.',
  ],
  [
    { measure: { kind: 'epochsBetter', arm: 'warm' }, against: [], value: 0.1, test: 'higher', arm: 'cold' },
    'The share of epochs at which the test cross-entropy of cold is better than that of warm is higher than 0.1 by 0.4, at 95 % on 8 seeds without tuning.',
  ],
  [
    { measure: { kind: 'metric', metric: 'loss', epoch: 'best' } },
    'It is open whether the test cross-entropy after the epoch that was best on tuneVal is lower with warm than with cold: there are fewer than two pairs.',
  ],
])('%j', (changes, expected) => {
  expect(sentence(changes)).toBe(expected);
});

test.each<[Measure, string]>([
  [{ kind: 'epochsTo', values: [1, 2] }, 'the number of epochs to a test cross-entropy of 1 and 2'],
  [
    { kind: 'epochsTo', values: [1, 2], until: 10 },
    'the number of epochs to a test cross-entropy of 1 and 2, of the first 10',
  ],
  [
    { kind: 'epochsToReach', arm: 'cold', epochs: [2, 4], until: 10 },
    'the number of epochs to the test cross-entropy of cold after 2 and 4 epochs on other seeds, of the first 10',
  ],
  [{ kind: 'range', metric: 'lr' }, 'the range of lr within a training'],
  [
    { kind: 'range', metric: 'lr', log: true, until: 10 },
    'the range of the logarithm of lr within the first 10 epochs',
  ],
])('says what %j is', (how, words) => {
  expect(measureInWords(runOf(arms, []), how)).toBe(words);
});

test('a range of logarithms is above a number by a ratio', () => {
  // From 9 to 3 and to 2.9; ratios of 3 and about 3.1 are above 1.5 by about 104 %.
  const ranges = { a: final(3, 2.9, 3.1, 3) };
  const moves = claim({
    ...{ against: [], value: Math.log(1.5), test: 'higher' },
    measure: { kind: 'range', metric: 'loss', log: true },
  });
  const [{ verdict, comparisons, sentence: words }] = evaluateClaims(runOf(ranges, [moves]));
  expect(verdict).toBe('supported');
  expect(words).toContain('is higher than ln 1.5 by 0.69');
  const ratio = 9 / (3 * 2.9 * 3.1 * 3) ** (1 / 4) / 1.5;
  expect(comparisons[0].percent!.mean).toBeCloseTo(100 * (ratio - 1), 10);
});

test('names searches, and what was tuned', () => {
  const tuned = tunedArms('warm', 'cold');
  const of = (changes: object, searches = 2) =>
    evaluateClaims({
      ...runOf(arms, [claim({ arm: 'warm', against: ['cold'], ...changes })], {
        seeds: 8,
        searches,
        ...tuned,
      }),
      searches: [0.001, 0.002, 0.0011, 0.0021].map((lr, i) =>
        searchOf(i % 2 ? 'cold' : 'warm', i >> 1, [{ value: 1, lr }]),
      ),
    })[0].sentence;
  expect(of({})).toContain(' on 8 seeds, averaged within 2 searches');
  expect(of({}, 8)).toContain(' on 8 seeds, each with a search of its own');
  expect(of({ measure: { kind: 'logTuned', parameter: 'lr' }, margin: 0.4 })).toMatch(
    /^The logarithm of the tuned lr is lower with warm than with cold by 0\.67 \[0\.37, 0\.97\] \(49 \[31, 62\] %\), at 95 % on 2 searches\.$/,
  );
  expect(
    of({ measure: { kind: 'logTuned', parameter: 'lr' }, against: [], value: Math.log(1e-3), margin: 0.4 }),
  ).toContain('he logarithm of the tuned lr of warm is lower than ln 0.001: ');
  expect(of({}, 1)).toContain('given this one tuning nothing is known of others');
});
