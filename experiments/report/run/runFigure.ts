/** Pictures of a run, drawn or missing. */
import type { Figure } from '../draw/figure.js';

/** A picture and what it is called: the name of its files, and the part of the report that it belongs to. */
export interface RunFigure {
  readonly file: string;
  readonly part: 'claims' | 'training' | 'search' | 'reproduction';
  readonly figure: Figure;
  /** What a page shows instead until somebody opens the picture. */
  readonly folded?: string;
}

/** A picture that what was measured does not allow, as where all of it diverged. */
export interface MissingFigure {
  readonly file: string;
  readonly reason: string;
}

/** Draws a picture, or notes why it cannot be drawn. */
export type AddFigure = (file: string, part: RunFigure['part'], draw: () => Figure, folded?: string) => void;
