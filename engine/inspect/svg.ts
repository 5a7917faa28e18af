import { UsageError } from '../core/errors.js';
import { edgeFontSize, fills, fontSize, frame, graphToDot, ink, paper } from './dot.js';
import { type Graph, requireGraph } from './graph.js';

/** What stands for each color on a dark page. */
const dark: readonly (readonly [color: string, instead: string])[] = [
  [ink, '#e4e4e4'],
  [paper, '#17191d'],
  [frame, '#8a8a8a'],
  [fills.argument, '#1f4173'],
  [fills.operation, '#2c3037'],
  [fills.vjp, '#66421a'],
  [fills.cut, '#45484d'],
];

/**
 * The graph as a picture, an SVG document; Graphviz draws what `graphToDot` writes. It follows the reader's choice of a light or dark page.
 * The package that draws, `@viz-js/viz`, is loaded at the first call.
 * @throws UsageError (as a rejection) for anything but a graph, and where that package cannot be loaded.
 */
export async function graphToSvg(graph: Graph): Promise<string> {
  requireGraph('graphToSvg', graph);
  const dot = graphToDot(graph);
  const { instance } = await import('@viz-js/viz').catch((error: unknown) => {
    throw new UsageError(
      `graphToSvg: the package @viz-js/viz, which draws, could not be loaded (${String(error)}). ` +
        'A page without a bundler needs it in its import map; graphToDot needs no package.',
    );
  });
  const svg = (await instance()).renderString(dot, { format: 'svg' });
  return svg.replace(
    /<svg ([^>]*)>/,
    (_, attributes: string) => `<svg class="metagrad-graph" ${attributes}>${style}`,
  );
}

const rules = dark.flatMap(([color, instead]) =>
  ['fill', 'stroke'].map((role) => `.metagrad-graph [${role}="${color}"] { ${role}: ${instead}; }`),
);

const style = `
<style>
.metagrad-graph [font-size="${fontSize}.00"] { font-size: 11px; }
.metagrad-graph [font-size="${edgeFontSize}.00"] { font-size: 9px; }
@media (prefers-color-scheme: dark) {
${rules.join('\n')}
}
</style>`;
