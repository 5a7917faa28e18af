/** The tables of results, made once as data; a terminal, a page and Markdown print them. */
import { join } from 'node:path';
import type { ClaimResult, Comparison } from '../../runner/results/claims.js';
import type { ArmResult, FigureResult, Results } from '../../runner/results/results.js';
import { type Estimate, median } from '../../stats/index.js';
import type { MetricInfos } from '../../tasks/task.js';
import { formatLevel } from '../../text/numbers.js';
import { clipInterval } from '../draw/axes.js';
import type { ReportCell, ReportTable } from '../tables/table.js';
import { boundsAs, boundsOf, estimateOf } from './metrics.js';
import type { ReportedRun } from './reportedRun.js';

/** The tuned parameters of each arm (of the first search) and its results on fresh seeds; intervals end where the metric does. */
export function armTable(arms: readonly ArmResult[], metrics: MetricInfos): ReportTable {
  const shown = Object.entries(metrics);
  const [[, tunedBy]] = shown;
  const median = `median ${tunedBy.title}`;
  return {
    caption:
      'Tuned parameters (of the first search) and results on fresh seeds: means with 95 % intervals, and medians with bootstrap intervals, within the possible values.',
    headers: [
      ...['arm', 'role', 'tuned', `tuning ${tunedBy.title}`, 'seeds'],
      ...shown.map(([, { title }]) => `test ${title}`),
      median,
    ],
    details: ['role', median],
    rows: arms.map((arm) => [
      ...[arm.arm, arm.role, tuned(arm), arm.best.length === 0 ? null : arm.best[0].value, arm.finals.length],
      ...shown.map(([name, metric], i) => interval(estimateOf(arm, name, metric), i === 0 ? 4 : 3)),
      arm.median === null
        ? '-'
        : interval(
            clipInterval(boundsAs(boundsOf(tunedBy)), {
              ...arm.median,
              mean: arm.median.median,
            }),
            4,
          ),
    ]),
  };
}

const tuned = ({ best }: ArmResult): string =>
  best.length === 0
    ? '-'
    : Object.entries(best[0].parameters)
        .map(
          ([name, value]) =>
            `${name} ${typeof value === 'number' && !Number.isInteger(value) ? value.toPrecision(3) : value}`,
        )
        .join(', ');

/** The figures of a write-up's program: as stated, from our executions, and from those in PyTorch. */
export const reproductionsTable = (figures: readonly FigureResult[]): ReportTable => ({
  headers: [
    ...['as written', 'figure', 'stated', 'executions', 'ours: median [min, max]', 'PyTorch 1.13'],
    'p (Mann-Whitney)',
  ],
  details: ['executions'],
  rows: figures
    .filter(({ values }) => values.length > 0)
    .map(({ program, description, stated, values, reference = [], referenceP }) => [
      program,
      description,
      stated?.toString() ?? '-',
      values.length,
      spread(values),
      spread(reference),
      referenceP === null ? '-' : significant(referenceP, 2),
    ]),
});

/** The claims of a study with their verdicts, a row for each comparison. */
export const claimTable = ({
  claims,
  reproductions,
}: Pick<Results, 'claims' | 'reproductions'>): ReportTable => ({
  headers: [
    ...[
      'claim',
      'statement',
      'stated',
      'as written, ours',
      'arms',
      'difference, 95 %',
      'decided by',
      'pairs',
    ],
    ...['detectable', 'p (Holm)', 'Wilcoxon p', 'd', 'verdict'],
  ],
  details: ['stated', 'as written, ours', 'Wilcoxon p', 'd'],
  rows: claims.flatMap((claim) =>
    claim.comparisons.map((one, i): ReportCell[] => {
      const { id, statement, stated = '-', arm, verdict } = claim;
      const first = (cell: ReportCell): ReportCell => (i === 0 ? cell : '');
      const measured = (value: number | null): string => (value === null ? '-' : significant(value, 2));
      return [
        ...[first(id), first(statement), first(stated), first(figuresOf(reproductions, claim))],
        `${arm} − ${one.against}`,
        interval(one.difference, 4),
        decidingInterval(one),
        one.pairs,
        ...[one.detectable, i === 0 ? claim.adjustedP : null, one.signedRankP, one.effectSize].map(measured),
        first({ verdict }),
      ];
    }),
  ),
});

function figuresOf(figures: readonly FigureResult[], { reproductions }: ClaimResult): string {
  const matches = reproductions.flatMap((reference) =>
    figures.filter(({ program, name, values }) => `${program}/${name}` === reference && values.length > 0),
  );
  return matches.map(({ name, median }) => `${name} ${significant(median!, 4)}`).join(', ') || '-';
}

/** The verdicts on all claims of several runs, and the paths of their pages. */
export const verdictTable = (runs: readonly ReportedRun[]): ReportTable => ({
  headers: ['study', 'claim', 'verdict', 'report'],
  rows: runs.flatMap(({ study, folder, results }) =>
    results.claims.map(({ id, statement, verdict }, i): ReportCell[] => [
      i === 0 ? study.name : '',
      `${id}: ${statement}`,
      { verdict },
      i === 0 ? join(folder, 'report.html') : '',
    ]),
  ),
});

/** An estimate as `0.123 [0.1, 0.2]`; a dash if there is none. */
function interval(estimate: Estimate | null, digits: number): string {
  if (estimate === null) return '-';
  const { mean, low, high } = estimate;
  const point = mean.toFixed(digits);
  return Number.isNaN(low) ? point : `${point} [${low.toFixed(digits)}, ${high.toFixed(digits)}]`;
}

/**
 * The interval that decides a verdict, with its level: `[-0.05, 0.37] at 98.33 %`; a dash if there is none. It is never cut to
 * possible values.
 */
function decidingInterval({ deciding, level }: Comparison): string {
  if (deciding === null || Number.isNaN(deciding.low)) return '-';
  return `[${deciding.low.toFixed(4)}, ${deciding.high.toFixed(4)}] at ${formatLevel(level)}`;
}

/** Values as `median [min, max]`; a dash if there are none. */
function spread(values: readonly number[]): string {
  if (values.length === 0) return '-';
  const middle = significant(median(values), 5);
  if (values.length === 1) return middle;
  return `${middle} [${significant(Math.min(...values), 5)}, ${significant(Math.max(...values), 5)}]`;
}

/** A number with `digits` significant digits at most: 0.0012, 1.2e-7. */
const significant = (value: number, digits: number): string => String(Number(value.toPrecision(digits)));
