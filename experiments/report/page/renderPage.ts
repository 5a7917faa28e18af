import { escapeHtml, htmlTable } from '../tables/html.js';
import { figureHtml } from './figureHtml.js';
import { type Page, readPage, type Section } from './page.js';
import { pageStyle } from './pageStyle.js';

/**
 * A report as the text of one HTML file that needs no other file and no network, for light and dark screens and for print.
 *
 * Several sections have a table of contents. The same report gives the same text.
 */
export async function renderPage(page: Page): Promise<string> {
  const { title, prose, sections } = readPage('renderPage', page);
  const numbered = numberSections(sections, '');
  const body: string[] = [];
  for (const section of numbered) body.push(...(await sectionHtml(section, 2)));
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(title)}</title>
<style>${pageStyle}</style>
<h1>${escapeHtml(title)}</h1>
${[...paragraphs(prose), ...contents(numbered), ...body].join('\n')}
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
  const list = (entries: readonly NumberedSection[]): string =>
    entries.length === 0 ? '' : `<ul>${entries.map(entry).join('')}</ul>`;
  const entry = ({ id, title, sections: below }: NumberedSection): string =>
    `<li><a href="#${id}">${escapeHtml(title)}</a>${list(below)}</li>`;
  return sections.length > 1 ? [`<nav aria-label="Contents">${list(sections)}</nav>`] : [];
}

async function sectionHtml(section: NumberedSection, level: number): Promise<string[]> {
  const { id, title, prose, tables = [], figures = [], sections } = section;
  const lines = [`<h${level} id="${id}">${escapeHtml(title)}</h${level}>`, ...paragraphs(prose)];
  lines.push(...tables.map(htmlTable));
  for (const figure of figures) lines.push(await figureHtml(figure));
  for (const below of sections) lines.push(...(await sectionHtml(below, Math.min(level + 1, 4))));
  return lines;
}

const paragraphs = (prose: readonly string[] = []): string[] =>
  prose.map((text) => `<p>${escapeHtml(text)}</p>`);
