import type { Verdict } from '../../stats/verdicts.js';
import { columnsOf, isVerdict, type ReportTable, withoutEmptyDetails } from './table.js';

/** The limit of rows; a longer table is folded too: its caption and size are shown until the reader opens it. */
const mostRows = 30;

/**
 * A table in HTML. Cells name their column, so that the page's style can turn each row into a block on a narrow screen; a table of
 * two columns stays a table.
 */
export function htmlTable(full: ReportTable): string {
  const table = withoutEmptyDetails(full);
  const { caption, folded, headers, rows } = table;
  const columns = columnsOf(table);
  const cell = (row: number, index: number): string => {
    const { header, align, texts } = columns[index];
    const text = texts[row];
    const classes = [
      ...(align === 'right' ? ['right'] : []),
      ...(text === '' || text === '-' ? ['empty'] : []),
    ];
    const value = rows[row][index];
    const shown = isVerdict(value)
      ? `<span class="verdict ${verdictClass(value.verdict)}">${escapeHtml(text)}</span>`
      : escapeHtml(text);
    const marks = classes.length === 0 ? '' : ` class="${classes.join(' ')}"`;
    return `<td${marks} data-name="${escapeHtml(header)}">${shown}</td>`;
  };
  const head = columns
    .map(({ header, align }) => `<th${align === 'right' ? ' class="right"' : ''}>${escapeHtml(header)}</th>`)
    .join('');
  const lines = [
    ...(headers.every((header) => header === '') ? [] : [`<thead><tr>${head}</tr></thead>`]),
    '<tbody>',
    ...rows.map((_, row) => `<tr>${columns.map((__, index) => cell(row, index)).join('')}</tr>`),
    '</tbody></table></div>',
  ].join('\n');
  const summary =
    folded ?? (rows.length > mostRows ? `${caption ?? 'table'} (${rows.length} rows)` : undefined);
  const open = `<div class="scroll"><table${headers.length > 2 ? ' class="rows"' : ''}>`;
  // A table that is folded by its length has its caption outside.
  const inside =
    caption === undefined || (summary !== undefined && folded === undefined) ? undefined : caption;
  const html = `${open}${inside === undefined ? '' : `<caption>${escapeHtml(inside)}</caption>`}${lines}`;
  return summary === undefined ? html : `<details><summary>${escapeHtml(summary)}</summary>${html}</details>`;
}

/** The name of a verdict as a class of elements, as in `refuted-no-difference`. */
export const verdictClass = (verdict: Verdict): string => verdict.replaceAll(/[^a-z]+/g, '-');

/** A text as HTML shows it, in an element or between double quotes. */
export const escapeHtml = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');
