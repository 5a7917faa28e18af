/** Layouts of a figure, by where it is shown. */
export interface Layout {
  /**
   * `file`: a picture of its own, with its words and its legend. `wide` and `narrow`: within a page on a screen of that kind; the
   * page sets words and legend.
   */
  readonly kind: 'file' | 'wide' | 'narrow';
  /** Pixels of a plot that has an axis at its left and nothing at its right. */
  readonly width: number;
  readonly height: number;
}

/** A page shows `wide` at about 1.3 times and `narrow` at about its size, so that labels are as large as its text. */
export const layouts = {
  file: { kind: 'file', width: 600, height: 340 },
  wide: { kind: 'wide', width: 800, height: 320 },
  narrow: { kind: 'narrow', width: 300, height: 230 },
} as const satisfies Readonly<Record<Layout['kind'], Layout>>;

/** Approximate width of an axis with its labels and title, at the left of a plot. */
export const axisWidth = 62;

/** The width of a plot with something at its right; in a file, the picture grows instead. */
export const besidePlot = ({ kind, width }: Layout, beside: number): number =>
  kind === 'file' ? width : width - beside;
