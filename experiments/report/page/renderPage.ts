import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { bundled } from '../../files/packageInfo.js';
import type { Verdict } from '../../stats/decisions.js';
import { compileFigure, renderFigure } from '../draw/figure.js';
import { pageStyle } from './pageStyle.js';
import { type Page, type PageCell, type PageFigure, type PageTable, readPage, type Section } from './page.js';
import { formatColumn } from '../tables/terminal.js';

/** A longer table is folded: its caption and size are shown until somebody opens it. */
const mostRows = 30;

/**
 * A report as the text of one HTML file that needs no other file and no network, for light and dark screens and for print.
 *
 * Where there are several sections, a table of contents leads to them. The same report gives the same text.
 */
export async function renderPage(page: Page): Promise<string> {
  const { title, prose, sections } = readPage('renderPage', page);
  const numbered = numberSections(sections, '');
  const body: string[] = [];
  const specs: object[] = [];
  for (const section of numbered) body.push(...(await sectionHtml(section, 2, specs)));
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(title)}</title>
<style>${pageStyle}</style>
<h1>${escapeHtml(title)}</h1>
${[...paragraphs(prose), ...contents(numbered), ...body, ...scripts(specs)].join('\n')}
</html>
`;
}

interface NumberedSection extends Omit<Section, 'sections'> {
  /** As in `section-2-1`. */
  readonly id: string;
  readonly sections: readonly NumberedSection[];
}

function numberSections(sections: readonly Section[], above: string): NumberedSection[] {
  return sections.map((section, index) => {
    const number = `${above}-${index + 1}`;
    return { ...section, id: `section${number}`, sections: numberSections(section.sections ?? [], number) };
  });
}

function contents(sections: readonly NumberedSection[]): string[] {
  const list = (its: readonly NumberedSection[]): string =>
    its.length === 0 ? '' : `<ul>${its.map(entry).join('')}</ul>`;
  const entry = ({ id, title, sections: below }: NumberedSection): string =>
    `<li><a href="#${id}">${escapeHtml(title)}</a>${list(below)}</li>`;
  return sections.length > 1 ? [`<nav aria-label="Contents">${list(sections)}</nav>`] : [];
}

/** Adds the specifications of interactive figures to `specs`. */
async function sectionHtml(section: NumberedSection, level: number, specs: object[]): Promise<string[]> {
  const { id, title, prose, tables = [], figures = [], sections } = section;
  const lines = [`<h${level} id="${id}">${escapeHtml(title)}</h${level}>`, ...paragraphs(prose)];
  lines.push(...tables.map(tableHtml));
  for (const figure of figures) lines.push(await figureHtml(figure, specs));
  for (const below of sections) lines.push(...(await sectionHtml(below, Math.min(level + 1, 4), specs)));
  return lines;
}

const paragraphs = (prose: readonly string[] = []): string[] =>
  prose.map((text) => `<p>${escapeHtml(text)}</p>`);

async function figureHtml(
  { figure, caption, interactive = false }: PageFigure,
  specs: object[],
): Promise<string> {
  const words = caption === undefined ? '' : `<figcaption>${escapeHtml(caption)}</figcaption>`;
  if (!interactive) return `<figure>${(await renderFigure(figure)).svg}${words}</figure>`;
  specs.push(await compileFigure(figure));
  return `<figure><div id="figure-${specs.length - 1}"></div>${words}</figure>`;
}

function tableHtml({ caption, headers, rows }: PageTable): string {
  const columns = headers.map((_, index) => columnHtml(rows.map((row) => row[index])));
  const side = (index: number): string => (columns[index].align === 'right' ? ' class="right"' : '');
  const row = (cells: readonly string[], tag: 'th' | 'td'): string =>
    `<tr>${cells.map((cell, index) => `<${tag}${side(index)}>${cell}</${tag}>`).join('')}</tr>`;
  const lines = [
    `<thead>${row(headers.map(escapeHtml), 'th')}</thead>`,
    '<tbody>',
    ...rows.map((_, index) =>
      row(
        columns.map(({ cells }) => cells[index]),
        'td',
      ),
    ),
    '</tbody></table></div>',
  ];
  if (rows.length > mostRows) {
    const summary = `${caption ?? 'table'} (${rows.length} rows)`;
    return `<details><summary>${escapeHtml(summary)}</summary><div class="scroll"><table>${lines.join('\n')}</details>`;
  }
  const words = caption === undefined ? '' : `<caption>${escapeHtml(caption)}</caption>`;
  return `<div class="scroll"><table>${words}${lines.join('\n')}`;
}

function columnHtml(cells: readonly PageCell[]): {
  readonly align: 'left' | 'right';
  readonly cells: string[];
} {
  const isVerdict = (cell: PageCell): cell is { readonly verdict: Verdict } =>
    typeof cell === 'object' && cell !== null;
  const { align, texts } = formatColumn(cells.map((cell) => (isVerdict(cell) ? cell.verdict : cell)));
  const html = texts.map((text, index) =>
    isVerdict(cells[index])
      ? `<span class="verdict ${text.replace(' ', '-')}">${escapeHtml(text)}</span>`
      : escapeHtml(text),
  );
  return { align, cells: html };
}

/** Vega, and what draws the interactive figures with it; nothing if there are none. */
function scripts(specs: readonly object[]): string[] {
  if (specs.length === 0) return [];
  if ((import.meta as Partial<ImportMeta>).resolve === undefined) throw bundled('renderPage', 'vega.min.js');
  const library = readFileSync(fileURLToPath(new URL('vega.min.js', import.meta.resolve('vega'))), 'utf8');
  return [
    `<script>${escapeScript(library)}</script>`,
    `<script>
const specs = ${escapeScript(JSON.stringify(specs))};
specs.forEach((spec, index) => {
  new vega.View(vega.parse(spec), { renderer: 'svg', container: '#figure-' + index, hover: true }).runAsync();
});
</script>`,
  ];
}

function escapeHtml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
}

/** Keeps text within its script element: in a string there, `<\/` is the same as `</`, and `<\!--` as `<!--`. */
function escapeScript(text: string): string {
  return text.replaceAll(/<(?=\/script|!--)/gi, '<\\');
}
