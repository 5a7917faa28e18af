/** The sentence that says a claim's verdict in words. */
import { isRefuted, isSupported } from '../../../stats/index.js';
import { formatLevel } from '../../../text/numbers.js';
import type { RunData } from '../../record/runData.js';
import type { ClaimResult } from './claimResult.js';
import { type Comparison, percentages } from './comparison.js';
import { list, measureInWords, short, valueInWords, withInterval } from '../measures/words.js';

type Judged = Omit<ClaimResult, 'sentence'>;

/**
 * The verdict on a claim in one sentence, made by rule: what was found, its size in units and per cent with the interval that
 * decides, pairs, searches and level; and which checks of the claim did not hold.
 */
export function sentenceOf(data: RunData, result: Judged, checks: readonly Judged[]): string {
  const comparison = decisive(result);
  const failed = checks.filter(({ verdict }) => !isSupported(verdict));
  const but = failed.map(
    ({ id, statement, verdict }) => `${id} ${isRefuted(verdict) ? 'failed' : 'is open'} (“${statement}”)`,
  );
  const found = comparison === undefined ? 'Nothing was compared' : finding(data, result, comparison);
  return `${found[0].toUpperCase()}${found.slice(1)}${but.length === 0 ? '' : `; but ${list(but)}`}.`;
}

/**
 * The comparison on which the verdict rests: one that refutes, else the least certain one. A claim that is supported by less than its
 * margin in one comparison has that verdict, though in others the difference may be larger.
 */
function decisive({ verdict, comparisons }: Judged): Comparison | undefined {
  const byCertainty = [...comparisons].sort((a, b) => (b.p ?? 2) - (a.p ?? 2));
  const candidates = isRefuted(verdict) ? comparisons : byCertainty;
  return candidates.find((one) => one.verdict === verdict) ?? byCertainty[0];
}

function finding(data: RunData, result: Judged, comparison: Comparison): string {
  const { measure, arm, test, verdict, comparisons, value } = result;
  const margin = short(result.margin);
  const subject = measureInWords(data, measure, value === undefined ? undefined : arm);
  const one =
    comparisons.length === 1
      ? ''
      : ` (${isSupported(verdict) ? 'the closest' : 'one'} of ${comparisons.length})`;
  const other = value === undefined ? `${comparison.against}${one}` : valueInWords(measure, value);
  const than = (side: string): string =>
    value === undefined
      ? `${subject} is ${side} with ${arm} than with ${other}`
      : `${subject} is ${side} than ${other}`;
  const between =
    value === undefined
      ? `${subject} differs between ${arm} and ${other}`
      : `${subject} differs from ${other}`;
  const { difference, open, by } = comparison;
  if (open !== null || difference === null) {
    const claimed = test === 'equivalent' ? `${between} by less than ${margin}` : than(test);
    return `it is open whether ${claimed}: ${reasons[open ?? 'too few pairs']}`;
  }
  const at = `at ${formatLevel(comparison.level)} on ${sample(result, comparison)}`;
  const bySigns = (side: Judged['test']): string =>
    `on ${count(comparison, side, test === 'equivalent' ? result.margin : 0)}, by signs ${at}`;
  const within = (): string =>
    `${between} by ${sizeOf(result, comparison, true)}, within the margin of ${margin}, ${at}`;
  const isOn = (side: 'lower' | 'higher', remark = ''): string =>
    by === 'signs'
      ? `${than(side)}${remark} ${bySigns(side)}`
      : `${than(side)} by ${sizeOf(result, comparison, false)}${remark}, ${at}`;
  switch (verdict) {
    case 'supported':
      return test === 'equivalent' ? within() : isOn(test);
    case 'supported, smaller than the margin':
      return isOn(test === 'higher' ? 'higher' : 'lower', `, but by less than the margin of ${margin}`);
    case 'refuted: no difference':
      return within();
    case 'refuted: worse':
    case 'refuted: better':
      return test === 'equivalent'
        ? isOn(sideOf(comparison, result.margin), `, by more than the margin of ${margin}`)
        : isOn(test === 'higher' ? 'lower' : 'higher', ', against the claim');
    case 'inconclusive': {
      const claimed = test === 'equivalent' ? `${between} by less than ${margin}` : than(test);
      return by === 'signs'
        ? `it is open whether ${claimed}: it is so ${bySigns(test)}`
        : `it is open whether ${claimed}: the difference is ${sizeOf(result, comparison, true)}, ${at}${detects(test, comparison)}`;
    }
  }
}

const reasons = {
  'too few pairs': 'there are fewer than two pairs',
  'one tuning': 'all seeds were tuned by one search, and given this one tuning nothing is known of others',
  diverged: 'on one seed trainings diverged, and left no difference',
} as const;

/** The size of a difference with the interval that decides, in units and per cent; its sign is said by a side, unless `isSigned`. */
function sizeOf({ measure, value }: Judged, comparison: Comparison, isSigned: boolean): string {
  const { deciding, difference, values } = comparison;
  const { low, high } = deciding!;
  const { mean } = difference!;
  const sign = isSigned || mean > 0 ? 1 : -1;
  const as = (of: (size: number) => number): string =>
    withInterval(sign * of(mean), sign * of(low), sign * of(high));
  const percent = percentages(measure, value === undefined ? values.map(([, other]) => other) : null);
  return `${as((size) => size)}${percent === null ? '' : ` (${as(percent)} %)`}`;
}

/** On how many pairs a difference is beyond a distance on a side, or within it. */
function count({ differences }: Comparison, side: Judged['test'], distance: number): string {
  const isOn = (d: number): boolean =>
    side === 'equivalent' ? Math.abs(d) < distance : side === 'lower' ? d < -distance : d > distance;
  return `${differences.filter(isOn).length} of ${differences.length} pairs, some of which diverged`;
}

/** The side of a mean difference; with infinite ones, on which most are beyond the margin. */
function sideOf({ by, difference, differences }: Comparison, margin: number): 'lower' | 'higher' {
  if (by !== 'signs') return difference!.mean > 0 ? 'higher' : 'lower';
  const above = differences.filter((d) => d > margin).length;
  return above > differences.filter((d) => d < -margin).length ? 'higher' : 'lower';
}

/** The pairs behind a verdict, as in `10 seeds, each with a search of its own`. */
function sample({ measure }: Judged, { pairs, units, searches }: Comparison): string {
  if (measure.kind === 'logTuned') return `${pairs} searches`;
  if (searches === null) return `${pairs} seeds without tuning`;
  if (units < pairs) return `${pairs} seeds, averaged within ${searches} searches`;
  return `${pairs} seeds, each with a search of its own`;
}

function detects(test: Judged['test'], { detectable }: Comparison): string {
  if (detectable === null) return '';
  const size = Number(detectable.toPrecision(2));
  return test === 'equivalent'
    ? `; four of five such runs would show that equal arms differ by less than ${size}`
    : `; four of five such runs would find a difference of ${size}`;
}
