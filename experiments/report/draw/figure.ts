import type { LoggerInterface, Spec } from 'vega';
import type { TopLevelSpec } from 'vega-lite';
import { setImmediate } from 'node:timers/promises';
import { writeOutput } from '../../files/replaceFile.js';
import { isText, requireKind } from '../../../engine/core/options.js';
import { fontFile, measureText, wrapText } from './fontMetrics.js';
import { isObject, type PartKinds, readParts } from './parts.js';
import { config, size } from './theme.js';

/**
 * A picture as a value: what to draw, in Vega-Lite's words, with its data. Builders (`learningCurves`, `comparison`,
 * `optimizationHistory`, ...) make one from results; `renderFigure`, `writeFigure` and `writeHtml` are the ways out.
 */
export interface Figure {
  readonly title: string;
  readonly spec: TopLevelSpec;
}

/** The words above a picture. */
export interface Heading {
  /** What is shown, as in `Warm start on MNIST-1D`. */
  readonly title: string;
  /** Under what conditions, in quieter type: data, protocol, budget. */
  readonly subtitle?: string;
}

/** One layer of marks; later layers lie on top. */
export type Layer = Extract<TopLevelSpec, { layer: unknown }>['layer'][number];

/** Measures in pixels of what `frame` frames. */
export interface FrameSize {
  /** Of the plot itself, without axes and legend. */
  readonly width?: number;
  readonly height?: number;
  /** What stands to the left and right of the plot, together; the heading may use that width too. */
  readonly beside?: number;
}

/**
 * Puts layers into the common frame: theme, plot size, and a heading wrapped to the width of the picture.
 *
 * For the builders. `note` says how to read the marks (what the line and the band are) and goes below the subtitle, so that
 * no picture depends on a caption that may get lost.
 */
export function frame(
  heading: Heading,
  note: string,
  layer: readonly Layer[],
  { width = size.width, height = size.height, beside = 50 }: FrameSize = {},
): Figure {
  const subtitles = heading.subtitle === undefined ? [note] : [heading.subtitle, note];
  return {
    title: heading.title,
    spec: {
      description: heading.title,
      config,
      width,
      height,
      title: {
        text: wrapText(heading.title, size.title, width + beside),
        subtitle: subtitles.flatMap((line) => wrapText(line, size.subtitle, width + beside)),
      },
      data: { values: [] },
      layer: [...layer],
    },
  };
}

/** One of several small plots in a picture. */
export interface Panel {
  readonly layer: readonly Layer[];
}

/** Puts small plots of one size side by side, in rows, below a common heading; otherwise as `frame`. */
export function framePanels(
  heading: Heading,
  note: string,
  panels: readonly Panel[],
  { columns, width, height }: { readonly columns: number; readonly width: number; readonly height: number },
): Figure {
  const inRow = Math.min(columns, panels.length);
  const { title, spec } = frame(heading, note, [], { width: inRow * (width + beside), beside: 0 });
  const { description, config: themed, title: words, data } = spec;
  const common = { description, config: themed, title: words, data };
  const concat = panels.map(({ layer }) => ({ width, height, layer: [...layer] }));
  return { title, spec: { ...common, columns: inRow, spacing: panelGap, concat } as TopLevelSpec };
}

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
  const { View, parse } = await loadVega();
  const { Resvg } = await import('@resvg/resvg-js');
  const view = new View(parse(await compileFigure(figure)), {
    renderer: 'none',
    logger: strictLogger(figure),
  });
  const svg = (await view.toSVG()).replaceAll(notInXml, '\ufffd');
  view.finalize();
  const drawing = new Resvg(svg, {
    font: { loadSystemFonts: false, fontFiles: [fontFile()], defaultFontFamily: 'DejaVu Sans' },
    fitTo: { mode: 'zoom', value: 2 },
  });
  const png = drawing.render().asPng();
  // resvg's pictures are freed only between events, and reports draw many without waiting for one.
  await setImmediate();
  return { svg, png };
}

/** What XML does not allow, even escaped; names may have it. */
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

/** The figure as a plain Vega specification, for a page that draws it interactively. */
export async function compileFigure(figure: Figure): Promise<Spec> {
  const { compile } = await import('vega-lite');
  return compile(figure.spec, { logger: strictLogger(figure) }).spec;
}

/** Makes an error of every warning: it means that something will not be drawn as asked. */
function strictLogger(figure: Figure): LoggerInterface {
  const refuse = (...messages: readonly unknown[]): never => {
    throw new Error(
      `renderFigure: '${figure.title}': ${messages.join(' ')}; mend the builder of this figure.`,
    );
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
export const figureKinds: PartKinds<Figure> = { required: { title: isText, spec: isObject }, optional: {} };
