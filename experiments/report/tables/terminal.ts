import picocolors from 'picocolors';
import { printable } from '../../text/printable.js';
import { verdictStyles } from '../draw/theme.js';
import { isVerdict, type Cell, type Column, columnsOf, type ReportTable, withoutDetails } from './table.js';

/** A stream for text, with what its colours and its width depend on. */
export interface TextStream {
  readonly isTTY?: boolean;
  readonly columns?: number;
}

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Whether text for a stream may be coloured: on a terminal that is not `dumb`, unless NO_COLOR is set and not empty
 * (no-color.org); FORCE_COLOR colours it elsewhere too.
 */
export function usesColor(stream: TextStream, environment: Environment = process.env): boolean {
  if (environment.NO_COLOR) return false;
  if (environment.FORCE_COLOR) return true;
  return stream.isTTY === true && environment.TERM !== 'dumb';
}

/** Columns of a terminal, which some report as 0; of these, files and pipes those of COLUMNS, else as many as a line needs. */
export const widthOf = ({ columns }: TextStream, { COLUMNS }: Environment = process.env): number => {
  if (columns !== undefined && columns > 0) return columns;
  return /^[1-9]\d*$/.test(COLUMNS ?? '') ? Number(COLUMNS) : Infinity;
};

export interface TerminalOptions {
  readonly color?: boolean;
  /** Columns that a line may take. */
  readonly width?: number;
}

/** Rows as text for a terminal; see `terminalTable`. */
export const formatTable = (
  headers: readonly string[],
  rows: readonly (readonly Cell[])[],
  options: TerminalOptions = {},
): string => terminalTable({ headers, rows }, options);

/**
 * A table as text for a terminal: columns as wide as they need, a rule below the headers, no other lines.
 *
 * If that is wider than the terminal, texts are broken into lines; if that is not enough, each row becomes a block of lines
 * `name: value`. Nothing is cut. Unprintable characters are escaped. There is no newline at the end.
 */
export function terminalTable(
  table: ReportTable,
  { color = usesColor(process.stdout), width = widthOf(process.stdout) }: TerminalOptions = {},
): string {
  const shown = withoutDetails(table);
  const columns = columnsOf(shown).map(({ header, align, texts }, column) => ({
    ...{ header: printable(header), align },
    texts: texts.map((text, row) => {
      const cell = shown.rows[row][column];
      return printable(isVerdict(cell) ? `${verdictStyles[cell.verdict].mark} ${text}` : text);
    }),
  }));
  const widths = fit(columns, width);
  return widths === null ? blocks(columns, width, color) : grid(columns, widths, color);
}

/** The text with the mark of a verdict that it begins with in that verdict's colour. */
export function paintMark(text: string, color: boolean): string {
  const painted = Object.entries(verdictStyles).find(([, { mark }]) => text.startsWith(`${mark} `));
  if (painted === undefined) return text;
  const [verdict, { mark }] = painted;
  const { green, red, dim } = colors(color);
  const paint = verdict.startsWith('supported') ? green : verdict.startsWith('refuted') ? red : dim;
  return paint(mark) + text.slice(mark.length);
}

const gap = 2;
const colors = (color: boolean) => picocolors.createColors(color);

/** The widths of the columns within a terminal, or null if they cannot be that small. */
function fit(columns: readonly Column[], width: number): number[] | null {
  const all = ({ header, texts }: Column): readonly string[] => [header, ...texts];
  const widths = columns.map((column) => Math.max(...all(column).map(displayWidth)));
  // Words and numbers stay whole.
  const least = columns.map((column) =>
    column.align === 'right'
      ? Math.max(...[...column.header.split(' '), ...column.texts].map(displayWidth))
      : Math.max(
          ...all(column)
            .flatMap((text) => wordsOf(text))
            .map(displayWidth),
        ),
  );
  const heights = columns.map(({ texts }) => {
    const byWidth = new Map<number, readonly number[]>();
    return (at: number): readonly number[] => {
      const lines = byWidth.get(at) ?? texts.map((text) => wrap(text, at).length);
      byWidth.set(at, lines);
      return lines;
    };
  });
  const rows = columns[0].texts.length;
  const tall = (at: readonly number[]): number[] =>
    Array.from({ length: rows }, (_, row) => Math.max(...heights.map((of, i) => of(at[i])[row])));
  const total = (): number => widths.reduce((sum, one) => sum + one, gap * (columns.length - 1));
  while (total() > width) {
    // The column that costs the fewest lines, and of several the widest.
    const choices = widths.flatMap((one, i) => {
      if (one <= least[i]) return [];
      const lines = tall(widths.with(i, one - 1)).reduce((sum, height) => sum + height, 0);
      return [{ i, one, lines }];
    });
    if (choices.length === 0) return null;
    choices.sort((a, b) => a.lines - b.lines || b.one - a.one);
    widths[choices[0].i]--;
  }
  // A row of more lines than this is easier to read as a block.
  return Math.max(0, ...tall(widths)) > 6 ? null : widths;
}

function grid(columns: readonly Column[], widths: readonly number[], color: boolean): string {
  const { bold, dim } = colors(color);
  const lines = (texts: readonly string[], style: (text: string) => string): string[] => {
    const cells = texts.map((text, i) => wrap(text, widths[i]));
    const height = Math.max(...cells.map((cell) => cell.length));
    return Array.from({ length: height }, (_, line) =>
      cells
        .map((cell, i) => pad(cell[line] ?? '', widths[i], columns[i].align, style))
        .join(' '.repeat(gap))
        .trimEnd(),
    );
  };
  const total = widths.reduce((sum, one) => sum + one, gap * (columns.length - 1));
  const count = columns[0]?.texts.length ?? 0;
  const body = Array.from({ length: count }, (_, row) =>
    lines(
      columns.map(({ texts }) => texts[row]),
      (text) => paintMark(text, color),
    ),
  );
  const head = lines(
    columns.map(({ header }) => header),
    bold,
  );
  return [...head, ...(count > 0 ? [dim('─'.repeat(total))] : []), ...body.flat()].join('\n');
}

/** Each row as lines `name: value`, an empty line between rows; values that are empty are left out. */
function blocks(columns: readonly Column[], width: number, color: boolean): string {
  const { bold } = colors(color);
  const count = columns[0].texts.length;
  const rows = Array.from({ length: count }, (_, row) =>
    columns.flatMap(({ header, texts }) => {
      if (texts[row] === '') return [];
      const [first, ...more] = wrap(`${header}: ${texts[row]}`, width - indent);
      const named =
        header !== '' && first.startsWith(header) ? bold(header) + first.slice(header.length) : first;
      return [named, ...more.map((line) => ' '.repeat(indent) + line)];
    }),
  );
  return count === 0
    ? columns.map(({ header }) => bold(header)).join('\n')
    : rows.map((lines) => lines.join('\n')).join('\n\n');
}

/** Of the second and later lines of a value. */
const indent = 2;

/** Where a line may end: at spaces, but not between a number and its per cent sign. */
const wordsOf = (text: string): string[] => text.split(/ (?!%)/);

/** Breaks a text at spaces into lines of at most `width` columns; a longer word is broken too. */
export function wrap(text: string, width: number): string[] {
  const lines = [''];
  for (const word of wordsOf(text)) {
    const last = lines[lines.length - 1];
    if (lines.length === 1 && last === '') lines[0] = word;
    else if (displayWidth(last) + 1 + displayWidth(word) <= width)
      lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines.flatMap((line) => broken(line, width));
}

function broken(line: string, width: number): string[] {
  if (displayWidth(line) <= width) return [line];
  const pieces = [''];
  for (const character of line) {
    if (displayWidth(pieces[pieces.length - 1] + character) > width) pieces.push('');
    pieces[pieces.length - 1] += character;
  }
  return pieces;
}

function pad(text: string, width: number, align: Column['align'], style: (text: string) => string): string {
  const space = ' '.repeat(Math.max(width - displayWidth(text), 0));
  return align === 'right' ? space + style(text) : style(text) + space;
}

/** Columns that a text takes: two for an East Asian wide character or an emoji, none for a combining mark. */
function displayWidth(text: string): number {
  let width = 0;
  for (const character of text)
    width += /\p{Mn}/u.test(character) ? 0 : wideCharacter.test(character) ? 2 : 1;
  return width;
}

const wideCharacter =
  /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]|\p{Emoji_Presentation}/u;
