/** Pictures of tuning: what more trials buy, the objective over a parameter, tuned values against the bounds of their ranges. */
import { describe, expect, it } from 'vitest';
import { budgetCurves } from '../../experiments/report/charts/search/budgetCurves.js';
import { searchScatter } from '../../experiments/report/charts/search/searchScatter.js';
import { placeWithin, tunedBounds } from '../../experiments/report/charts/search/tunedBounds.js';
import { type Figure, renderFigure } from '../../experiments/report/draw/figure.js';
import { loss } from './drawn.js';

type Row = Readonly<Record<string, unknown>>;
type Layers = readonly { readonly data: { readonly values: readonly Row[] }; readonly mark: Row }[];
const layersOf = ({ spec }: Figure) => (spec as object as { readonly layer: Layers }).layer;
const panelsOf = ({ spec }: Figure) =>
  (spec as object as { readonly concat: readonly { readonly layer: Layers }[] }).concat;

describe('budgetCurves', () => {
  const point = (trials: number, mean: number, low = mean - 0.5, high = mean + 0.5) => ({
    ...{ trials, mean, low, high },
  });
  const figure = budgetCurves({
    ...{ title: 't', y: { ...loss, bounds: [0, 10] }, band: '95 % interval over searches' },
    arms: [
      { name: 'a', searches: 3, points: [point(2, 1), point(1, 2), point(3, 0.2)] },
      { name: 'b', searches: 1, points: [point(1, Infinity, 4, Infinity), point(2, 3, 1, Infinity)] },
    ],
  });

  it('has a line by ascending trials, with gaps for what is infinite', () => {
    const [, line] = layersOf(figure);
    expect(line.data.values.map(({ arm, x, center }) => [arm, x, center])).toEqual([
      ['a (3 searches)', 1, 2],
      ['a (3 searches)', 2, 1],
      ['a (3 searches)', 3, 0.2],
      ['b (1 search)', 1, null],
      ['b (1 search)', 2, 3],
    ]);
  });

  it('has bands that end at the possible values and at the edge of the plot', () => {
    const [band] = layersOf(figure);
    expect(band.data.values[2]).toMatchObject({ low: 0, high: 0.7 });
    const { low, high } = band.data.values[4];
    expect(low).toBe(1);
    expect(Number.isFinite(high)).toBe(true);
  });

  it('says what the band is, and is drawn', async () => {
    expect((await renderFigure(figure)).svg).toContain('band: 95 % interval over searches');
  });

  it('refuses budgets that are no numbers of trials', () => {
    const draw = (trials: number) => () =>
      budgetCurves({
        ...{ title: 't', y: loss, band: 'b' },
        arms: [{ name: 'a', searches: 1, points: [point(trials, 1)] }],
      });
    for (const trials of [0, 1.5, NaN]) expect(draw(trials)).toThrow('budgetCurves: arms[0]: points[0]');
  });
});

describe('searchScatter', () => {
  const trial = (x: number, y: number, best = false) => ({ x, y, best });
  const arm = {
    ...{ name: 'a', low: 1e-4, high: 1 },
    trials: [trial(1e-3, 2), trial(1e-2, 1, true), trial(0.5, NaN), trial(0.9, Infinity)],
  };
  const figure = (direction: 'minimize' | 'maximize') =>
    searchScatter({
      ...{ title: 't', x: { title: 'lr', scale: 'log' }, y: loss, direction },
      arms: [arm, { ...arm, name: 'b', trials: [trial(0.1, 3)] }],
    });

  it('has dots for trials, diamonds for the best, and crosses at the losing edge', () => {
    const [{ layer }] = panelsOf(figure('minimize'));
    const [dots, crosses, best] = layer;
    expect(dots.data.values.map(({ x, y }) => [x, y])).toEqual([[1e-3, 2]]);
    expect(best.data.values.map(({ x, y }) => [x, y])).toEqual([[1e-2, 1]]);
    expect(best.mark.shape).toBe('diamond');
    expect(crosses.data.values.map(({ x, y }) => [x, Number(y) > 3])).toEqual([
      [0.5, true],
      [0.9, true],
    ]);
    const low = panelsOf(figure('maximize'))[0].layer[1].data.values;
    expect(low.every(({ y }) => Number(y) < 1)).toBe(true);
  });

  it('shows the whole range that was searched, and one scale of the objective', () => {
    const domains = panelsOf(figure('minimize')).map((panel) => {
      const { x, y } = (panel.layer[0] as object as Readonly<Record<'encoding', Channels>>).encoding;
      return [x.scale.domain, y.scale.domain] as const;
    });
    interface Channels {
      readonly x: { readonly scale: { readonly domain: readonly number[] } };
      readonly y: { readonly scale: { readonly domain: readonly number[] } };
    }
    for (const [x] of domains) {
      expect(x[0]).toBeLessThan(1e-4);
      expect(x[1]).toBeGreaterThan(1);
    }
    expect(domains[0][1]).toEqual(domains[1][1]);
  });

  it('is drawn with the names of the arms, and 1 among powers of ten', async () => {
    const { svg } = await renderFigure(figure('minimize'));
    for (const text of ['>a<', '>b<', '>1e-4<', '>1<']) expect(svg).toContain(text);
    expect(svg).not.toContain('1e+0');
  });

  it('refuses no arm, and arms without a finite objective', () => {
    const draw = (arms: readonly (typeof arm)[]) => () =>
      searchScatter({ title: 't', x: { title: 'lr' }, y: loss, direction: 'minimize', arms });
    expect(draw([])).toThrow('searchScatter: no arm to draw');
    expect(draw([{ ...arm, trials: [trial(1, NaN)] }])).toThrow("no finite value of 'loss'");
  });
});

describe('tunedBounds', () => {
  const logarithmic = { name: 'adam: lr', low: 1e-4, high: 1, log: true, values: [1e-2, 1e-4, 0.7, 0.6] };
  const linear = { name: 'sgd: momentum', low: 0.8, high: 1, log: false, values: [0.82, 0.9, 0.98, 0.995] };
  const figure = tunedBounds({ title: 't', parameters: [logarithmic, linear] });

  it('has each value at its place in the range, by ratios where it is searched so', () => {
    expect(placeWithin(logarithmic, 1e-2)).toBeCloseTo(0.5, 12);
    expect(placeWithin(linear, 0.85)).toBeCloseTo(0.25, 12);
    expect(placeWithin({ low: 2, high: 2, log: false }, 2)).toBe(0.5);
    const [, , inside] = layersOf(figure);
    const places = inside.data.values.map(({ name, place }) => [name, Number(Number(place).toFixed(4))]);
    expect(places).toEqual([
      ['adam: lr', 0.5],
      // log10(0.6) / 4 + 1
      ['adam: lr', 0.9445],
      ['sgd: momentum', 0.1],
      ['sgd: momentum', 0.5],
      ['sgd: momentum', 0.9],
    ]);
  });

  it('marks values within 5 % of a bound by another shape, and counts them', () => {
    const [, , inside, near] = layersOf(figure);
    expect(near.data.values.map(({ value }) => value)).toEqual([1e-4, 0.7, 0.995]);
    expect(near.mark.shape).not.toBe(inside.mark.shape);
    const figures = layersOf(figure)
      .at(-1)!
      .data.values.map((row) => row.figures);
    // statistics.median([1e-4, 1e-2, 0.6, 0.7]), of [0.82, 0.9, 0.98, 0.995]
    expect(figures).toEqual(['median 0.305\n2 of 4 near a bound', 'median 0.94\n1 of 4 near a bound']);
  });

  it('names the bounds, and is drawn', async () => {
    const { svg } = await renderFigure(figure);
    for (const text of ['>1e-4<', '>1<', '>0.8<', '>lower bound<', '>upper bound<'])
      expect(svg).toContain(text);
  });

  it('refuses nothing to draw', () => {
    expect(() => tunedBounds({ title: 't', parameters: [] })).toThrow('tunedBounds: no tuned parameter');
  });
});
