/** Pictures of a run, drawn or missing. */
import type { Figure } from '../../draw/figure.js';

/** A picture with the name of its files and the part of the report that it belongs to. */
export interface RunFigure {
  readonly file: string;
  readonly part: 'claims' | 'training' | 'search' | 'reproduction';
  readonly figure: Figure;
  /** Words that a page shows until the reader opens the picture. */
  readonly folded?: string;
}

/** A picture that cannot be drawn, as when all values diverged. */
export interface MissingFigure {
  readonly file: string;
  readonly reason: string;
}

/** Draws a picture, or records why it cannot be drawn. */
export type AddFigure = (file: string, part: RunFigure['part'], draw: () => Figure, folded?: string) => void;
