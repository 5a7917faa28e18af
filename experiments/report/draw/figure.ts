import type { LoggerInterface } from 'vega';
import type { TopLevelSpec } from 'vega-lite';
import { setImmediate } from 'node:timers/promises';
import { writeOutput } from '../../files/replaceFile.js';
import { isList, isPlainObject, isText, requireKind } from '../../../engine/core/options.js';
import { fontFile, measureText, wrapText } from './fontMetrics.js';
import { isObject, isTexts, type PartKinds, readParts } from './parts.js';
import type { LegendEntry } from './arms.js';
import { type Layout, layouts } from './layout.js';
import { config, pageConfig, size } from './theme.js';

/**
 * A picture as a value: what to draw, in Vega-Lite's words, with its data. Builders (`learningCurves`, `comparison`,
 * `optimizationHistory`, ...) make one from results; `renderFigure`, `writeFigure` and `writeHtml` are the ways out.
 */
export interface Figure {
  readonly title: string;
  /** The lines below the title: the conditions, and how to read the marks. */
  readonly notes?: readonly string[];
  /** The meaning of each line of the picture, for a page. */
  readonly legend?: readonly LegendEntry[];
  readonly spec: TopLevelSpec;
  /** The same for the two kinds of screens that a page is read on, without title, notes and legend. Default: `spec` without its title. */
  readonly page?: { readonly wide: TopLevelSpec; readonly narrow: TopLevelSpec };
}

/** The figure that `draw` builds in a layout, in all layouts. */
export function inLayouts(draw: (layout: Layout) => Figure): Figure {
  const page = { wide: draw(layouts.wide).spec, narrow: draw(layouts.narrow).spec };
  return { ...draw(layouts.file), page };
}

/** The words above a picture. */
export interface Heading {
  /** What is shown, as in `Warm start on MNIST-1D`. */
  readonly title: string;
  /** The conditions, in quieter type: data, protocol, budget. */
  readonly subtitle?: string;
}

/** One layer of marks; later layers lie on top. */
export type Layer = Extract<TopLevelSpec, { layer: unknown }>['layer'][number];

/** Measures in pixels of what `frame` frames. */
export interface FrameSize {
  /** Of the plot itself, without axes and legend. */
  readonly width?: number;
  readonly height?: number;
  /** Width of the parts to the left and right of the plot, together; the heading may use it too. */
  readonly beside?: number;
}

/**
 * Puts layers into the common frame: theme, plot size, and in a picture of its own a heading wrapped to the width of the picture.
 *
 * For the builders. `note` says how to read the marks (what the line and the band are) and goes below the subtitle, so that
 * no picture depends on a caption that may get lost.
 */
export function frame(
  layout: Layout,
  heading: Heading,
  note: string,
  layer: readonly Layer[],
  { width = layout.width, height = layout.height, beside = 50 }: FrameSize = {},
  legend: readonly LegendEntry[] = [],
): Figure {
  const spec = {
    ...framed(layout, heading, note, width + beside),
    ...{ width, height },
    layer:
      layout.kind === 'narrow' ? layer.map((one) => wrapTitles(one, { x: width, y: height })) : [...layer],
  };
  return { title: heading.title, notes: notesOf(heading, note), legend, spec };
}

const notesOf = ({ subtitle }: Heading, note: string): string[] =>
  subtitle === undefined ? [note] : [subtitle, note];

/** What pictures with one plot and with several have in common; the heading is wrapped to `width`. */
const framed = (layout: Layout, heading: Heading, note: string, width: number) => ({
  description: heading.title,
  config: layout.kind === 'file' ? config : pageConfig,
  ...(layout.kind === 'file' && {
    title: {
      text: wrapText(heading.title, size.title, width),
      subtitle: notesOf(heading, note).flatMap((line) => wrapText(line, size.subtitle, width)),
    },
  }),
  data: { values: [] },
});

/** The layer with the titles of its axes broken into lines that are as long as the axes. */
function wrapTitles(layer: Layer, room: Readonly<Record<'x' | 'y', number>>): Layer {
  const encoding: Readonly<Record<string, unknown>> = { ...layer.encoding };
  const wrapped = (['x', 'y'] as const).flatMap((name) => {
    const channel = encoding[name];
    if (!isPlainObject(channel) || !isPlainObject(channel.axis)) return [];
    const { title } = channel.axis;
    if (typeof title !== 'string') return [];
    const lines = wrapText(title, size.axisTitle, room[name]);
    return [[name, { ...channel, axis: { ...channel.axis, title: lines } }] as const];
  });
  return { ...layer, encoding: { ...encoding, ...Object.fromEntries(wrapped) } };
}

function withoutTitleOfY(layer: Layer): Layer {
  const { y, ...encoding }: Readonly<Record<string, unknown>> = { ...layer.encoding };
  if (!isPlainObject(y) || !isPlainObject(y.axis)) return layer;
  return { ...layer, encoding: { ...encoding, y: { ...y, axis: { ...y.axis, title: null } } } };
}

/** One of several small plots in a picture. */
export interface Panel {
  /** The line above it, and a quieter one below that. */
  readonly title?: string;
  readonly subtitle?: string;
  readonly layer: readonly Layer[];
}

/** Pixels of each small plot, and the limit of plots in a row. */
export interface PanelSize {
  readonly columns: number;
  readonly width: number;
  readonly height: number;
}

/**
 * Puts small plots of one size side by side, in rows, below a common heading; otherwise as `frame`. The title of the y axis is
 * that of all plots, and stands at the first of each row.
 */
export function framePanels(
  layout: Layout,
  heading: Heading,
  note: string,
  panels: readonly Panel[],
  { columns, width, height }: PanelSize,
): Figure {
  const inRow = Math.min(columns, panels.length);
  const spec = {
    ...framed(layout, heading, note, inRow * (width + beside)),
    ...{ columns: inRow, spacing: panelGap },
    concat: panels.map(({ layer, ...words }, i) => ({
      // A title that is longer than its axis would push the words above this plot higher than those of others.
      ...{
        ...{ width, height },
        layer: layer.map((one) =>
          wrapTitles(i % inRow === 0 ? one : withoutTitleOfY(one), { x: width, y: height }),
        ),
      },
      ...panelTitle(words, width),
    })),
  };
  return { title: heading.title, notes: notesOf(heading, note), spec };
}

/** The words above a small plot, wrapped to its width. */
const panelTitle = ({ title, subtitle }: Omit<Panel, 'layer'>, width: number) =>
  title === undefined
    ? {}
    : {
        title: {
          text: wrapText(title, size.axisTitle, width),
          fontSize: size.axisTitle,
          lineHeight: 17,
          anchor: 'start' as const,
          frame: 'group' as const,
          offset: 8,
          ...(subtitle !== undefined && {
            subtitle: wrapText(subtitle, size.label, width),
            subtitleFontSize: size.label,
            subtitleLineHeight: 16,
            subtitlePadding: 4,
          }),
        },
      };

/** Pixels between small plots, and what an axis takes beside one. */
const panelGap = 30;
const beside = 60;

/**
 * Draws a figure as SVG text and as a PNG of twice its size, in well under a second.
 *
 * The same figure gives the same bytes: the font comes with the package and no system font is looked at.
 * The libraries (Vega, Vega-Lite, resvg; half a second) are loaded by the first call.
 */
export async function renderFigure(figure: Figure): Promise<{ svg: string; png: Uint8Array }> {
  readParts('renderFigure', figure, figureKinds);
  const svg = await renderSvg(figure.title, figure.spec);
  const { Resvg } = await import('@resvg/resvg-js');
  const drawing = new Resvg(svg, {
    font: { loadSystemFonts: false, fontFiles: [fontFile()], defaultFontFamily: 'DejaVu Sans' },
    fitTo: { mode: 'zoom', value: 2 },
  });
  const png = drawing.render().asPng();
  // resvg's pictures are freed only between events, and reports draw many without waiting for one.
  await setImmediate();
  return { svg, png };
}

/** Draws a specification as SVG text; `title` names it in errors. */
export async function renderSvg(title: string, spec: TopLevelSpec): Promise<string> {
  const { View, parse } = await loadVega();
  const { compile } = await import('vega-lite');
  const logger = strictLogger(title);
  const view = new View(parse(compile(spec, { logger }).spec), { renderer: 'none', logger });
  const svg = (await view.toSVG()).replaceAll(notInXml, '\ufffd');
  view.finalize();
  return svg;
}

/** Characters that XML does not allow, even escaped; names may contain them. */
const notInXml = /(?![\t\n\r])\p{Cc}|[\p{Cs}\ufffe\uffff]/gu;

/** Draws a figure into `PATH.svg` and `PATH.png`, and replaces what was there. Returns both paths. */
export async function writeFigure(figure: Figure, path: string): Promise<{ svg: string; png: string }> {
  readParts('writeFigure', figure, figureKinds);
  requireKind('writeFigure', 'the path', path, isText);
  const drawn = await renderFigure(figure);
  const files = { svg: `${path}.svg`, png: `${path}.png` };
  writeOutput(files.svg, drawn.svg);
  writeOutput(files.png, drawn.png);
  return files;
}

/** A logger that throws on every warning: something would not be drawn as specified. */
function strictLogger(title: string): LoggerInterface {
  const refuse = (...messages: readonly unknown[]): never => {
    throw new Error(`renderFigure: '${title}': ${messages.join(' ')}; mend the builder of this figure.`);
  };
  const logger: LoggerInterface = {
    level: () => logger,
    error: refuse,
    warn: refuse,
    info: () => logger,
    debug: () => logger,
  };
  return logger;
}

/** Loads Vega and lets it measure text in the font that is drawn. */
async function loadVega(): Promise<typeof import('vega')> {
  const vega = await import('vega');
  const { textMetrics } = vega as object as { readonly textMetrics: TextMetrics };
  textMetrics.width = (item, text) => measureText(`${text ?? ''}`, item.fontSize ?? 11);
  return vega;
}

/** Vega's hook for renderers without a canvas, which its type declarations leave out. */
interface TextMetrics {
  width: (item: { readonly fontSize?: number }, text: string | number | null | undefined) => number;
}

/** Of every picture. */
export const headingKinds: PartKinds<Heading> = {
  required: { title: isText },
  optional: { subtitle: isText },
};
export const figureKinds: PartKinds<Figure> = {
  required: { title: isText, spec: isObject },
  optional: { notes: isTexts, legend: isList, page: isObject },
};
