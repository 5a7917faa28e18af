/** The table of what the arms of a run are. */
import type { RunData } from '../../../runner/record/runData.js';
import type { ArmConfig, SearchRange } from '../../../studies/config.js';
import type { ReportTable } from '../../tables/table.js';

/** A row for each arm: what it does, where its parameters come from, and the rows that it trains on. */
export function descriptionsTable({ config }: RunData): ReportTable {
  return {
    caption: 'The arms.',
    headers: ['arm', 'what it does', 'searched', 'trains on'],
    rows: Object.entries(config.arms).map(([name, arm]) => [
      name,
      arm.description,
      searchedIn(arm),
      arm.trainsOn,
    ]),
  };
}

/** Where the parameters of an arm come from, as in `lr 0.0001 to 0.1 (log)` and `as adam, the first 5 trials`. */
function searchedIn({ space, tunedAs, firstTrials, sweep }: ArmConfig): string {
  const first = firstTrials === undefined ? '' : `, the first ${firstTrials} trials`;
  const parts = [
    ...Object.entries(space).map(([name, range]) => `${name} ${rangeText(range)}`),
    ...(tunedAs === undefined ? [] : [`as ${tunedAs}${first}`]),
    ...(sweep === undefined ? [] : [`${sweep.parameter} swept over ${sweep.values.join(', ')}`]),
  ];
  return parts.join('; ') || 'nothing';
}

function rangeText(range: SearchRange): string {
  if ('choices' in range) return `of ${range.choices.join(', ')}`;
  const { low, high, log, int = false } = range;
  const kinds = [...(log ? ['log'] : []), ...(int ? ['integer'] : [])];
  return `${low} to ${high}${kinds.length === 0 ? '' : ` (${kinds.join(', ')})`}`;
}
