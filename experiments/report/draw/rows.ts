import type { Axis, Domain } from './axes.js';
import type { Layer } from './figure.js';
import { axisWidth, type Layout } from './layout.js';
import { measureText, wrapText } from './fontMetrics.js';
import { formatNumbers } from '../../text/numbers.js';
import { ink, size } from './theme.js';

/** The layout of figures with rows: the name of each row, its numbers as text, and its marks. */

/** Width in pixels of the plot in a picture file; names and figures go to its left and right. */
const filePlotWidth = 400;

const gap = 14;
const lineHeight = 16;

/** One row in words; `\n` breaks lines, and all rows have as many lines of figures. */
export interface RowText {
  readonly name: string;
  readonly figures: string;
}

/** Rows laid out: name and figures beside the marks, or above them where there is little room. */
export interface Rows {
  readonly width: number;
  readonly height: number;
  /** Width of the parts to the left and right of the plot, together. */
  readonly beside: number;
  /** The channel `y`, by the field that has the names. */
  readonly y: Omit<ReturnType<typeof rowsOn>, 'axis'> & {
    readonly axis: ReturnType<typeof rowsOn>['axis'] | null;
  };
  /** How far below the middle of its row a mark goes. */
  readonly shift: number;
  readonly texts: readonly Layer[];
}

/** Lays out rows whose marks take `rowHeight` pixels; data name their row in `field`. */
export function layRows(layout: Layout, field: string, rows: readonly RowText[], rowHeight: number): Rows {
  const names = rows.map(({ name }) => name);
  const beside = widest(names) + widest(rows.map(({ figures }) => figures));
  if (layout.kind === 'narrow') return stackRows(layout, field, rows, rowHeight);
  const width = layout.kind === 'file' ? filePlotWidth : layout.width + axisWidth - beside - 2 * gap;
  const y = rowsOn(field, names);
  const lines = rows[0].figures.split('\n').length;
  const figures = textOf(rows, field, ({ figures }) => figures, y, {
    baseline: 'middle',
    dy: (-(lines - 1) * lineHeight) / 2,
  });
  const x = { value: width + gap };
  const texts = [{ ...figures, encoding: { ...figures.encoding, x } }];
  return { width, height: rowHeight * rows.length, beside, y, shift: 0, texts };
}

/** Name and figures above the marks, across the whole width. */
function stackRows(
  { width: plot }: Layout,
  field: string,
  rows: readonly RowText[],
  rowHeight: number,
): Rows {
  const width = plot + axisWidth - 30;
  const broken = rows.map(({ name }) => wrapText(name.replaceAll('\n', ' '), size.label, width));
  const nameLines = Math.max(...broken.map((lines) => lines.length));
  const textHeight = (nameLines + rows[0].figures.split('\n').length) * lineHeight + 6;
  const height = rowHeight * 0.75 + textHeight;
  const y = {
    ...rowsOn(
      field,
      rows.map(({ name }) => name),
    ),
    axis: null,
  };
  const top = -height / 2 + 6;
  const at = { x: { value: 0 } };
  const layerOf = (text: (row: RowText, index: number) => string, dy: number, color: string): Layer => {
    const layer = textOf(rows, field, text, y, { baseline: 'top', dy, color });
    return { ...layer, encoding: { ...layer.encoding, ...at } };
  };
  // Names stand next to their figures, however many lines other names have.
  const name = (_: RowText, index: number): string =>
    [...Array<string>(nameLines - broken[index].length).fill(''), ...broken[index]].join('\n');
  return {
    ...{ width, height: height * rows.length, beside: 0, y, shift: textHeight / 2 },
    texts: [
      layerOf(name, top, ink.text),
      layerOf(({ figures }) => figures, top + nameLines * lineHeight, ink.quiet),
    ],
  };
}

function textOf(
  rows: readonly RowText[],
  field: string,
  text: (row: RowText, index: number) => string,
  y: object,
  mark: { readonly baseline: 'middle' | 'top'; readonly dy: number; readonly color?: string },
) {
  return {
    data: { values: rows.map((row, index) => ({ [field]: row.name, figures: text(row, index) })) },
    mark: {
      ...{ type: 'text' as const, align: 'left' as const, lineBreak: '\n', lineHeight },
      ...{ fontSize: size.label, color: ink.text, ...mark },
    },
    encoding: { y, text: { field: 'figures' } },
  };
}

/** The channel `y` of rows from top to bottom, by the field that has their names; `\n` in a name breaks it. */
function rowsOn(field: string, names: readonly string[]) {
  return {
    field,
    type: 'nominal' as const,
    scale: { domain: [...names] },
    axis: {
      title: null,
      ticks: false,
      domain: false,
      grid: false,
      labelPadding: 12,
      labelExpr: "split(datum.label, '\\n')",
      labelLineHeight: lineHeight,
      // Vega centres the first line of a label on its row.
      labelOffset: {
        condition: [2, 3, 4].map((lines) => ({
          test: `length(split(datum.value, '\\n')) === ${lines}`,
          value: (-(lines - 1) * lineHeight) / 2,
        })),
        value: 0,
      },
    },
  };
}

/** Breaks long names into lines. */
export const wrapName = (name: string): string => wrapText(name, size.label, 250).join('\n');

/** The width in pixels of the widest line of the texts. */
export const widest = (texts: readonly string[]): number =>
  Math.max(...texts.flatMap((text) => text.split('\n').map((line) => measureText(line, size.label))));

/** Numbers as precise as the axis can show them: to about a hundredth of its length. */
export function figuresOn(axis: Axis, [low, high]: Domain, values: readonly number[]): string[] {
  const decimals = Math.max(0, 2 - Math.round(Math.log10(high - low)));
  const texts =
    axis.scale === 'log' || decimals > 6 || Math.max(high, -low) >= 1e7
      ? formatNumbers(values, 3)
      : values.map((value) => (Number.isFinite(value) ? value.toFixed(decimals) : String(value)));
  return texts.map((text) => text.replace(/^-/, '−')); // the minus sign of the axis
}
