import { isText, requireKind } from '../../../engine/core/options.js';
import { writeOutput } from '../../files/replaceFile.js';
import { type Figure, figureKinds } from '../draw/figure.js';
import { onPage } from './page.js';
import { renderPage } from './renderPage.js';
import { readEach } from '../draw/parts.js';

/**
 * Replaces a file by an HTML page of figures that needs no other file, no network and no script. The meaning of a dot is shown
 * under the pointer, and the line under the pointer is emphasised.
 *
 * For words and tables beside figures, see `renderPage`.
 */
export async function writeHtml(title: string, figures: readonly Figure[], file: string): Promise<void> {
  checkFigures('writeHtml', title, figures);
  requireKind('writeHtml', 'the file', file, isText);
  writeOutput(file, await renderHtml(title, figures));
}

/** The text of the HTML page that `writeHtml` writes. */
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
