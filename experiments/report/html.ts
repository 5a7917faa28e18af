import { writeOutput } from '../files/replaceFile.js';
import type { Figure } from './figure.js';
import { renderPage } from './page.js';

/**
 * Draws figures into one HTML file that needs no other file and no network, replacing what was there: what lies under the
 * pointer is shown in figures, and pictures with a line a trial bring the line forward.
 *
 * Vega (half a megabyte) and the specifications, compiled, are within the file. For words and tables beside figures, see `renderPage`.
 */
export async function writeHtml(title: string, figures: readonly Figure[], file: string): Promise<void> {
  writeOutput(file, await renderHtml(title, figures));
}

/** The text of that file. */
export async function renderHtml(title: string, figures: readonly Figure[]): Promise<string> {
  return renderPage({
    title,
    sections: [{ title: 'Figures', figures: figures.map((figure) => ({ figure, interactive: true })) }],
  });
}
