/** Verdicts in words: for the top of a page, a terminal and Markdown. */
import type { ClaimResult } from '../../../runner/results/claims/claims.js';
import type { RunData } from '../../../runner/record/runData.js';
import { printable } from '../../../text/printable.js';
import { verdictStyles } from '../../draw/theme.js';
import { isInterim } from '../common/reportedRun.js';
import { type ReportCell, type ReportTable, verdictText } from '../../tables/table.js';
import { paintMark, usesColor, widthOf, wrap } from '../../tables/terminal.js';

/** The variations of a claim that have another verdict, as in `half the margin, 0.01 (inconclusive)`; empty if none. */
export function flipsOf({ sensitivity }: ClaimResult): string {
  const byVerdict = new Map<string, string[]>();
  for (const { flips, label, verdict } of sensitivity)
    if (flips) byVerdict.set(verdict, [...(byVerdict.get(verdict) ?? []), label]);
  return [...byVerdict]
    .map(
      ([verdict, labels]) => `${labels.join('; ')} (${['', 'both '][labels.length - 1] ?? 'all '}${verdict})`,
    )
    .join('; ');
}

/** The verdict on each claim with its sentence, and what would flip it. */
export const sentenceTable = (
  claims: readonly ClaimResult[],
  data: Pick<RunData, 'status'>,
): ReportTable => ({
  headers: ['claim', 'verdict', 'in words', 'flips under'],
  details: ['flips under'],
  rows: claims.map((claim): ReportCell[] => [
    `${claim.id}: ${claim.statement}`,
    { verdict: claim.verdict, interim: isInterim({ data }) },
    claim.sentence,
    flipsOf(claim),
  ]),
});

const indent = '  ';

/** The same as lines for a terminal: a claim with its verdict, below it the sentence, and in one line what would flip it. */
export function verdictLines(
  claims: readonly ClaimResult[],
  data: Pick<RunData, 'status'>,
  { color = usesColor(process.stdout), width = widthOf(process.stdout) } = {},
): string {
  const lines = claims.flatMap((claim) => {
    const { id, verdict, sentence } = claim;
    const flips = flipsOf(claim);
    const below = [sentence, ...(flips === '' ? [] : [`flips under: ${flips}`])];
    const head = `${verdictStyles[verdict].mark} ${printable(id)}: ${verdictText({ verdict, interim: isInterim({ data }) })}`;
    return [
      paintMark(head, color),
      ...below.flatMap((text) => wrap(printable(text), width - indent.length).map((line) => indent + line)),
    ];
  });
  return lines.join('\n');
}
