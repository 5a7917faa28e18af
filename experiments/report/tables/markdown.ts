import { printable } from '../../text/printable.js';
import { columnsOf, isVerdict, type ReportTable, withoutEmptyDetails } from './table.js';

/** A table in Markdown; verdicts are bold. */
export function markdownTable(table: ReportTable): string {
  const shown = withoutEmptyDetails(table);
  const columns = columnsOf(shown);
  const cell = (row: number, index: number): string => {
    const text = plain(columns[index].texts[row]).replaceAll(interval, '[$1]');
    return isVerdict(shown.rows[row][index]) ? `**${text}**` : text;
  };
  const rows = shown.rows.map((_, row) => columns.map((__, index) => cell(row, index)));
  return [columns.map(({ header }) => plain(header)), columns.map(() => '---'), ...rows]
    .map((cells) => `| ${cells.join(' | ')} |`)
    .join('\n');
}

/** Two numbers in escaped brackets that are no part of a link. */
const interval = /\\\[((?:-?(?:[\d.e+-]+|Infinity|NaN)(?:, )?){2})\\\](?![([:])/g;

/** A name or a sentence of the study's as Markdown shows it, within one cell or line: nothing in it is markup. */
export const plain = (text: string): string =>
  printable(text.replaceAll(/\s+/g, ' ')).replaceAll(/[\\`*_[\]<>|#~&$]/g, (character) =>
    /[<>&]/.test(character) ? `&#${character.charCodeAt(0)};` : `\\${character}`,
  );
