import type { ArmResult, ClaimResult } from '../runner/results.js';
import type { Estimate } from '../stats/paired.js';
import { formatTable } from './table.js';

/** The arms of a run: what tuning chose and what fresh seeds gave. */
export function armTable(arms: readonly ArmResult[], color: boolean): string {
  const rows = arms.map(({ arm, best, finals, loss, accuracy }) => [
    arm,
    best === null
      ? '-'
      : Object.entries(best.parameters)
          .map(([name, value]) => `${name} ${value.toPrecision(3)}`)
          .join(', '),
    best?.loss ?? null,
    finals.length,
    interval(loss, 4),
    interval(accuracy, 3),
  ]);
  return formatTable(['arm', 'tuned', 'tuning loss', 'seeds', 'test loss', 'test accuracy'], rows, { color });
}

/** The claims of a study with their verdicts. */
export function claimTable(claims: readonly ClaimResult[], color: boolean): string {
  const rows = claims.map(({ id, statement, difference, pairs, verdict }) => [
    id,
    statement,
    interval(difference, 4),
    pairs,
    verdict,
  ]);
  return formatTable(['claim', 'statement', 'difference', 'pairs', 'verdict'], rows, { color });
}

function interval(estimate: Estimate | null, digits: number): string {
  if (estimate === null) return '-';
  const { mean, low, high } = estimate;
  const point = mean.toFixed(digits);
  return Number.isNaN(low) ? point : `${point} [${low.toFixed(digits)}, ${high.toFixed(digits)}]`;
}
