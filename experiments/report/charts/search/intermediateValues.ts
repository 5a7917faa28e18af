import { UsageError } from '../../../../engine/core/errors.js';
import { bestOf, type TrialRecord } from '../../../tuning/log/records.js';
import { armChannels } from '../../draw/arms.js';
import { countOn, domainOf, positionOn } from '../../draw/axes.js';
import { type Figure, frame, inLayouts, type Layer } from '../../draw/figure.js';
import type { Layout } from '../../draw/layout.js';
import { armStyle } from '../../draw/theme.js';
import { readStudyPicture, type StudyPicture } from './trialValues.js';

/** The ends of trials, and the palette's colour of each; orange is the best trial. */
const ends = [
  { state: 'complete', word: 'complete', style: 0 },
  { state: 'pruned', word: 'pruned', style: 3 },
  { state: 'running', word: 'running', style: 5 },
  { state: 'fail', word: 'failed', style: 6 },
] as const;

/**
 * The reports of trials by step: a thin line for each trial, with a dot at its last report, coloured by its end, and the best
 * trial over all others. A non-finite report is a gap in the line.
 *
 * Throws a UsageError if no trial reported a finite value.
 */
export function intermediateValues(description: StudyPicture): Figure {
  readStudyPicture('intermediateValues', description);
  return inLayouts((layout) => drawValues(layout, description));
}

function drawValues(layout: Layout, description: StudyPicture): Figure {
  const { y, trials } = description;
  const reporting = trials.filter(({ intermediateValues: reports }) => reports.size > 0);
  if (reporting.length === 0) {
    throw new UsageError('intermediateValues: no trial reported a value; leave the figure out.');
  }
  const best = bestOf(description.direction, trials)?.number;
  const members = (state: string) =>
    reporting.filter((trial) => trial.state === state && trial.number !== best);
  const groups = [
    ...ends.map(({ state, word, style }) => {
      const ofState = members(state);
      return { label: `${word} (${ofState.length} trials)`, trials: ofState, style };
    }),
    { label: `best: trial ${best}`, trials: reporting.filter(({ number }) => number === best), style: 1 },
  ].filter((group) => group.trials.length > 0);

  const rows = groups.flatMap(({ label, trials: ofState }) =>
    ofState.flatMap((trial) =>
      reportsOf(trial).map((report) => ({ arm: label, trial: trial.number, ...report })),
    ),
  );
  const finite = rows.filter(({ value }) => value !== null);
  const isBest = (row: { readonly trial: number }): boolean => row.trial === best;
  const labels = groups.map(({ label }) => label);
  const { color } = armChannels('intermediateValues', labels, labels, labels, layout);
  const range = groups.map(({ style }) => armStyle(style).color);
  const entries = groups.map(({ label, style }) => ({ label, ...armStyle(style) }));
  const steps = { title: 'step' };
  const xDomain = domainOf(
    'intermediateValues',
    steps,
    finite.map(({ step }) => step),
  );
  const yDomain = domainOf(
    'intermediateValues',
    y,
    finite.map(({ value }) => value!),
  );
  const channels = {
    x: countOn(steps, 'step', xDomain),
    y: positionOn(y, 'value', yDomain),
    color: { ...color, scale: { domain: labels, range } },
  };
  // The more lines, the fainter each.
  const opacity = Math.max(0.18, Math.min(0.7, 12 / groups.length / Math.sqrt(reporting.length * 4)));
  const layers: Layer[] = [
    {
      data: { values: rows.filter((row) => !isBest(row)) },
      mark: { type: 'line', strokeWidth: 1.2, opacity },
      encoding: {
        ...channels,
        detail: { field: 'trial', type: 'nominal' },
      },
    },
    {
      data: { values: finite.filter((row) => row.dot && !isBest(row)) },
      mark: { type: 'point', filled: true, opacity: Math.min(1, opacity * 1.8), size: 14 },
      encoding: channels,
    },
    {
      data: { values: rows.filter(isBest) },
      mark: { type: 'line', strokeWidth: 3 },
      encoding: channels,
    },
    {
      data: { values: finite.filter((row) => row.alone && isBest(row)) },
      mark: { type: 'point', filled: true, opacity: 1, size: 40 },
      encoding: channels,
    },
  ];
  const gaps = finite.length < rows.length ? '; gaps: non-finite reports' : '';
  const note = `a line a trial, with a dot at its last report${gaps}`;
  return frame(layout, description, note, layers, {}, entries);
}

/** The reports of a trial in the order of their steps; null, for a non-finite one, breaks the line. */
function reportsOf({ intermediateValues: reports }: TrialRecord) {
  const sorted = [...reports].sort(([a], [b]) => a - b);
  const isDrawn = (at: number): boolean => Number.isFinite(sorted[at]?.[1]);
  const last = sorted.findLastIndex(([, value]) => Number.isFinite(value));
  return sorted.map(([step, value], i) => {
    if (!isDrawn(i)) return { step, value: null, dot: false, alone: false };
    // No line reaches a point with gaps on both sides.
    const alone = !isDrawn(i - 1) && !isDrawn(i + 1);
    return { step, value, dot: alone || i === last, alone };
  });
}
