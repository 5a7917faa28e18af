/** The sentence that says a claim's verdict in words. */
import { isRefuted, isSupported } from '../../stats/index.js';
import { formatLevel } from '../../text/numbers.js';
import type { RunData } from '../record/runData.js';
import type { ClaimResult } from './claimResult.js';
import { type Comparison, percentages } from './comparison.js';
import { list, measureInWords, withInterval } from './words.js';

type Judged = Omit<ClaimResult, 'sentence'>;

/**
 * The verdict on a claim in one sentence, made by rule: what was found, its size in units and per cent with the interval that
 * decides, pairs, searches and level; and which checks of the claim did not hold.
 */
export function sentenceOf(data: RunData, result: Judged, checks: readonly Judged[]): string {
  const comparison = decisive(result);
  const failed = checks.filter(({ verdict }) => !isSupported(verdict));
  const but = failed.map(
    ({ id, statement, verdict }) =>
      `${id} (“${statement}”) is ${verdict === 'inconclusive' ? 'open' : verdict}`,
  );
  const found = comparison === undefined ? 'Nothing was compared' : finding(data, result, comparison);
  return `${found[0].toUpperCase()}${found.slice(1)}${but.length === 0 ? '' : `; but ${list(but)}`}.`;
}

/** The comparison on which the verdict rests: of a supported claim the least certain one, else the one that refutes or is open. */
function decisive({ verdict, comparisons }: Judged): Comparison | undefined {
  const [least] = [...comparisons].sort((a, b) => (b.p ?? 2) - (a.p ?? 2));
  if (!isRefuted(verdict)) return least;
  return comparisons.find((one) => one.verdict === verdict) ?? least;
}

function finding(data: RunData, result: Judged, comparison: Comparison): string {
  const { measure, arm, test, margin, verdict, comparisons, value } = result;
  const subject = measureInWords(data, measure);
  const one =
    comparisons.length === 1
      ? ''
      : `, ${isSupported(verdict) ? 'the closest' : 'one'} of ${comparisons.length}`;
  const other = value === undefined ? `${comparison.against}${one}` : String(value);
  const than = (side: string): string =>
    value === undefined
      ? `${subject} is ${side} with ${arm} than with ${other}`
      : `${subject} of ${arm} is ${side} than ${other}`;
  const between =
    value === undefined
      ? `${subject} differs between ${arm} and ${other}`
      : `${subject} of ${arm} differs from ${other}`;
  const { difference, open, by } = comparison;
  if (open !== null || difference === null) {
    const claimed = test === 'equivalent' ? `${between} by less than ${margin}` : than(test);
    return `whether ${claimed} is open: ${reasons[open ?? 'too few pairs']}`;
  }
  const size = by === 'signs' ? signs(comparison) : sizes(result, comparison, difference.mean);
  const side = test === 'equivalent' ? (difference.mean > 0 ? 'higher' : 'lower') : test;
  const opposite = test === 'higher' ? 'lower' : 'higher';
  const on = `${by === 'signs' ? 'decided by signs at' : 'at'} ${formatLevel(comparison.level)} on ${sample(result, comparison)}`;
  switch (verdict) {
    case 'supported':
      return test === 'equivalent'
        ? `${between} by ${size}, within the margin of ${margin}, ${on}`
        : `${than(side)} ${size}, ${on}`;
    case 'supported, smaller than the margin':
      return `${than(side)} ${size}, but by less than the margin of ${margin}, ${on}`;
    case 'refuted: no difference':
      return `${between} by ${size}, within the margin of ${margin}, ${on}`;
    case 'refuted: worse':
    case 'refuted: better':
      return test === 'equivalent'
        ? `${than(side)} ${size}, by more than the margin of ${margin}, ${on}`
        : `${than(opposite)} ${size}, against the claim, ${on}`;
    case 'inconclusive': {
      const claimed = test === 'equivalent' ? `${between} by less than ${margin}` : than(test);
      return `whether ${claimed} is open: the difference is ${size}, ${on}${detects(comparison)}`;
    }
  }
}

const reasons = {
  'too few pairs': 'there are fewer than two pairs',
  'one tuning': 'all seeds were tuned by one search, and given this one tuning nothing is known of others',
  diverged: 'on one seed trainings diverged, and left no difference',
} as const;

/** The size of a difference with the interval that decides, in units and per cent. */
function sizes({ measure, test, verdict }: Judged, comparison: Comparison, center: number): string {
  const { deciding, values } = comparison;
  const isSigned =
    verdict === 'inconclusive' ||
    verdict === 'refuted: no difference' ||
    (test === 'equivalent' && verdict === 'supported');
  const sign = isSigned || center > 0 ? 1 : -1;
  const at = (x: number): number => sign * x;
  const { low, high } = deciding ?? { low: NaN, high: NaN };
  const ends = { low: Math.min(at(low), at(high)), high: Math.max(at(low), at(high)) };
  const percent = percentages(
    measure,
    values.map(([, other]) => other),
  );
  const share =
    percent === null
      ? ''
      : ` (${withInterval(
          sign * percent(center),
          orderedBy((x) => sign * percent(x), low, high),
        )} %)`;
  return `${isSigned ? '' : 'by '}${withInterval(at(center), ends)}${share}`;
}

const orderedBy = (of: (value: number) => number, low: number, high: number) => ({
  low: Math.min(of(low), of(high)),
  high: Math.max(of(low), of(high)),
});

function signs({ differences }: Comparison): string {
  const lower = differences.filter((d) => d < 0).length;
  return `on ${Math.max(lower, differences.length - lower)} of ${differences.length} pairs, some of which diverged`;
}

/** The pairs behind a verdict, as in `10 seeds, each with a search of its own`. */
function sample({ measure }: Judged, { pairs, units, searches }: Comparison): string {
  if (measure.kind === 'logTuned') return `${pairs} searches`;
  if (searches === null) return `${pairs} seeds, nothing tuned`;
  if (units < pairs) return `${pairs} seeds, averaged within ${searches} searches`;
  return `${pairs} seeds, each with a search of its own`;
}

const detects = ({ detectable }: Comparison): string =>
  detectable === null ? '' : `; so many detect ${Number(detectable.toPrecision(2))} in four of five runs`;
