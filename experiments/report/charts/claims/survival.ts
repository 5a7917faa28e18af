import { UsageError } from '../../../../engine/core/errors.js';
import { isList, isText, kind } from '../../../../engine/core/options.js';
import { armChannels, coverage, coveredBy, type OfStudy, studyKinds } from '../../draw/arms.js';
import { type Axis, countOn, domainOf, positionOn, readAxis } from '../../draw/axes.js';
import { type Figure, type Heading, type Layer, frame, headingKinds, inLayouts } from '../../draw/figure.js';
import type { Layout } from '../../draw/layout.js';
import { isCount, isObject, type PartKinds, readEach, readParts } from '../../draw/parts.js';

export interface SurvivalArm {
  readonly name: string;
  readonly seeds: number;
  /** The share of them that had reached the threshold after epoch 1, 2, ... */
  readonly reached: readonly number[];
}

export interface Survival extends Heading, OfStudy {
  /** The epochs. */
  readonly x: Axis;
  /** What is reached, as in `test cross-entropy ≤ 1.2`. */
  readonly threshold: string;
  readonly arms: readonly SurvivalArm[];
}

const kinds: PartKinds<Survival> = {
  required: { ...headingKinds.required, x: isObject, threshold: isText, arms: isList },
  optional: { ...headingKinds.optional, ...studyKinds.optional },
};
const armKinds: PartKinds<SurvivalArm> = {
  required: {
    name: isText,
    seeds: isCount,
    reached: kind('a list of shares from 0 to 1, at least one', (value) => {
      const isShare = (share: unknown) => typeof share === 'number' && share >= 0 && share <= 1;
      return Array.isArray(value) && value.length > 0 && value.every(isShare);
    }),
  },
  optional: {},
};

/**
 * How soon arms reach a threshold: for each the share of its seeds that did so by each epoch, as a step curve. Seeds that never did
 * are counted in the legend, which also names a curve that another one covers.
 *
 * Throws a UsageError without an arm, or if two have one name.
 */
export function survival(description: Survival): Figure {
  const { x, arms } = readParts('survival', description, kinds);
  readAxis('survival: x', x);
  readEach('survival', 'arms', arms, armKinds);
  if (arms.length === 0) throw new UsageError('survival: no arm to draw; leave the figure out.');
  return inLayouts((layout) => drawSurvival(layout, description));
}

function drawSurvival(layout: Layout, description: Survival): Figure {
  const { x, threshold, arms, studyArms } = description;
  const y: Axis = { title: 'share of seeds', bounds: [0, 1] };
  const last = Math.max(...arms.map(({ reached }) => reached.length));
  const xDomain = domainOf('survival', { ...x, bounds: [0, last] }, [0, last]);
  const yDomain = [0, 1] as const;
  const curves = arms.map(({ reached }) => [0, ...reached].map((share, epoch) => ({ epoch, share })));
  const covered = coveredBy(
    y,
    yDomain,
    arms.map(({ name }, i) => ({ name, points: curves[i].map(({ epoch, share }) => [epoch, share]) })),
  );
  const labels = arms.map(({ name, seeds, reached }, i) => {
    const never = Math.round(seeds * (1 - reached[reached.length - 1]));
    const words = never === 0 ? '' : `, ${never} never`;
    return `${name} (n = ${seeds}${words}${coverage(covered[i])})`;
  });
  const names = arms.map(({ name }) => name);
  const { color, strokeDash, entries } = armChannels('survival', names, labels, studyArms, layout);
  const encoding = {
    x: countOn(x, 'epoch', xDomain),
    y: positionOn(y, 'share', yDomain, [0, 0.25, 0.5, 0.75, 1]),
    ...{ color, strokeDash },
  };
  const layers = curves.map((points, i): Layer => {
    // Beside each other where they have the same share.
    const yOffset = beside * (i - (curves.length - 1) / 2);
    return {
      data: { values: points.map((point) => ({ arm: labels[i], ...point })) },
      mark: { type: 'line', interpolate: 'step-after', strokeWidth: 2.2, strokeJoin: 'miter', yOffset },
      encoding,
    };
  });
  const note = `line: share of the seeds that reached ${threshold} by then`;
  return frame(layout, description, note, layers, {}, entries);
}

/** Pixels between the lines of arms with the same share. */
const beside = 1.6;
