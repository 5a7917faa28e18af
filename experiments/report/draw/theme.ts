import type { Config } from 'vega-lite';
import type { Verdict } from '../../stats/verdicts.js';

/** Sizes in pixels of the SVG; the PNG has twice as many, so that it is sharp on any screen. */
export const size = { width: 600, height: 340, title: 17, subtitle: 12.5, axisTitle: 13, label: 12 } as const;

/**
 * DejaVu Sans is what the PNG is drawn with and what all widths are measured in; Verdana, which a browser that lacks it
 * takes for the SVG, has nearly the same widths.
 */
const fontFamily = 'DejaVu Sans, Verdana, sans-serif';

export const ink = { text: '#222222', quiet: '#5a5a5a', axis: '#8a8a8a', grid: '#e8e8e8' } as const;

/**
 * Seven colours that people with any common colour blindness can tell apart (Okabe and Ito 2008), without their yellow,
 * which is too faint for a line on white.
 */
export const palette = ['#0072B2', '#D55E00', '#009E73', '#CC79A7', '#E69F00', '#56B4E9', '#222222'] as const;

/** The mark of what diverged, at the edge of a plot. */
export const crossMark = { type: 'point', shape: 'cross', angle: 45, filled: true } as const;

/** How a verdict is shown: by a colour, and by a mark for those who do not see it. */
export interface VerdictStyle {
  readonly color: string;
  /** In text. */
  readonly mark: string;
  /** In pictures; a hollow one is filled with the colour of the page. */
  readonly shape: 'circle' | 'diamond' | 'square' | 'triangle-down' | 'triangle-up';
  readonly hollow: boolean;
}

const [supports, refutes, leavesOpen] = [palette[2], palette[1], ink.quiet];

/** Green for what supports a claim, vermilion for what refutes it, grey for what leaves it open. */
export const verdictStyles: Readonly<Record<Verdict, VerdictStyle>> = {
  supported: { color: supports, mark: '●', shape: 'circle', hollow: false },
  'supported, smaller than the margin': { color: supports, mark: '○', shape: 'circle', hollow: true },
  'refuted: worse': { color: refutes, mark: '▼', shape: 'triangle-down', hollow: false },
  'refuted: better': { color: refutes, mark: '▲', shape: 'triangle-up', hollow: false },
  'refuted: no difference': { color: refutes, mark: '■', shape: 'square', hollow: false },
  inconclusive: { color: leavesOpen, mark: '◇', shape: 'diamond', hollow: true },
};

/**
 * Trials from the worst or the first to the best or the last, in steps that differ on a light screen as on a dark one: there the
 * page turns them to `dark`.
 */
export const trialRamp = {
  light: ['#dfe3e8', '#c3d0dd', '#a9bfd2', '#7ca4c8', '#4f8bbd', '#0f5f9a'],
  dark: ['#33383e', '#3f4c59', '#4b6378', '#5480a5', '#62a0d2', '#8ccbff'],
} as const;

/** The colour of a place between 0 and 1 in that order. */
export const rampColor = (place: number): string =>
  trialRamp.light[Math.min(Math.floor(place * trialRamp.light.length), trialRamp.light.length - 1)];

/** Line patterns: the first for arms 1 to 7, the next for 8 to 14, the last for 15 to 21. */
const dashes: readonly (readonly number[])[] = [[], [7, 3], [2, 2.5]];

/** The limit of arms in one picture; more could not be distinguished. */
export const mostArms = palette.length * dashes.length;

/** How the arm at a position in its study is drawn, the same in every figure that lists the arms in the same order. */
export interface ArmStyle {
  readonly color: string;
  /** Lengths of strokes and gaps in pixels; empty for a solid line. */
  readonly dash: readonly number[];
}

export const armStyle = (position: number): ArmStyle => ({
  color: palette[position % palette.length],
  dash: dashes[Math.floor(position / palette.length) % dashes.length],
});

/** Pixels between the columns of a legend, and what a line symbol takes beside its label. */
export const legendColumnGap = 22;
export const symbolWidth = 36;

/** The theme of every figure, as a configuration of Vega-Lite. */
export const config: Config = {
  background: '#ffffff',
  font: fontFamily,
  padding: 18,
  view: { stroke: null },
  title: {
    anchor: 'start',
    frame: 'bounds',
    fontSize: size.title,
    fontWeight: 'normal', // a single weight is vendored
    color: ink.text,
    lineHeight: 23,
    subtitleFontSize: size.subtitle,
    subtitleColor: ink.quiet,
    subtitleLineHeight: 18,
    subtitlePadding: 7,
    offset: 16,
  },
  axis: {
    titleFontSize: size.axisTitle,
    titleFontWeight: 'normal',
    titleColor: ink.text,
    titlePadding: 10,
    labelFontSize: size.label,
    labelColor: ink.text,
    labelLimit: 0, // never truncate a name
    labelPadding: 5,
    labelOverlap: true,
    gridColor: ink.grid,
    domainColor: ink.axis,
    tickColor: ink.axis,
    tickSize: 5,
  },
  legend: {
    title: null,
    labelFontSize: size.label,
    labelColor: ink.text,
    labelLimit: 0,
    symbolStrokeWidth: 2.5,
    symbolSize: 320,
    rowPadding: 5,
    columnPadding: legendColumnGap,
    padding: 0,
    offset: 14,
  },
};

/** The same within a page, which has margins and a background of its own. */
export const pageConfig: Config = { ...config, background: 'transparent', padding: 3 };
