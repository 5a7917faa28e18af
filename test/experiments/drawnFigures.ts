/** Reports of which few pictures are drawn, which takes most of their time; few tests look at them. */
import { afterEach } from 'vitest';
import type { Figure } from '../../experiments/report/draw/figure.js';

type FigureModule = typeof import('../../experiments/report/draw/figure.js');

/** The metrics whose pictures the present test draws. */
export const draws: { metrics: readonly string[] } = { metrics: [] };
afterEach(() => {
  draws.metrics = [];
});

/** The module of figures, in which all others are blank: the factory of a `vi.mock`, which every file has for itself. */
export async function drawnFigures(original: () => Promise<FigureModule>): Promise<FigureModule> {
  const real = await original();
  const blank = { svg: '<svg xmlns="http://www.w3.org/2000/svg"/>', png: new Uint8Array(1) };
  const isDrawn = (figure: object): boolean => {
    const text = draws.metrics.length === 0 ? '' : JSON.stringify(figure);
    return draws.metrics.some((metric) => text.includes(JSON.stringify(metric)));
  };
  return {
    ...real,
    renderFigure: (figure: Figure) => (isDrawn(figure) ? real.renderFigure(figure) : Promise.resolve(blank)),
    renderSvg: (title: string, spec: Figure['spec']) =>
      isDrawn(spec) ? real.renderSvg(title, spec) : Promise.resolve(blank.svg),
  };
}
