import { UsageError } from '../../engine/core/errors.js';
import { measureText } from './fontMetrics.js';
import { armStyle, legendColumnGap, mostArms, size, symbolWidth } from './theme.js';

/**
 * What Vega-Lite has to be told to draw every arm in its colour and line pattern, with one legend below the plot.
 *
 * `labels` are the entries of the legend, in the study's order; the data name their arm in the field `arm` by its label.
 * Throws a UsageError naming `figure` for two arms of one label and for more arms than can be told apart.
 */
export function armChannels(figure: string, labels: readonly string[]) {
  const twice = labels.find((label, position) => labels.indexOf(label) !== position);
  if (twice !== undefined) {
    throw new UsageError(`${figure}: two arms are called '${twice}'; give each its own name.`);
  }
  if (labels.length > mostArms) {
    throw new UsageError(
      `${figure}: ${labels.length} arms, and at most ${mostArms} can be told apart; draw several figures.`,
    );
  }
  const styles = labels.map((_, position) => armStyle(position));
  const legend = {
    orient: 'bottom' as const,
    columns: legendColumns(labels),
    symbolType: 'stroke' as const,
    symbolOpacity: 1,
  };
  return {
    color: {
      field: 'arm',
      type: 'nominal' as const,
      scale: { domain: [...labels], range: styles.map((style) => style.color) },
      legend,
    },
    strokeDash: {
      field: 'arm',
      type: 'nominal' as const,
      scale: { domain: [...labels], range: styles.map((style) => [...style.dash]) },
      legend,
    },
  };
}

/** As many columns as fit below the plot, each as wide as its longest label; the entries run along the rows. */
function legendColumns(labels: readonly string[]): number {
  const widths = labels.map((label) => symbolWidth + measureText(label, size.label));
  for (let columns = labels.length; columns > 1; columns--) {
    let total = (columns - 1) * legendColumnGap;
    for (let column = 0; column < columns; column++) {
      total += Math.max(...widths.filter((_, position) => position % columns === column));
    }
    if (total <= size.width) return columns;
  }
  return 1;
}
