import { isFinite, isList, isText, kind } from '../../../engine/core/options.js';
import { armChannels, coverage, coveredBy, type OfStudy, studyKinds } from '../draw/arms.js';
import { type Axis, countOn, domainOf, positionOn, readAxis } from '../draw/axes.js';
import { type Figure, type Heading, type Layer, frame, headingKinds, inLayouts } from '../draw/figure.js';
import type { Layout } from '../draw/layout.js';
import { isObject, isRankable, type PartKinds, readEach, readParts } from '../draw/parts.js';

export interface SurvivalArm {
  readonly name: string;
  /** For each seed the first epoch that reached the threshold; Infinity for one that never did. */
  readonly reached: readonly number[];
}

export interface Survival extends Heading, OfStudy {
  /** The epochs. */
  readonly x: Axis;
  /** What is reached, as in `test cross-entropy ≤ 1.2`. */
  readonly threshold: string;
  /** The last epoch: what had not been reached by then never was. */
  readonly last: number;
  readonly arms: readonly SurvivalArm[];
}

const kinds: PartKinds<Survival> = {
  required: { ...headingKinds.required, x: isObject, threshold: isText, last: isFinite, arms: isList },
  optional: { ...headingKinds.optional, ...studyKinds.optional },
};
const armKinds: PartKinds<SurvivalArm> = {
  required: {
    name: isText,
    reached: kind(
      'a list of numbers other than NaN, at least one',
      (value) => isRankable.accepts(value) && (value as readonly number[]).length > 0,
    ),
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
  return inLayouts((layout) => drawSurvival(layout, description));
}

function drawSurvival(layout: Layout, description: Survival): Figure {
  const { x, last, threshold, arms, studyArms } = description;
  const y: Axis = { title: 'share of seeds', bounds: [0, 1] };
  const xDomain = domainOf('survival', { ...x, bounds: [0, last] }, arms.length === 0 ? [] : [0, last]);
  const yDomain = [0, 1] as const;
  const curves = arms.map(({ reached }) => stepsOf(reached, last));
  const covered = coveredBy(
    y,
    yDomain,
    arms.map(({ name }, i) => ({ name, points: curves[i].map(({ epoch, share }) => [epoch, share]) })),
  );
  const labels = arms.map(({ name, reached }, i) => {
    const never = reached.filter((epoch) => epoch > last).length;
    const words = never === 0 ? '' : `, ${never} never`;
    return `${name} (n = ${reached.length}${words}${coverage(covered[i])})`;
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

/** The share of seeds that reached it by each epoch, at the start, at each change and at the end. */
function stepsOf(reached: readonly number[], last: number) {
  const epochs = [...new Set([0, ...reached.filter((epoch) => epoch <= last), last])].sort((a, b) => a - b);
  return epochs.map((epoch) => ({
    epoch,
    share: reached.filter((one) => one <= epoch).length / reached.length,
  }));
}
