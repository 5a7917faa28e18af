import { UsageError } from '../../engine/core/errors.js';
import { armChannels } from './arms.js';
import { countOn, domainOf, positionOn } from './axes.js';
import { type Figure, frame, type Layer } from './figure.js';
import { armStyle } from './theme.js';
import { type StudyPicture, worstFirst } from './trialValues.js';

/** How trials end, and the place in the palette for each; orange is the best's. */
const ends = [
  { state: 'complete', word: 'complete', style: 0 },
  { state: 'pruned', word: 'pruned', style: 3 },
  { state: 'running', word: 'running', style: 5 },
  { state: 'fail', word: 'failed', style: 6 },
] as const;

/**
 * What the trials reported step by step: a thin line a trial with a dot at its last report, by how it ended, and the
 * best trial over all others.
 *
 * Throws a UsageError if no trial reported a finite value.
 */
export function intermediateValues(description: StudyPicture): Figure {
  const { y, trials } = description;
  const reporting = trials.filter(({ intermediateValues: reports }) => reports.size > 0);
  if (reporting.length === 0) {
    throw new UsageError('intermediateValues: no trial reported a value; leave the figure out.');
  }
  const best = worstFirst(description).at(-1)?.number;
  const members = (state: string) =>
    reporting.filter((trial) => trial.state === state && trial.number !== best);
  const groups = [
    ...ends.map(({ state, word, style }) => {
      const its = members(state);
      return { label: `${word} (${its.length} trials)`, trials: its, style };
    }),
    { label: `best: trial ${best}`, trials: reporting.filter(({ number }) => number === best), style: 1 },
  ].filter((group) => group.trials.length > 0);

  const rows = groups.flatMap(({ label, trials: its }) =>
    its.flatMap(({ number, intermediateValues: reports }) =>
      [...reports]
        .sort(([a], [b]) => a - b)
        .filter(([, value]) => Number.isFinite(value))
        .map(([step, value]) => ({ arm: label, trial: number, step, value })),
    ),
  );
  const lasts = rows.filter((row, i) => rows[i + 1]?.trial !== row.trial);
  const isBest = (row: { readonly trial: number }): boolean => row.trial === best;
  const labels = groups.map(({ label }) => label);
  const { color } = armChannels('intermediateValues', labels);
  const range = groups.map(({ style }) => armStyle(style).color);
  const steps = { title: 'step' };
  const xDomain = domainOf(
    'intermediateValues',
    steps,
    rows.map(({ step }) => step),
  );
  const yDomain = domainOf(
    'intermediateValues',
    y,
    rows.map(({ value }) => value),
  );
  const channels = {
    x: countOn(steps, 'step', xDomain),
    y: positionOn(y, 'value', yDomain),
    color: { ...color, scale: { domain: labels, range } },
  };
  // The more lines, the fainter each.
  const opacity = Math.max(0.18, Math.min(0.7, 12 / groups.length / Math.sqrt(reporting.length * 4)));
  const tooltip = { content: 'data' } as const;
  const layers: Layer[] = [
    {
      data: { values: rows.filter((row) => !isBest(row)) },
      params: [{ name: 'hovered', select: { type: 'point', fields: ['trial'], on: 'pointerover' } }],
      mark: { type: 'line', strokeWidth: 1.2, tooltip },
      encoding: {
        ...channels,
        detail: { field: 'trial', type: 'nominal' },
        opacity: { condition: { param: 'hovered', empty: false, value: 1 }, value: opacity },
      },
    },
    {
      data: { values: lasts.filter((row) => !isBest(row)) },
      mark: { type: 'point', filled: true, opacity: Math.min(1, opacity * 1.8), size: 14, tooltip },
      encoding: channels,
    },
    {
      data: { values: rows.filter(isBest) },
      mark: { type: 'line', strokeWidth: 3, tooltip },
      encoding: channels,
    },
  ];
  return frame(description, 'a line a trial, with a dot at its last report', layers);
}
