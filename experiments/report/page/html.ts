import { isText, requireKind } from '../../../engine/core/options.js';
import { writeOutput } from '../../files/replaceFile.js';
import { type Figure, figureKinds } from '../draw/figure.js';
import { onPage } from './page.js';
import { renderPage } from './renderPage.js';
import { readEach } from '../draw/parts.js';

/**
 * Draws figures into one HTML file that needs no other file, no network and no script, replacing what was there. What a dot stands
 * for is shown under the pointer, and the line under the pointer comes forward.
 *
 * For words and tables beside figures, see `renderPage`.
 */
export async function writeHtml(title: string, figures: readonly Figure[], file: string): Promise<void> {
  checkFigures('writeHtml', title, figures);
  requireKind('writeHtml', 'the file', file, isText);
  writeOutput(file, await renderHtml(title, figures));
}

/** The text of that file. */
export async function renderHtml(title: string, figures: readonly Figure[]): Promise<string> {
  checkFigures('renderHtml', title, figures);
  return renderPage({
    title,
    sections: [{ title: 'Figures', figures: figures.map((figure) => ({ figure: onPage(figure, title) })) }],
  });
}

function checkFigures(caller: string, title: string, figures: readonly Figure[]): void {
  requireKind(caller, 'the title', title, isText);
  readEach(caller, 'figures', figures, figureKinds);
}
