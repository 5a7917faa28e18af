import type { Axis, Domain } from './axes.js';
import type { Layer } from './figure.js';
import { measureText, wrapText } from './fontMetrics.js';
import { formatNumbers } from '../../text/numbers.js';
import { ink, size } from './theme.js';

/** For figures with a row for each thing, its name at the left and what the row shows in figures at the right. */

/** Pixels for the axis: names and figures take the rest of the common width. */
export const plotWidth = 400;

const figuresGap = 14;
const lineHeight = 16;

/** The channel `y` of rows from top to bottom, by the field that has their names; `\n` in a name breaks it. */
export function rowsOn(field: string, names: readonly string[]) {
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

/** Breaks long names for `rowsOn` into lines. */
export const wrapName = (name: string): string => wrapText(name, size.label, 250).join('\n');

/** What a field says, to the right of each row; `\n` breaks lines, of which every row has as many. */
export function textBeside<Field extends string>(
  rows: readonly Readonly<Record<Field, string>>[],
  y: ReturnType<typeof rowsOn>,
  field: Field,
): Layer {
  const lines = rows[0][field].split('\n').length;
  return {
    data: { values: rows.map((row) => ({ ...row })) },
    mark: {
      type: 'text',
      align: 'left',
      baseline: 'middle',
      lineBreak: '\n',
      lineHeight,
      dy: (-(lines - 1) * lineHeight) / 2,
      fontSize: size.label,
      color: ink.text,
    },
    encoding: { y, x: { value: plotWidth + figuresGap }, text: { field } },
  };
}

/** The width in pixels of the widest line of the texts. */
export const widest = (texts: readonly string[]): number =>
  Math.max(...texts.flatMap((text) => text.split('\n').map((line) => measureText(line, size.label))));

/** Numbers as exact as the axis can show them: to about a hundredth of its length. */
export function figuresOn(axis: Axis, [low, high]: Domain, values: readonly number[]): string[] {
  const decimals = Math.max(0, 2 - Math.round(Math.log10(high - low)));
  const texts =
    axis.scale === 'log' || decimals > 6 || Math.max(high, -low) >= 1e7
      ? formatNumbers(values, 3)
      : values.map((value) => (Number.isFinite(value) ? value.toFixed(decimals) : String(value)));
  return texts.map((text) => text.replace(/^-/, '−')); // the minus sign of the axis
}
