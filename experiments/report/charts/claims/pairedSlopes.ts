import { UsageError } from '../../../../engine/core/errors.js';
import { isBoolean, isList, isNumber, isOneOf, isText, kind } from '../../../../engine/core/options.js';
import { type Axis, type Domain, domainOf, positionOn, readAxis, ticksOf } from '../../draw/axes.js';
import { wrapText } from '../../draw/fontMetrics.js';
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
import { crossMark, ink, palette, size } from '../../draw/theme.js';

/** The results of two arms on one seed; infinite or NaN where a training diverged. */
export interface SlopePair {
  readonly seed: number;
  readonly against: number;
  readonly arm: number;
  /** Whether the seed was added after results had been looked at. */
  readonly added?: boolean;
}

export interface SlopePanel {
  /** The claim, as in `W1`; the names of the arms stand below. */
  readonly title: string;
  readonly against: string;
  readonly arm: string;
  /** Which results are better. */
  readonly better: 'lower' | 'higher';
  readonly pairs: readonly SlopePair[];
}

export interface PairedSlopes extends Heading {
  readonly y: Axis;
  readonly panels: readonly SlopePanel[];
}

const kinds: PartKinds<PairedSlopes> = {
  required: { ...headingKinds.required, y: isObject, panels: isList },
  optional: headingKinds.optional,
};
const panelKinds: PartKinds<SlopePanel> = {
  required: {
    ...{ title: isText, against: isText, arm: isText, pairs: isList },
    better: isOneOf('lower', 'higher'),
  },
  optional: {},
};
const pairKinds: PartKinds<SlopePair> = {
  required: { seed: kind('an integer', Number.isInteger), against: isNumber, arm: isNumber },
  optional: { added: isBoolean },
};

const panelSizes: Readonly<Record<Layout['kind'], PanelSize>> = {
  file: { columns: 3, width: 190, height: 210 },
  wide: { columns: 4, width: 165, height: 210 },
  narrow: { columns: 1, width: 270, height: 180 },
};

/** What becomes of a seed: a pattern as well as a colour. */
const outcomes = {
  better: { color: palette[0], dash: [] },
  worse: { color: palette[1], dash: [5, 3] },
  equal: { color: ink.quiet, dash: [1.5, 2.5] },
} as const;
type Outcome = keyof typeof outcomes;

/**
 * Comparisons seed by seed, a small plot each: a line for each seed from its result with one arm to that with the other, solid
 * where it gets better and dashed where it gets worse. Trainings that diverged are crosses at the losing edge.
 *
 * Throws a UsageError if there is no comparison, or one without a finite value.
 */
export function pairedSlopes(description: PairedSlopes): Figure {
  const { y, panels } = readParts('pairedSlopes', description, kinds);
  readAxis('pairedSlopes: y', y);
  readEach('pairedSlopes', 'panels', panels, panelKinds);
  panels.forEach(({ pairs }, i) => {
    readEach(`pairedSlopes: panels[${i}]`, 'pairs', pairs, pairKinds);
  });
  if (panels.length === 0) throw new UsageError('pairedSlopes: no comparison to draw; leave the figure out.');
  return inLayouts((layout) => drawSlopes(layout, description));
}

function drawSlopes(layout: Layout, description: PairedSlopes): Figure {
  const sizes = panelSizes[layout.kind];
  const sides = new Set(description.panels.map(({ better }) => better));
  const [side] = sides;
  const drawn = description.panels.map(({ title, ...panel }) => {
    const words = sides.size === 1 ? title : `${title}, ${panel.better} is better`;
    return drawPanel(description, { ...panel, title: words }, sizes.width);
  });
  const pairs = description.panels.flatMap(({ pairs: ofPanel }) => ofPanel);
  const note = [
    `a line a seed; solid: better${sides.size === 1 ? ` (${side})` : ''} with the arm at the right; dashed: worse`,
    ...(pairs.some(({ against, arm }) => !areFinite(against, arm)) ? ['crosses at the edge: diverged'] : []),
    ...(pairs.some(({ added }) => added) ? ['hollow dots: seeds that were added after looking'] : []),
  ].join('; ');
  return framePanels(layout, description, note, drawn, sizes);
}

const areFinite = (...values: readonly number[]): boolean => values.every(Number.isFinite);

function drawPanel(
  { y }: PairedSlopes,
  { title, against, arm, better, pairs }: SlopePanel,
  width: number,
): Panel {
  const domain = domainOf(
    'pairedSlopes',
    y,
    pairs.flatMap((pair) => [pair.against, pair.arm]),
  );
  // An arm may be compared with itself under another setting: the sides keep them apart.
  const sides = [against, arm].map(
    (name, i) => wrapText(name, size.label, width * 0.52).join('\n') + ' '.repeat(i),
  );
  const losing = better === 'lower' ? domain[1] : domain[0];
  const at = (value: number): number => (Number.isFinite(value) ? value : losing);
  const rows = pairs.flatMap((pair) => {
    const outcome = outcomeOf(better, pair);
    return [pair.against, pair.arm].map((value, i) => ({
      ...{ seed: pair.seed, side: sides[i], value: at(value), outcome },
      ...{ diverged: !Number.isFinite(value), added: pair.added === true },
    }));
  });
  const count = (outcome: Outcome): number =>
    pairs.filter((pair) => outcomeOf(better, pair) === outcome).length;
  const equal = count('equal') === 0 ? '' : `, ${count('equal')} equal`;
  return {
    title,
    subtitle: `${count('better')} of ${pairs.length} better${equal}`,
    layer: layersOf(y, domain, sides, rows),
  };
}

function outcomeOf(better: SlopePanel['better'], pair: SlopePair): Outcome {
  const worst = better === 'lower' ? Infinity : -Infinity;
  const [from, to] = [pair.against, pair.arm].map((value) => (Number.isNaN(value) ? worst : value));
  if (from === to) return 'equal';
  return to < from === (better === 'lower') ? 'better' : 'worse';
}

interface SlopeRow {
  readonly seed: number;
  readonly side: string;
  readonly value: number;
  readonly outcome: Outcome;
  readonly diverged: boolean;
  readonly added: boolean;
}

function layersOf(y: Axis, domain: Domain, sides: readonly string[], rows: readonly SlopeRow[]): Layer[] {
  const range = (of: 'color' | 'dash') => ({
    domain: Object.keys(outcomes),
    range: Object.values(outcomes).map((outcome) => (of === 'color' ? outcome.color : [...outcome.dash])),
  });
  const color = { field: 'outcome', type: 'nominal' as const, scale: range('color'), legend: null };
  const encoding = {
    x: {
      field: 'side',
      type: 'nominal' as const,
      scale: { domain: [...sides], padding: 0.28 },
      axis: {
        ...{ title: null, labelAngle: 0, labelOverlap: false, grid: false, ticks: false },
        ...{ labelExpr: "split(datum.label, '\\n')", labelLineHeight: 15 },
      },
    },
    y: positionOn(y, 'value', domain, ticksOf(y, domain, 5)),
    color,
  };
  const dots = { type: 'point' as const, opacity: 0.9, size: 26 };
  const crossed = rows.filter(({ diverged }) => diverged);
  return [
    {
      data: { values: [...rows] },
      mark: { type: 'line', strokeWidth: 1.5, opacity: 0.8 },
      encoding: {
        ...encoding,
        detail: { field: 'seed', type: 'nominal' },
        strokeDash: { field: 'outcome', type: 'nominal', scale: range('dash'), legend: null },
      },
    },
    {
      data: { values: rows.filter(({ diverged, added }) => !diverged && !added) },
      mark: { ...dots, filled: true },
      encoding,
    },
    {
      data: { values: rows.filter(({ diverged, added }) => !diverged && added) },
      mark: { ...dots, filled: false, strokeWidth: 1.4 },
      encoding,
    },
    ...(crossed.length === 0
      ? []
      : [
          {
            data: { values: crossed },
            mark: { ...dots, ...crossMark, size: 70 },
            encoding,
          },
        ]),
  ];
}
