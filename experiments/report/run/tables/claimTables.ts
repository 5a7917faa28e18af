/** The tables of claims: all numbers behind the verdicts, and what else they could have been. */
import type { ClaimResult, Comparison } from '../../../runner/results/claims/claims.js';
import type { FigureResult } from '../../../runner/results/results.js';
import type { RunData } from '../../../runner/record/runData.js';
import { isLogarithm } from '../../../runner/results/measures/measures.js';
import type { Share } from '../../../stats/index.js';
import { formatLevel } from '../../../text/numbers.js';
import type { ReportCell, ReportTable } from '../../tables/table.js';
import { decimalsFor, differenceText, interval, significant } from './cells.js';
import { armsOf } from '../common/claims.js';
import { isInterim } from '../common/reportedRun.js';
import { flipsOf } from './verdictLines.js';

/** What decides each claim, a row for each comparison. */
export const claimTable = (
  claims: readonly ClaimResult[],
  data: Pick<RunData, 'status' | 'seedsAddedFrom'>,
): ReportTable => ({
  caption: 'What decides each claim, a row for each comparison.',
  headers: [
    ...[
      'claim',
      'arms',
      'claimed',
      'difference, 95 %',
      'decided by',
      'pairs',
      'added after looking',
      'searches',
      'p (Holm)',
    ],
    'verdict',
  ],
  details: ['claimed', 'added after looking'],
  rows: rowsOf(claims, (claim, one, first) => [
    ...[first(claim.id), armsOf(claim, one), first(claimed(claim))],
    ...[differenceText(one.difference), deciding(one), one.pairs],
    ...[addedIn(one, data), one.searches],
    ...[first(measured(claim.adjustedP)), first({ verdict: claim.verdict, interim: isInterim({ data }) })],
  ]),
});

/** Effects and tests beside what decides: sizes, shares, what such a run detects, and other tests. */
export const effectTable = (claims: readonly ClaimResult[]): ReportTable => ({
  caption: 'Effects and tests beside those that decide.',
  headers: [
    ...['claim', 'arms', 'per cent, 95 %', 'better on', 'd', 'detectable', 'p', 'signed-rank p', 'by itself'],
  ],
  rows: rowsOf(claims, (claim, one, first) => [
    ...[first(claim.id), armsOf(claim, one)],
    hasPercent(claim) && one.percent !== null ? interval(one.percent, 1) : '-',
    shareText(one.better, one.pairs),
    ...[one.effectSize, one.detectable, one.p].map(measured),
    `${measured(one.signedRankP)}${one.disagrees ? ', disagrees' : ''}`,
    claim.comparisons.length === 1 ? '' : one.verdict,
  ]),
});

/** Of a threshold, unless it is one of a ratio, a difference is no telling share. */
const hasPercent = ({ value, measure }: ClaimResult): boolean => value === undefined || isLogarithm(measure);

/** What a write-up states for its claims, and the figures of its program here. */
export const statedTable = (
  claims: readonly ClaimResult[],
  figures: readonly FigureResult[],
): ReportTable => ({
  caption: 'As stated in the write-up, and as its program gives it here.',
  headers: ['claim', 'stated', 'as written, ours'],
  rows: claims
    .map((claim): ReportCell[] => [claim.id, claim.stated ?? '-', figuresOf(figures, claim)])
    .filter(([, ...cells]) => cells.some((cell) => cell !== '-')),
});

/** A row for each comparison; `first` leaves a cell empty in all but the first of a claim. */
const rowsOf = (
  claims: readonly ClaimResult[],
  row: (claim: ClaimResult, one: Comparison, first: (cell: ReportCell) => ReportCell) => ReportCell[],
): ReportCell[][] =>
  claims.flatMap((claim) =>
    claim.comparisons.map((one, i) => row(claim, one, (cell) => (i === 0 ? cell : ''))),
  );

/** How many pairs are of seeds that were added after results could be seen; null if there are none. */
function addedIn({ seeds }: Comparison, { seedsAddedFrom }: Pick<RunData, 'seedsAddedFrom'>): number | null {
  return seedsAddedFrom === null ? null : seeds.filter((seed) => seed >= seedsAddedFrom).length;
}

const measured = (value: number | null): string => (value === null ? '-' : significant(value, 2));

/** What a claim says about the difference, as in `below 0, margin 0.02`. */
function claimed({ test, margin }: ClaimResult): string {
  const short = significant(margin, 3);
  if (test === 'equivalent') return `within ±${short}`;
  return `${test === 'lower' ? 'below' : 'above'} 0, margin ${short}`;
}

/**
 * What decides a verdict, with its level: `t [-0.05, 0.37] at 98.33 %`, signs, or why nothing does. The interval is never cut to
 * possible values.
 */
function deciding({ by, open, deciding: ends, level }: Comparison): string {
  if (by === null) return open ?? '-';
  if (ends === null) return `${by} at ${formatLevel(level)}`;
  const [low, high] = [ends.low, ends.high].map((end) => end.toFixed(decimalsFor(ends.low, ends.high)));
  return `${by} [${low}, ${high}] at ${formatLevel(level)}`;
}

/** As in `9 of 10, 90 % [55, 100]`. */
function shareText(share: Share | null, pairs: number): string {
  if (share === null) return '-';
  const [of, low, high] = [share.share, share.low, share.high].map((part) => (100 * part).toFixed(0));
  return `${Math.round(share.share * pairs)} of ${pairs}, ${of} % [${low}, ${high}]`;
}

function figuresOf(figures: readonly FigureResult[], { reproductions }: ClaimResult): string {
  const matches = reproductions.flatMap((reference) =>
    figures.filter(({ program, name, values }) => `${program}/${name}` === reference && values.length > 0),
  );
  return matches.map(({ name, median }) => `${name} ${significant(median!, 4)}`).join(', ') || '-';
}

/** What other margins, tests, epochs, budgets and baselines would say about a claim; folded, with what flips it. */
export function sensitivityTable(claim: ClaimResult): ReportTable {
  const { id, arm, verdict, sensitivity, comparisons } = claim;
  const flips = flipsOf(claim);
  const words =
    flips === '' ? `the same verdict under all ${sensitivity.length} variations` : `flips under ${flips}`;
  const differences = (
    compared: readonly Pick<
      ClaimResult['sensitivity'][number]['comparisons'][number],
      'against' | 'difference'
    >[],
  ): string =>
    compared
      .map(({ against, difference }) =>
        compared.length === 1 ? differenceText(difference) : `${against}: ${differenceText(difference)}`,
      )
      .join('; ');
  const main = comparisons.map(({ against, difference, deciding: ends }) => ({
    against,
    difference: difference === null || ends === null ? difference : { ...ends, mean: difference.mean },
  }));
  return {
    folded: `Sensitivity of ${id}: ${words}`,
    caption: `Differences of ${arm} with the intervals that decide.`,
    headers: ['varied', 'difference', 'pairs', 'verdict', ''],
    rows: [
      [
        'as claimed',
        differences(main),
        Math.max(0, ...comparisons.map(({ pairs }) => pairs)),
        { verdict },
        '',
      ],
      ...sensitivity.map((variation): ReportCell[] => [
        variation.label,
        differences(variation.comparisons),
        Math.max(0, ...variation.comparisons.map(({ pairs }) => pairs)),
        { verdict: variation.verdict },
        variation.flips ? 'flips' : '',
      ]),
    ],
  };
}
