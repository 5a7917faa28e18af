import { isFinite, isList, isOneOf, isText, kind } from '../../../../engine/core/options.js';
import { armChannels, coverage, coveredBy, type OfStudy, studyKinds } from '../../draw/arms.js';
import { type Axis, countOn, domainOf, positionOn, readAxis } from '../../draw/axes.js';
import { type Figure, type Heading, type Layer, frame, inLayouts, headingKinds } from '../../draw/figure.js';
import type { Layout } from '../../draw/layout.js';
import { crossMark } from '../../draw/theme.js';
import { isObject, type PartKinds, readEach, readParts } from '../../draw/parts.js';

export interface SearchTrial {
  /** Position in the search, from 0 on as the trials table counts. */
  readonly number: number;
  /** The objective; null or NaN if the trial failed, diverged or was cut off. */
  readonly value: number | null;
}

export interface SearchArm {
  readonly name: string;
  readonly trials: readonly SearchTrial[];
}

export interface OptimizationHistory extends Heading, OfStudy {
  readonly direction: 'minimize' | 'maximize';
  /** The objective. */
  readonly y: Axis;
  readonly arms: readonly SearchArm[];
}

const kinds: PartKinds<OptimizationHistory> = {
  required: {
    ...{ ...headingKinds.required, direction: isOneOf('minimize', 'maximize') },
    ...{ y: isObject, arms: isList },
  },
  optional: { ...headingKinds.optional, ...studyKinds.optional },
};
const armKinds: PartKinds<SearchArm> = { required: { name: isText, trials: isList }, optional: {} };
const trialKinds: PartKinds<SearchTrial> = {
  required: {
    number: isFinite,
    value: kind('a number or null', (value) => value === null || typeof value === 'number'),
  },
  optional: {},
};

/**
 * The trials of a search and its progress: for each arm its trials as dots, the best so far as a step line, and as crosses
 * at the edges of the plot trials with an infinite value and, on the losing side, those without one. The line ends at a trial
 * that is infinitely good. The legend names a line that another one covers.
 *
 * Throws a UsageError if no trial of any arm has a value or a log axis meets one that is not positive.
 */
export function optimizationHistory(description: OptimizationHistory): Figure {
  const { y, arms } = readParts('optimizationHistory', description, kinds);
  readAxis('optimizationHistory: y', y);
  readEach('optimizationHistory', 'arms', arms, armKinds);
  arms.forEach(({ trials: ofArm }, i) => {
    readEach(`optimizationHistory: arms[${i}]`, 'trials', ofArm, trialKinds);
  });
  return inLayouts((layout) => drawHistory(layout, description));
}

function drawHistory(layout: Layout, description: OptimizationHistory): Figure {
  const { direction, y, arms, studyArms } = description;
  const values = arms.flatMap((arm) => arm.trials.map(({ value }) => value ?? NaN));
  const yDomain = domainOf('optimizationHistory', y, values);
  const best = arms.map((arm) => bestSoFar(arm.trials, direction));
  const covered = coveredBy(
    y,
    yDomain,
    arms.map(({ name }, i) => ({ name, points: best[i].map(({ number, value }) => [number, value]) })),
  );
  const names = arms.map(({ name }) => name);
  const labels = arms.map(
    ({ name, trials }, position) => `${name} (${trials.length} trials${coverage(covered[position])})`,
  );
  const trials = arms.flatMap((arm, position) =>
    arm.trials.map(({ number, value }) => ({ arm: labels[position], number, value: value ?? NaN })),
  );
  const succeeded = trials.filter(({ value }) => Number.isFinite(value));
  const others = trials.filter(({ value }) => !Number.isFinite(value));
  const losing = direction === 'minimize' ? Infinity : -Infinity;
  const edgeOf = (value: number): number => yDomain[(Number.isNaN(value) ? losing : value) > 0 ? 1 : 0];

  const numbers = trials.map(({ number }) => number);
  const { color, strokeDash, entries } = armChannels('optimizationHistory', names, labels, studyArms, layout);
  const channels = {
    x: countOn({ title: 'trial' }, 'number', domainOf('optimizationHistory', { title: 'trial' }, numbers)),
    y: positionOn(y, 'value', yDomain),
    color,
  };
  const layers: Layer[] = [
    {
      data: { values: succeeded },
      mark: { type: 'point', filled: true, opacity: 0.55, size: 42 },
      encoding: channels,
    },
    {
      data: {
        values: best.flatMap((points, position) =>
          points.map((point) => ({ arm: labels[position], ...point })),
        ),
      },
      mark: { type: 'line', interpolate: 'step-after', strokeWidth: 2.2 },
      encoding: { ...channels, strokeDash },
    },
  ];
  if (others.length > 0) {
    layers.push({
      data: { values: others.map((trial) => ({ ...trial, value: edgeOf(trial.value) })) },
      mark: { ...crossMark, opacity: 0.9, size: 70 },
      encoding: channels,
    });
  }
  const crosses = others.length > 0 ? '; crosses at the edge: failed or infinite trials' : '';
  return frame(layout, description, `dots: trials; line: best so far${crosses}`, layers, {}, entries);
}

/** The best value up to each trial, from the first finite one on. It ends at an infinitely good trial. */
function bestSoFar(trials: readonly SearchTrial[], direction: 'minimize' | 'maximize') {
  const isBetter = (value: number, than: number): boolean =>
    direction === 'minimize' ? value < than : value > than;
  const points: { number: number; value: number }[] = [];
  let best = direction === 'minimize' ? Infinity : -Infinity;
  for (const { number, value } of [...trials].sort((a, b) => a.number - b.number)) {
    const before = best;
    if (value !== null && isBetter(value, best)) best = value;
    if (Number.isFinite(best)) points.push({ number, value: best });
    else if (best !== before && Number.isFinite(before)) points.push({ number, value: before });
  }
  return points;
}
