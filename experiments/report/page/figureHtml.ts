/** Figures within a page: words and legend as text, and the drawing for wide and for narrow screens. */
import type { LegendEntry } from '../draw/arms.js';
import { type Figure, renderSvg } from '../draw/figure.js';
import { layouts } from '../draw/layout.js';
import { escapeHtml } from '../tables/html.js';
import type { PageFigure } from './page.js';

/** A figure as HTML that needs no script: the style of the page shows the drawing that fits. */
export async function figureHtml({ figure, caption, folded }: PageFigure): Promise<string> {
  const { title, notes = [], legend = [] } = figure;
  const words = [
    `<b>${escapeHtml(title)}</b>`,
    ...[...notes, ...(caption === undefined ? [] : [caption])].map(
      (line) => `<span>${escapeHtml(line)}</span>`,
    ),
  ];
  const html = `<figure><figcaption>${words.join('')}</figcaption>${legendHtml(legend)}${await drawings(figure)}</figure>`;
  if (folded === undefined) return html;
  return `<details><summary>${escapeHtml(folded)}</summary>${html}</details>`;
}

async function drawings({ title, spec, page }: Figure): Promise<string> {
  if (page === undefined) {
    // The page shows the title.
    return inline(title, await renderSvg(title, { ...spec, title: '' }), 'wide narrow');
  }
  const [wide, narrow] = [await renderSvg(title, page.wide), await renderSvg(title, page.narrow)];
  return inline(title, wide, 'wide') + inline(title, narrow, 'narrow');
}

function legendHtml(entries: readonly LegendEntry[]): string {
  if (entries.length === 0) return '';
  const items = entries.map(
    ({ label, color, dash }) =>
      `<li><svg width="30" height="8" aria-hidden="true"><path d="M1,4h28" stroke="${color}" stroke-width="2.5" stroke-dasharray="${dash.join(',')}"/></svg>${escapeHtml(label)}</li>`,
  );
  return `<ul class="legend">${items.join('')}</ul>`;
}

/**
 * A drawing of Vega's as part of a page: without what a page does not show, with coordinates to a hundredth of a pixel, and what a
 * dot stands for as a tooltip.
 */
function inline(title: string, svg: string, className: string): string {
  const marks = svg
    .replace(/(<svg [^>]*>)<rect [^>]*fill="(?:transparent|#ffffff)"\/>/, '$1')
    .replaceAll(/<path class="(?:background|foreground)"[^>]*\/>/g, (path) =>
      /fill="(?!none)|stroke="(?!none)/.test(path) ? path : '',
    )
    .replaceAll(
      /<(path|rect) aria-label="([^"]*)"([^>]*)\/>/g,
      (_, tag: string, label: string, rest: string) =>
        /aria-roledescription="(?:point|bar)"/.test(rest)
          ? `<${tag}${rest}><title>${label.replaceAll(/-?\d+\.\d{4,}/g, fiveDigits)}</title></${tag}>`
          : `<${tag}${rest}/>`,
    )
    .replaceAll(/ (?:role|aria-roledescription|aria-label)="[^"]*"/g, '')
    .replaceAll(/translate\([^)]*\)/g, (moved) => moved.replaceAll(/\d+\.\d{3,}/g, twoDecimals))
    .replaceAll(/ (?:stroke-dasharray=""|opacity="1"|pointer-events="none")/g, '');
  return marks.replace(
    /<svg [^>]*width="([^"]*)" height="([^"]*)"[^>]*>/,
    (_, width: string, height: string) => {
      const scrolls = Number(width) > mostNarrow && className === 'narrow' ? ' scrolls' : '';
      // One that is less wide than others, of few small plots, is not blown up.
      const isSmall = className === 'wide' && Number(width) < layouts.wide.width;
      const most = isSmall ? ` style="max-width: ${Math.round(1.3 * Number(width))}px"` : '';
      return `<svg class="${className}${scrolls}"${most} width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img" aria-label="${escapeHtml(title)}">`;
    },
  );
}

/** A wider drawing for narrow screens keeps its size and scrolls. */
const mostNarrow = 460;

const fiveDigits = (text: string): string => String(Number(Number(text).toPrecision(5)));
const twoDecimals = (text: string): string => String(Number(Number(text).toFixed(2)));
