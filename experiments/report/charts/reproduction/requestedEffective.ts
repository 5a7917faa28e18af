import { isList, isNumber, isText } from '../../../../engine/core/options.js';
import { armChannels, type OfStudy, studyKinds } from '../../draw/arms.js';
import { type Axis, axisTitle, domainOf, positionOn, ticksOf, readAxis } from '../../draw/axes.js';
import { type Figure, type Heading, type Layer, frame, inLayouts, headingKinds } from '../../draw/figure.js';
import type { Layout } from '../../draw/layout.js';
import { checkArms } from '../training/measurement.js';
import { isObject, isTexts, type PartKinds, readEach, readParts } from '../../draw/parts.js';
import { ink, size } from '../../draw/theme.js';

/** A trial of an arm: the value that was requested, and the one that its training used. */
export interface RequestedEffective {
  readonly arm: string;
  readonly requested: number;
  readonly effective: number;
}

export interface RequestedEffectivePicture extends Heading, OfStudy {
  /** The setting, such as the learning rate; both axes have its scale and unit. */
  readonly setting: Axis;
  readonly arms: readonly string[];
  readonly trials: readonly RequestedEffective[];
}

const kinds: PartKinds<RequestedEffectivePicture> = {
  required: { ...headingKinds.required, setting: isObject, arms: isTexts, trials: isList },
  optional: { ...headingKinds.optional, ...studyKinds.optional },
};
const trialKinds: PartKinds<RequestedEffective> = {
  required: { arm: isText, requested: isNumber, effective: isNumber },
  optional: {},
};

/** Pixels of either side: both axes have the same scale. */
const side = 400;

/**
 * Shows whether a setting took effect: for each trial the requested value against the one that its training used. Dots on the
 * diagonal are trials whose value took effect; a horizontal row of dots is a setting that was ignored.
 *
 * Throws a UsageError if there is nothing finite to draw or a log axis meets a value that is not positive.
 */
export function requestedEffective(description: RequestedEffectivePicture): Figure {
  const { setting, arms, trials } = readParts('requestedEffective', description, kinds);
  readAxis('requestedEffective: setting', setting);
  readEach('requestedEffective', 'trials', trials, trialKinds);
  checkArms('requestedEffective', arms, trials);
  return inLayouts((layout) => drawRequested(layout, description));
}

function drawRequested(layout: Layout, description: RequestedEffectivePicture): Figure {
  const { setting, arms, trials, studyArms } = description;
  const labels = arms.map((arm) => `${arm} (${trials.filter((trial) => trial.arm === arm).length} trials)`);
  const both = trials.flatMap(({ requested, effective }) => [requested, effective]);
  const domain = domainOf('requestedEffective', setting, both);
  const ticks = ticksOf(setting, domain, 5);
  const on = (word: string, field: string) => {
    const channel = positionOn(setting, field, domain, ticks);
    const title = `${word} ${axisTitle(setting)}`;
    return { ...channel, title, axis: { ...channel.axis, title } };
  };
  const channels = { x: on('requested', 'requested'), y: on('effective', 'effective') };
  const { color } = armChannels('requestedEffective', arms, labels, studyArms);
  const legend = { orient: 'bottom' as const, columns: 1, symbolSize: 80, symbolOpacity: 1 };
  const shapes = ['circle', 'triangle-up', 'square', 'diamond', 'triangle-down', 'cross', 'triangle-right'];
  const layers: Layer[] = [
    {
      data: { values: domain.map((value) => ({ requested: value, effective: value })) },
      mark: { type: 'line', strokeDash: [4, 3], strokeWidth: 1.5, color: ink.axis },
      encoding: channels,
    },
    {
      data: { values: [{ requested: domain[1], effective: domain[1] }] },
      mark: {
        type: 'text',
        text: 'as requested',
        align: 'right',
        baseline: 'bottom',
        dy: -6,
        fontSize: size.label,
        color: ink.quiet,
      },
      encoding: channels,
    },
    {
      data: { values: trials.map((trial) => ({ ...trial, arm: labels[arms.indexOf(trial.arm)] })) },
      mark: { type: 'point', filled: true, opacity: 0.65, size: 46 },
      encoding: {
        ...channels,
        color: { ...color, legend },
        shape: {
          field: 'arm',
          type: 'nominal',
          scale: { domain: labels, range: labels.map((_, position) => shapes[position % shapes.length]) },
          legend,
        },
      },
    },
  ];
  const width = layout.kind === 'file' ? side : layout.width;
  const height = layout.kind === 'narrow' ? width : side;
  const note = 'marks: trials; on the dashed line what was requested took effect';
  return frame(layout, description, note, layers, { width, height });
}
