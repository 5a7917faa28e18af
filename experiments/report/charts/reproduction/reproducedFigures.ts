import { isFinite, isList, isText } from '../../../../engine/core/options.js';
import { isProbability, quantile } from '../../../stats/samples.js';
import { type Axis, domainOf, positionOn, ticksOf, readAxis } from '../../draw/axes.js';
import { type Figure, type Heading, type Layer, frame, inLayouts, headingKinds } from '../../draw/figure.js';
import { isObject, isRankable, type PartKinds, readEach, readParts } from '../../draw/parts.js';
import { figuresOn, layRows, wrapName } from '../../draw/rows.js';
import type { Layout } from '../../draw/layout.js';
import { armStyle, ink } from '../../draw/theme.js';

export interface ReproducedFigure {
  /** The name of the figure, as in `best of 30 warm trials`. Long names are broken into lines. */
  readonly name: string;
  /** The values of independent executions here, and elsewhere. */
  readonly ours: readonly number[];
  readonly reference: readonly number[];
  /** The value in the write-up, if it states one. */
  readonly stated?: number;
  /** The p value of a test whether the two sets differ. */
  readonly p?: number;
}

export interface ReproducedFigures extends Heading {
  readonly x: Axis;
  /** Names of the two sets in the legend, as in `metagrad` and `PyTorch 1.13`. */
  readonly ours: string;
  readonly reference: string;
  /** The name of the test behind `p`, as in `Mann-Whitney`. */
  readonly test: string;
  /** From top to bottom. */
  readonly figures: readonly ReproducedFigure[];
}

const partKinds: PartKinds<ReproducedFigures> = {
  required: {
    ...{ ...headingKinds.required, x: isObject, ours: isText, reference: isText, test: isText },
    figures: isList,
  },
  optional: headingKinds.optional,
};
const figureKinds: PartKinds<ReproducedFigure> = {
  required: { name: isText, ours: isRankable, reference: isRankable },
  optional: {
    stated: isFinite,
    p: isProbability,
  },
};

/** Pixels for one figure, and the distance of the two sets from its middle. */
const rowHeight = 64;
const apart = 11;

/**
 * Whether a program was rebuilt faithfully: for each figure that it reports, independent executions here and elsewhere as dots with
 * their medians, and the figure as stated.
 *
 * Throws a UsageError if there is nothing finite to draw or a log axis meets a value that is not positive.
 */
export function reproducedFigures(description: ReproducedFigures): Figure {
  const { x, figures } = readParts('reproducedFigures', description, partKinds);
  readAxis('reproducedFigures: x', x);
  readEach('reproducedFigures', 'figures', figures, figureKinds);
  return inLayouts((layout) => drawReproduced(layout, description));
}

function drawReproduced(layout: Layout, description: ReproducedFigures): Figure {
  const { x, figures } = description;
  const names = figures.map(({ name }) => wrapName(name));
  const stated = figures.flatMap(({ stated: value }, position) =>
    value === undefined ? [] : [{ name: names[position], value, kind: 'stated in the write-up' }],
  );
  const domain = domainOf('reproducedFigures', x, [
    ...figures.flatMap(({ ours, reference }) => [...ours, ...reference]),
    ...stated.map(({ value }) => value),
  ]);
  const sets = [
    { kind: description.ours, of: ({ ours }: ReproducedFigure) => ours, side: -apart },
    { kind: description.reference, of: ({ reference }: ReproducedFigure) => reference, side: apart },
  ];
  const kinds = [...sets.map(({ kind }) => kind), ...(stated.length > 0 ? [stated[0].kind] : [])];
  const color = {
    field: 'kind',
    type: 'nominal' as const,
    scale: { domain: kinds, range: [armStyle(0).color, armStyle(1).color, ink.text].slice(0, kinds.length) },
    legend: {
      ...{ orient: 'bottom' as const, symbolType: 'circle', symbolSize: 70, symbolOpacity: 1 },
      ...(layout.kind === 'narrow' && { columns: 1 }),
    },
  };
  const texts = figures.map((figure, position) => ({
    name: names[position],
    figures: inFigures(description, figure, domain),
  }));
  const { y, shift, ...laid } = layRows(layout, 'name', texts, rowHeight);
  const ticks = ticksOf(x, domain, 5);
  const at = (field: string) => positionOn(x, field, domain, ticks);
  const layers = sets.flatMap(({ kind, of, side }): Layer[] => [
    {
      data: {
        values: figures.flatMap((figure, position) =>
          of(figure).map((value) => ({ name: names[position], value, kind })),
        ),
      },
      mark: { type: 'point', filled: true, opacity: 0.5, size: 34, yOffset: shift + side },
      encoding: { y, x: at('value'), color },
    },
    {
      data: {
        values: figures
          .map((figure, position) => ({ name: names[position], value: quantile(of(figure), 0.5), kind }))
          .filter(({ value }) => !Number.isNaN(value)),
      },
      mark: { type: 'tick', thickness: 3, height: 18, yOffset: shift + side },
      encoding: { y, x: at('value'), color },
    },
  ]);
  if (stated.length > 0) {
    layers.push({
      data: { values: stated },
      mark: {
        type: 'point',
        shape: 'diamond',
        filled: true,
        opacity: 1,
        size: 90,
        yOffset: shift,
      },
      encoding: { y, x: at('value'), color },
    });
  }
  layers.push(...laid.texts);
  const tested = figures.some(({ p }) => p !== undefined);
  const note = [
    'dots: independent executions; upright lines: their medians',
    'figures: median [lowest, highest]',
    ...(tested ? [`p: ${description.test} test of ours against the reference`] : []),
  ].join('; ');
  return frame(layout, description, note, layers, laid);
}

function inFigures(
  { x }: ReproducedFigures,
  figure: ReproducedFigure,
  domain: readonly [number, number],
): string {
  const { ours, reference, p } = figure;
  const lines = [ours, reference].map((values) => {
    if (values.length === 0) return '-';
    const [middle, low, high] = figuresOn(
      x,
      domain,
      [0.5, 0, 1].map((share) => quantile(values, share)),
    );
    return `${middle} [${low}, ${high}]`;
  });
  const tested = p === undefined ? '' : p < 0.001 ? 'p < 0.001' : `p = ${p.toPrecision(2)}`;
  return [...lines, tested].join('\n');
}
