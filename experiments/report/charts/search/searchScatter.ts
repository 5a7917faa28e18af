import { UsageError } from '../../../../engine/core/errors.js';
import { isBoolean, isFinite, isList, isNumber, isOneOf, isText } from '../../../../engine/core/options.js';
import { armChannels, type OfStudy, studyKinds } from '../../draw/arms.js';
import { type Axis, type Domain, domainOf, positionOn, readAxis, ticksOf } from '../../draw/axes.js';
import {
  type Figure,
  type Heading,
  framePanels,
  headingKinds,
  inLayouts,
  type Layer,
  type Panel,
  type PanelSize,
} from '../../draw/figure.js';
import type { Layout } from '../../draw/layout.js';
import { isObject, type PartKinds, readEach, readParts } from '../../draw/parts.js';
import { crossMark, ink } from '../../draw/theme.js';

/** A trial of any search of an arm. */
export interface ScatteredTrial {
  /** The value of the parameter. */
  readonly x: number;
  /** The objective; non-finite for a trial that diverged. */
  readonly y: number;
  /** Whether it is the best of its search. */
  readonly best: boolean;
}

export interface ScatterArm {
  readonly name: string;
  /** The range that was searched. */
  readonly low: number;
  readonly high: number;
  readonly trials: readonly ScatteredTrial[];
}

export interface SearchScatter extends Heading, OfStudy {
  /** The parameter, such as the learning rate; usually a log axis. */
  readonly x: Axis;
  /** The objective. */
  readonly y: Axis;
  /** Which values of the objective are better. */
  readonly direction: 'minimize' | 'maximize';
  readonly arms: readonly ScatterArm[];
}

const kinds: PartKinds<SearchScatter> = {
  required: {
    ...headingKinds.required,
    x: isObject,
    y: isObject,
    direction: isOneOf('minimize', 'maximize'),
    arms: isList,
  },
  optional: { ...headingKinds.optional, ...studyKinds.optional },
};
const armKinds: PartKinds<ScatterArm> = {
  required: { name: isText, low: isFinite, high: isFinite, trials: isList },
  optional: {},
};
const trialKinds: PartKinds<ScatteredTrial> = {
  required: { x: isFinite, y: isNumber, best: isBoolean },
  optional: {},
};

const panelSizes: Readonly<Record<Layout['kind'], PanelSize>> = {
  file: { columns: 3, width: 200, height: 150 },
  wide: { columns: 4, width: 170, height: 150 },
  narrow: { columns: 1, width: 270, height: 130 },
};

/**
 * The objective over a parameter for the trials of all searches of several arms, a small plot for each arm with the range that was
 * searched as its width. Dots are trials, diamonds the best of each search, crosses at the losing edge trials that diverged.
 *
 * Throws a UsageError if there is no arm, or no finite objective.
 */
export function searchScatter(description: SearchScatter): Figure {
  const { x, y, arms } = readParts('searchScatter', description, kinds);
  readAxis('searchScatter: x', x);
  readAxis('searchScatter: y', y);
  readEach('searchScatter', 'arms', arms, armKinds);
  arms.forEach(({ trials }, i) => {
    readEach(`searchScatter: arms[${i}]`, 'trials', trials, trialKinds);
  });
  if (arms.length === 0) throw new UsageError('searchScatter: no arm to draw; leave the figure out.');
  return inLayouts((layout) => drawScatter(layout, description));
}

function drawScatter(layout: Layout, description: SearchScatter): Figure {
  const { y, arms, studyArms } = description;
  const values = arms.flatMap(({ trials }) => trials.map((trial) => trial.y));
  const domain = domainOf('searchScatter', y, values);
  const names = arms.map(({ name }) => name);
  const { entries } = armChannels('searchScatter', names, names, studyArms, layout);
  const panels = arms.map((arm, i) => drawPanel(description, arm, domain, entries[i].color));
  const crosses = values.every(Number.isFinite) ? '' : '; crosses at the edge: diverged';
  const note = `dots: trials of all searches; outlined diamonds: the best of each search${crosses}`;
  return framePanels(layout, description, note, panels, panelSizes[layout.kind]);
}

function drawPanel(
  { x, y, direction }: SearchScatter,
  { name, low, high, trials }: ScatterArm,
  domain: Domain,
  color: string,
): Panel {
  const xDomain = domainOf('searchScatter', x, [low, high, ...trials.map((trial) => trial.x)]);
  const horizontal = positionOn(x, 'x', xDomain, ticksOf(x, xDomain, 4));
  const losing = domain[direction === 'minimize' ? 1 : 0];
  const encoding = {
    x: { ...horizontal, axis: { ...horizontal.axis, labelSeparation: 8 } },
    y: positionOn(y, 'y', domain, ticksOf(y, domain, 4)),
  };
  const finite = trials.filter((trial) => Number.isFinite(trial.y));
  const diverged = trials.filter((trial) => !Number.isFinite(trial.y));
  const layer: Layer[] = [
    {
      data: { values: finite.filter(({ best }) => !best) },
      mark: { type: 'point', filled: true, opacity: 0.45, size: 22, color },
      encoding,
    },
    {
      data: { values: diverged.map((trial) => ({ ...trial, y: losing })) },
      mark: { ...crossMark, opacity: 0.8, size: 55, color },
      encoding,
    },
    {
      data: { values: finite.filter(({ best }) => best) },
      mark: {
        ...{ type: 'point', shape: 'diamond', filled: true, opacity: 1, size: 80, color },
        ...{ stroke: ink.text, strokeWidth: 0.9 },
      },
      encoding,
    },
  ];
  return { title: name, layer };
}
