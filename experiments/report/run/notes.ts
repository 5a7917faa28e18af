/** What a reader of a run's verdicts has to keep in mind. */
import type { RunData } from '../../runner/record/runData.js';
import type { Results } from '../../runner/results/results.js';
import { significant } from './tables/cells.js';
import { changesOf } from './tables/changesTable.js';
import type { ReportedRun } from './common/reportedRun.js';

/**
 * Sentences on the limits of a run: edits of what was registered, seeds added after looking, changes against the preset, its one
 * data set, arms whose trials all diverged, spaces that may end too early, and what its record notes.
 */
export function notesOf(run: Pick<ReportedRun, 'study' | 'record' | 'data' | 'results'>): readonly string[] {
  const { record, data, results } = run;
  const { config, seedsAddedFrom, registrationProblems } = data;
  const changes = changesOf(run).length;
  const withMoreRows = Object.values(config.arms).some(({ trainsOn }) => trainsOn === 'train+metaVal');
  return [
    ...registrationProblems.map((problem) => `Registration: ${problem}.`),
    ...(seedsAddedFrom === null ? [] : [addedNote(seedsAddedFrom, config.seeds)]),
    ...(record.notes ?? []),
    ...(changes === 0
      ? []
      : [
          `${changes} ${changes === 1 ? 'setting differs' : 'settings differ'} from the preset of the study; the page lists ${changes === 1 ? 'it' : 'them'} under Record.`,
        ]),
    ...(config.dataSeeds || results.claims.length === 0
      ? []
      : ['All seeds have the same data set: the intervals are for this one data set.']),
    ...(config.protocol === 'seed' && withMoreRows
      ? [
          'In the protocol `seed` all arms train on the whole training split: those on “train+metaVal” have no more rows than the others.',
        ]
      : []),
    ...divergedNotes(data),
    ...boundsNote(results),
  ];
}

const addedNote = (from: number, seeds: number): string =>
  `${seeds - from} of ${seeds} seeds, from seed ${from} on, were added after results could be seen, so that the verdicts err more often than their levels say; pictures of pairs have hollow dots for them.`;

/** Names the arms of which not one trial gave a number. */
function divergedNotes({ config, searches }: Pick<RunData, 'config' | 'searches'>): string[] {
  return Object.keys(config.arms).flatMap((arm) => {
    const ended = searches
      .filter((search) => search.arm === arm)
      .flatMap(({ study }) => study.trials.filter(({ state }) => state === 'complete' || state === 'fail'));
    if (ended.length === 0 || ended.some(({ value }) => value !== null && Number.isFinite(value))) return [];
    return [
      `Every trial of ${arm} diverged (${ended.length}), so that nothing of it was tuned: look for a mistake in its program or its space.`,
    ];
  });
}

/** Names the ranges at one end of which most best trials lie. */
function boundsNote({ bounds }: Results): string[] {
  const ends = bounds.filter(({ isAtBound }) => isAtBound);
  if (ends.length === 0) return [];
  const named = ends.map(({ arm, parameter, best, nearLow, nearHigh, low, high }) => {
    const [count, end] = nearLow > nearHigh ? [nearLow, low] : [nearHigh, high];
    return `${parameter} of ${arm} (${count} of ${best.length} near ${significant(end, 3)})`;
  });
  return [
    `Most best trials lie within 5 % of one end of their range, so that a wider one may give better results: ${named.join('; ')}.`,
  ];
}
