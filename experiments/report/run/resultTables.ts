import { join } from 'node:path';
import { printable } from '../../text/printable.js';
import type { ClaimResult, Comparison } from '../../runner/results/claims.js';
import { quickNote } from '../../runner/record/recordFiles.js';
import type { ArmResult, FigureResult } from '../../runner/results/results.js';
import { type Estimate, median } from '../../stats/index.js';
import { formatLevel } from '../../text/numbers.js';
import type { ReportedRun } from './reportedRun.js';
import { formatTable, usesColor } from '../tables/terminal.js';

/** Prints what a run found. */
export function printResults({ study, record, results }: ReportedRun): void {
  const { arms, reproductions, claims } = results;
  const color = usesColor(process.stdout);
  console.log(`\n${printable(study.title)}\n`);
  if (record.quick === true) console.log(`${quickNote}\n`);
  console.log(armTable(arms, color));
  if (reproductions.some(({ values }) => values.length > 0))
    console.log(`\n${reproductionsTable(reproductions, color)}`);
  console.log(`\n${claimTable(claims, color)}\n`);
}

/** Says on stderr what is wrong with a run's folder. */
export function printWarnings(warnings: readonly string[]): void {
  for (const warning of warnings) process.stderr.write(`metagrad: ${printable(warning)}\n`);
}

/** The arms of a run: what tuning chose (in the first search) and what fresh seeds gave. */
export function armTable(arms: readonly ArmResult[], color: boolean): string {
  const rows = arms.map(({ arm, best, finals, loss, accuracy }) => [
    arm,
    best.length === 0
      ? '-'
      : Object.entries(best[0].parameters)
          .map(([name, value]) => `${name} ${value.toPrecision(3)}`)
          .join(', '),
    best.length === 0 ? null : best[0].loss,
    finals.length,
    interval(loss, 4),
    interval(accuracy, 3),
  ]);
  return formatTable(['arm', 'tuned', 'tuning loss', 'seeds', 'test loss', 'test accuracy'], rows, { color });
}

/** The figures of a write-up's program: as stated, as we repeat it, as PyTorch repeats it. */
export function reproductionsTable(figures: readonly FigureResult[], color: boolean): string {
  const rows = figures.map(({ program, description, stated, values, reference = [], referenceP }) => [
    program,
    description,
    stated?.toString() ?? '-',
    spread(values),
    spread(reference),
    referenceP === null ? '-' : significant(referenceP, 2),
  ]);
  const headers = ['as written', 'figure', 'stated', 'ours: median [min, max]', 'PyTorch', 'p'];
  return formatTable(headers, rows, { color });
}

/** The claims of a study with their verdicts, a row for each comparison. */
export function claimTable(claims: readonly ClaimResult[], color: boolean): string {
  const rows = claims.flatMap(({ id, statement, arm, comparisons, share, verdict }) =>
    comparisons.map((one, i) => [
      i === 0 ? id : '',
      i === 0 ? statement : '',
      `${arm} - ${one.against}`,
      share === null ? interval(one.difference, 4) : `below 0 at ${(100 * share).toFixed(0)} % of epochs`,
      decidingInterval(one, share),
      one.pairs,
      one.detectable === null || share !== null ? '-' : significant(one.detectable, 2),
      one.adjustedP === null || share !== null ? '-' : significant(one.adjustedP, 2),
      i === 0 ? verdict : '',
    ]),
  );
  const headers = [
    ...['claim', 'statement', 'arms', 'difference, 95 %', 'decided by', 'pairs'],
    ...['detectable', 'p (Holm)', 'verdict'],
  ];
  return formatTable(headers, rows, { color });
}

/** The verdicts on all claims of several runs. */
export function verdictsTable(runs: readonly ReportedRun[]): string {
  const rows = runs.flatMap(({ study, folder, results }) =>
    results.claims.map(({ id, statement, verdict }, i) => [
      i === 0 ? study.name : '',
      `${id}: ${statement}`,
      verdict,
      i === 0 ? join(folder, 'report.html') : '',
    ]),
  );
  const table = formatTable(['study', 'claim', 'verdict', 'report'], rows, {
    color: usesColor(process.stdout),
  });
  return runs.some(({ record }) => record.quick) ? `${table}\n\n${quickNote}` : table;
}

/** `0.123 [0.1, 0.2]`; a dash where there is nothing. */
export function interval(estimate: Estimate | null, digits: number): string {
  if (estimate === null) return '-';
  const { mean, low, high } = estimate;
  const point = mean.toFixed(digits);
  return Number.isNaN(low) ? point : `${point} [${low.toFixed(digits)}, ${high.toFixed(digits)}]`;
}

/**
 * The interval that a verdict rests on, with its level: `[-0.05, 0.37] at 98.33 %`; a dash where there is none. A claim about
 * a share of the epochs rests on one at each of them.
 */
export function decidingInterval({ adjusted, level }: Comparison, share: number | null): string {
  if (share !== null) return `${formatLevel(0.95)} at each epoch`;
  if (adjusted === null || Number.isNaN(adjusted.low)) return '-';
  return `[${adjusted.low.toFixed(4)}, ${adjusted.high.toFixed(4)}] at ${formatLevel(level)}`;
}

/** `median [min, max]`; a dash where there is nothing. */
export function spread(values: readonly number[]): string {
  if (values.length === 0) return '-';
  const middle = significant(median(values), 5);
  if (values.length === 1) return middle;
  return `${middle} [${significant(Math.min(...values), 5)}, ${significant(Math.max(...values), 5)}]`;
}

/** A number with so many significant digits, short: 0.0012, 1.2e-7. */
export const significant = (value: number, digits: number): string =>
  String(Number(value.toPrecision(digits)));
