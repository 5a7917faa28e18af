/** What a reader of a run's verdicts has to keep in mind. */
import type { RunConfig } from '../../runner/record/recordFiles.js';
import type { RunData } from '../../runner/record/runData.js';
import type { Results } from '../../runner/results/results.js';
import { significant } from './cells.js';

/** Sentences on the limits of a run: its one data set, spaces that may end too early, and what its record notes. */
export function notesOf({ notes = [] }: RunConfig, { config }: RunData, results: Results): readonly string[] {
  const bounds = boundsNote(results);
  return [
    ...notes,
    ...(config.dataSeeds || results.claims.length === 0
      ? []
      : ['All seeds have the same data set: the intervals are for this one data set.']),
    ...(bounds === undefined ? [] : [bounds]),
  ];
}

/** Names the ranges at one end of which most best trials lie. */
function boundsNote({ bounds }: Results): string | undefined {
  const ends = bounds.filter(({ isAtBound }) => isAtBound);
  if (ends.length === 0) return undefined;
  const named = ends.map(({ arm, parameter, best, nearLow, nearHigh, low, high }) => {
    const [count, end] = nearLow > nearHigh ? [nearLow, low] : [nearHigh, high];
    return `${parameter} of ${arm} (${count} of ${best.length} near ${significant(end, 3)})`;
  });
  return `The best trials lie within 5 % of the end of a range, so that a wider one may give better results: ${named.join('; ')}.`;
}
