import { columnsOf, isVerdict, type ReportTable, withoutEmptyDetails } from './table.js';

/** The limit of rows; a longer table is folded: its caption and size are shown until the reader opens it. */
const mostRows = 30;

/**
 * A table in HTML. Cells name their column, so that the page's style can turn each row into a block on a narrow screen; a table of
 * two columns stays a table.
 */
export function htmlTable(full: ReportTable): string {
  const table = withoutEmptyDetails(full);
  const { caption, headers, rows } = table;
  const columns = columnsOf(table);
  const cell = (row: number, index: number): string => {
    const { header, align, texts } = columns[index];
    const text = texts[row];
    const classes = [
      ...(align === 'right' ? ['right'] : []),
      ...(text === '' || text === '-' ? ['empty'] : []),
    ];
    const shown = isVerdict(rows[row][index])
      ? `<span class="verdict ${text.split(/[:,]/)[0]}">${escapeHtml(text)}</span>`
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
  const open = `<div class="scroll"><table${headers.length > 2 ? ' class="rows"' : ''}>`;
  if (rows.length > mostRows) {
    const summary = `${caption ?? 'table'} (${rows.length} rows)`;
    return `<details><summary>${escapeHtml(summary)}</summary>${open}${lines}</details>`;
  }
  return `${open}${caption === undefined ? '' : `<caption>${escapeHtml(caption)}</caption>`}${lines}`;
}

/** A text as HTML shows it, in an element or between double quotes. */
export const escapeHtml = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');
