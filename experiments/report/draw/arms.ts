import { UsageError } from '../../../engine/core/errors.js';
import { suggestion } from '../../../engine/core/nearest.js';
import { type Axis, type Domain, placeOn } from './axes.js';
import { measureText } from './fontMetrics.js';
import { type Layout, layouts } from './layout.js';
import { armStyle, legendColumnGap, mostArms, size, symbolWidth } from './theme.js';
import { isTexts, type PartKinds } from './parts.js';

/** The names of the study's arms, for pictures that show some of them. */
export interface OfStudy {
  /**
   * All arms of the study, in order. The position of an arm in this list determines its color, so it keeps that color in every
   * picture that receives the same list. Default: the arms of this picture.
   */
  readonly studyArms?: readonly string[];
}

/** A line of a picture and its meaning. */
export interface LegendEntry {
  readonly label: string;
  readonly color: string;
  /** Lengths of strokes and gaps in pixels; empty for a solid line. */
  readonly dash: readonly number[];
}

/**
 * Vega-Lite encodings that draw each arm in its color and line pattern with one legend below the plot, and the legend's entries,
 * which a page shows as text.
 *
 * `labels` are the entries of the legend, one for each of `names`; the data name their arm in the field `arm` by its label.
 * Throws a UsageError naming `figure` for two arms of one name, for more arms than can be told apart, and for one that is not
 * among the study's.
 */
export function armChannels(
  figure: string,
  names: readonly string[],
  labels: readonly string[] = names,
  studyArms: readonly string[] = names,
  layout: Layout = layouts.file,
) {
  const twice = names.find((name, position) => names.indexOf(name) !== position);
  if (twice !== undefined) {
    throw new UsageError(`${figure}: two arms are called '${twice}'; give each its own name.`);
  }
  if (names.length > mostArms) {
    throw new UsageError(
      `${figure}: ${names.length} arms, and at most ${mostArms} can be told apart; draw several figures.`,
    );
  }
  const places = names.map((name) => studyArms.indexOf(name));
  const stranger = names.find((_, position) => places[position] < 0);
  if (stranger !== undefined) {
    throw new UsageError(
      `${figure}: arm '${stranger}' is not among studyArms.${suggestion(stranger, studyArms)} They are ${studyArms.join(', ')}.`,
    );
  }
  const alike = places.findIndex((place, position) =>
    places.some((other, before) => before < position && (place - other) % mostArms === 0),
  );
  if (alike >= 0) {
    throw new UsageError(
      `${figure}: arm '${names[alike]}' looks like another one, ${mostArms} places before it in studyArms; draw them in two figures.`,
    );
  }
  const styles = places.map(armStyle);
  const below = {
    orient: 'bottom' as const,
    columns: legendColumns(labels, layout.width),
    symbolType: 'stroke' as const,
    symbolOpacity: 1,
  };
  const legend = layout.kind === 'file' ? below : null;
  return {
    entries: labels.map((label, position): LegendEntry => ({ label, ...styles[position] })),
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
function legendColumns(labels: readonly string[], width: number): number {
  const widths = labels.map((label) => symbolWidth + measureText(label, size.label));
  for (let columns = labels.length; columns > 1; columns--) {
    let total = (columns - 1) * legendColumnGap;
    for (let column = 0; column < columns; column++) {
      total += Math.max(...widths.filter((_, position) => position % columns === column));
    }
    if (total <= width) return columns;
  }
  return 1;
}

/** As a share of the axis: less than the width of a line. */
const lineWidth = 0.005;

/** One point of a curve: where along the x axis, and the value there, if any. */
export type PlottedPoint = readonly [x: number, y: number | null];

/**
 * For each curve the name of one drawn later that covers it, or undefined: all its points are points of that one, to within the
 * width of a line. The legend has to say so, as nothing of such a curve can be seen.
 */
export function coveredBy(
  axis: Axis,
  domain: Domain,
  curves: readonly { readonly name: string; readonly points: readonly PlottedPoint[] }[],
): (string | undefined)[] {
  const place = placeOn(axis, domain);
  const drawn = curves.map(
    ({ points }) => new Map(points.flatMap(([x, y]) => (y === null ? [] : [[x, place(y)] as const]))),
  );
  return drawn.map((own, position) => {
    const covers = (other: ReadonlyMap<number, number>): boolean =>
      [...own].every(([x, y]) => Math.abs(y - (other.get(x) ?? Infinity)) < lineWidth);
    const last = drawn.findLastIndex((other, later) => later > position && own.size > 0 && covers(other));
    return last < 0 ? undefined : curves[last].name;
  });
}

/** The part of a legend's entry about a curve that another one covers. */
export const coverage = (by: string | undefined): string => (by === undefined ? '' : `; covered by ${by}`);

export const studyKinds: PartKinds<OfStudy> = { required: {}, optional: { studyArms: isTexts } };
