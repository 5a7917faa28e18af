/** The tables of results, made once as data; a terminal, a page and Markdown print them. */
import { join } from 'node:path';
import type { ArmResult, FigureResult } from '../../../runner/results/results.js';
import type { MetricInfos } from '../../../tasks/task.js';
import { clipInterval } from '../../draw/axes.js';
import type { ReportCell, ReportTable } from '../../tables/table.js';
import { interval, significant, spread } from './cells.js';
import { boundsAs, boundsOf, estimateOf } from '../common/metrics.js';
import { isInterim, type ReportedRun } from '../common/reportedRun.js';

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
      spread(values, 5),
      spread(reference, 5),
      referenceP === null ? '-' : significant(referenceP, 2),
    ]),
});

/** The verdicts on all claims of several runs, and the paths of their pages. */
export const verdictTable = (runs: readonly ReportedRun[]): ReportTable => ({
  headers: ['study', 'claim', 'verdict', 'report'],
  rows: runs.flatMap(({ study, folder, results, data }) =>
    results.claims.map(({ id, statement, verdict, isCheck }, i): ReportCell[] => [
      i === 0 ? study.name : '',
      `${id}: ${statement}${isCheck ? ' (check)' : ''}`,
      { verdict, interim: isInterim({ data }) },
      i === 0 ? join(folder, 'report.html') : '',
    ]),
  ),
});
