import { armChannels } from './arms.js';
import type { Axis } from './axes.js';
import { countOn, domainOf, positionOn } from './axes.js';
import type { Figure, Heading, Layer } from './figure.js';
import { frame } from './figure.js';

export interface SearchTrial {
  /** Position in the search, from 0 on as the trials table counts. */
  readonly number: number;
  /** What the trial is judged by; null or not finite if it failed, diverged or was cut off without one. */
  readonly value: number | null;
}

export interface SearchArm {
  readonly name: string;
  readonly trials: readonly SearchTrial[];
}

export interface OptimizationHistory extends Heading {
  readonly direction: 'minimize' | 'maximize';
  /** The objective. */
  readonly y: Axis;
  /** In the study's order, which gives each its colour. */
  readonly arms: readonly SearchArm[];
}

/**
 * What a search tried and when it got better: for each arm its trials as dots, the best so far as a step line, and trials
 * without a value as crosses on the losing edge of the plot.
 *
 * Throws a UsageError if no trial of any arm has a value or a log axis meets one that is not positive.
 */
export function optimizationHistory(description: OptimizationHistory): Figure {
  const { direction, y, arms } = description;
  const labels = arms.map(({ name, trials }) => `${name} (${trials.length} trials)`);
  const trials = arms.flatMap((arm, position) =>
    arm.trials.map(({ number, value }) => ({ arm: labels[position], number, value: value ?? NaN })),
  );
  const succeeded = trials.filter(({ value }) => Number.isFinite(value));
  const failed = trials.filter(({ value }) => !Number.isFinite(value));
  const best = arms.flatMap((arm, position) =>
    bestSoFar(arm.trials, direction).map((point) => ({ arm: labels[position], ...point })),
  );

  const numbers = trials.map(({ number }) => number);
  const yDomain = domainOf(
    'optimizationHistory',
    y,
    succeeded.map(({ value }) => value),
  );
  const losingEdge = yDomain[direction === 'minimize' ? 1 : 0];
  const { color, strokeDash } = armChannels('optimizationHistory', labels);
  const channels = {
    x: countOn({ title: 'trial' }, 'number', domainOf('optimizationHistory', { title: 'trial' }, numbers)),
    y: positionOn(y, 'value', yDomain),
    color,
  };
  const layers: Layer[] = [
    {
      data: { values: succeeded },
      mark: { type: 'point', filled: true, opacity: 0.55, size: 42, tooltip: { content: 'data' } },
      encoding: channels,
    },
    {
      data: { values: best },
      mark: { type: 'line', interpolate: 'step-after', strokeWidth: 2.2 },
      encoding: { ...channels, strokeDash },
    },
  ];
  if (failed.length > 0) {
    layers.push({
      data: { values: failed.map((trial) => ({ ...trial, value: losingEdge })) },
      mark: { type: 'point', shape: 'cross', angle: 45, filled: true, opacity: 0.9, size: 70 },
      encoding: channels,
    });
  }
  const crosses = failed.length > 0 ? '; crosses at the edge: failed or diverged trials' : '';
  return frame(description, `dots: trials; line: best so far${crosses}`, layers);
}

/** The best value up to each trial, from the first that has one on. */
function bestSoFar(trials: readonly SearchTrial[], direction: 'minimize' | 'maximize') {
  const better = direction === 'minimize' ? Math.min : Math.max;
  const points: { number: number; value: number }[] = [];
  for (const { number, value } of [...trials].sort((a, b) => a.number - b.number)) {
    const before = points.at(-1)?.value;
    const measured = value !== null && Number.isFinite(value) ? value : before;
    if (measured !== undefined) points.push({ number, value: better(before ?? measured, measured) });
  }
  return points;
}
