import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { compileFigure, type Figure } from './figure.js';

/**
 * Draws figures into one HTML file that needs no other file and no network, replacing what was there: what lies under the
 * pointer is shown in figures, and pictures with a line a trial bring the line forward.
 *
 * Vega (half a megabyte) and the specifications, compiled, are within the file.
 */
export async function writeHtml(title: string, figures: readonly Figure[], file: string): Promise<void> {
  await writeFile(file, await renderHtml(title, figures));
}

/** The text of that file. */
export async function renderHtml(title: string, figures: readonly Figure[]): Promise<string> {
  const specs = await Promise.all(figures.map(compileFigure));
  const library = readFileSync(fileURLToPath(new URL('vega.min.js', import.meta.resolve('vega'))), 'utf8');
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>${escapeText(title)}</title>
<style>
  body { margin: 2em auto; max-width: 1200px; font: 15px 'DejaVu Sans', Verdana, sans-serif; color: #222222; }
  h1 { font-size: 22px; font-weight: normal; margin: 0 18px 1em; }
  figure { margin: 0 0 2.5em; overflow-x: auto; }
</style>
<h1>${escapeText(title)}</h1>
${specs.map((_, index) => `<figure id="figure${index}"></figure>`).join('\n')}
<script>${escapeScript(library)}</script>
<script>
const specs = ${escapeScript(JSON.stringify(specs))};
specs.forEach((spec, index) => {
  new vega.View(vega.parse(spec), { renderer: 'svg', container: '#figure' + index, hover: true }).runAsync();
});
</script>
</html>
`;
}

function escapeText(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
}

/** Keeps text within its script element: in a string there, `<\/` is the same as `</`, and `<\!--` as `<!--`. */
function escapeScript(text: string): string {
  return text.replaceAll(/<(?=\/script|!--)/gi, '<\\');
}
