/** Pictures of single seeds: paired slopes, and how many reached a threshold. */
import { describe, expect, it } from 'vitest';
import { pairedSlopes, type SlopePair } from '../../experiments/report/charts/claims/pairedSlopes.js';
import { survival } from '../../experiments/report/charts/claims/survival.js';
import { type Figure, renderFigure } from '../../experiments/report/draw/figure.js';
import { renderPage } from '../../experiments/report/page/renderPage.js';
import { epoch, loss } from './drawn.js';

type Row = Readonly<Record<string, unknown>>;
interface Layered {
  readonly layer: readonly {
    readonly data: { readonly values: readonly Row[] };
    readonly mark: Row;
    readonly encoding: Readonly<Record<string, { readonly scale?: { readonly range?: readonly unknown[] } }>>;
  }[];
  readonly title?: { readonly text: readonly string[]; readonly subtitle: readonly string[] };
}
const layersOf = ({ spec }: Figure) => (spec as object as Layered).layer;
const panelsOf = ({ spec }: Figure) => (spec as object as { readonly concat: readonly Layered[] }).concat;

describe('pairedSlopes', () => {
  const pair = (seed: number, against: number, arm: number, more: Partial<SlopePair> = {}): SlopePair => ({
    ...{ seed, against, arm, ...more },
  });
  const pairs = [
    pair(0, 2, 1),
    pair(1, 1, 1.5),
    pair(2, 1, 1),
    pair(3, 1, Infinity),
    pair(4, NaN, NaN, { added: true }),
    pair(5, NaN, 1.2, { added: true }),
  ];
  const panel = { title: 'W1', against: 'cold', arm: 'warm', better: 'lower', pairs } as const;
  const figure = (better: 'lower' | 'higher') =>
    pairedSlopes({
      ...{ title: 't', y: loss },
      panels: [
        { ...panel, better },
        { ...panel, title: 'W2' },
      ],
    });

  it('has a line for each seed from the other arm to the claimed one', () => {
    const [{ layer, title }, second] = panelsOf(figure('lower'));
    const lines = layer[0].data.values;
    expect(lines.map(({ seed }) => seed)).toEqual([0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5]);
    expect(lines.filter(({ seed }) => seed === 1).map(({ side, value }) => [side, value])).toEqual([
      ['cold', 1],
      ['warm ', 1.5],
    ]);
    const outcomes = lines.flatMap(({ outcome }, i) => (i % 2 === 0 ? [outcome] : []));
    // Better than a training that diverged, and two that diverged are equal.
    expect(outcomes).toEqual(['better', 'worse', 'equal', 'worse', 'equal', 'better']);
    expect(title).toMatchObject({ text: ['W1'], subtitle: ['2 of 6 better, 2 equal'] });
    expect(second.title!.text).toEqual(['W2']);
  });

  it('says which results are better: once if it is the same for all, else above each plot', () => {
    expect(figure('lower').notes!.join()).toContain('better (lower) with the arm at the right');
    const [first, second] = panelsOf(figure('higher'));
    expect(first.title!.text.join(' ')).toBe('W1, higher is better');
    expect(second.title!.text.join(' ')).toBe('W2, lower is better');
    expect(figure('higher').notes!.join()).not.toContain('(');
  });

  it('counts a higher value as better where it is', () => {
    const [{ layer, title }] = panelsOf(figure('higher'));
    const outcomes = layer[0].data.values.flatMap(({ outcome }, i) => (i % 2 === 0 ? [outcome] : []));
    expect(outcomes).toEqual(['worse', 'better', 'equal', 'better', 'equal', 'better']);
    expect(title!.subtitle).toEqual(['3 of 6 better, 2 equal']);
  });

  it('tells better from worse without colour, and trainings that diverged and late seeds by their marks', () => {
    const [{ layer }] = panelsOf(figure('lower'));
    const [lines, dots, hollow, crosses] = layer;
    const dashes = lines.encoding.strokeDash.scale!.range!.map((dash) => JSON.stringify(dash));
    expect(new Set(dashes).size).toBe(3);
    expect(dots.data.values.map(({ seed }) => seed)).toEqual([0, 0, 1, 1, 2, 2, 3]);
    expect(hollow.data.values.map(({ seed, side }) => [seed, side])).toEqual([[5, 'warm ']]);
    expect(hollow.mark.filled).toBe(false);
    // At the losing edge, above all finite values.
    expect(crosses.data.values.map(({ value }) => Number(value) > 2)).toEqual([true, true, true, true]);
    const low = panelsOf(figure('higher'))[0].layer[3].data.values;
    expect(low.filter(({ seed }) => seed !== 3).every(({ value }) => Number(value) < 1)).toBe(true);
  });

  it('refuses nothing to draw and a pair without its seed', () => {
    const draw = (panels: readonly object[]) => () =>
      pairedSlopes({ title: 't', y: loss, panels: panels as [] });
    expect(draw([])).toThrow('pairedSlopes: no comparison to draw');
    expect(draw([{ ...panel, pairs: [pair(0, NaN, NaN)] }])).toThrow("no finite value of 'loss'");
    expect(draw([{ ...panel, pairs: [{ against: 1, arm: 2 }] }])).toThrow('panels[0]: pairs[0]');
  });

  it('is drawn, in a file and for both kinds of screen', async () => {
    const { svg } = await renderFigure(figure('lower'));
    for (const text of ['>W1<', '>W2<', '>cold<', '>2 of 6 better, 2 equal<']) expect(svg).toContain(text);
    const page = await renderPage({
      title: 't',
      sections: [{ title: 's', figures: [{ figure: figure('lower') }] }],
    });
    expect(page.match(/>W2</g)).toHaveLength(2);
  });
});

describe('survival', () => {
  const draw = (...arms: readonly object[]) =>
    survival({ ...{ title: 't', x: epoch, threshold: 'test loss ≤ 1' }, arms: arms as [] });
  const figure = draw(
    { name: 'a', seeds: 4, reached: [0, 0.25, 0.25, 0.75] },
    { name: 'b', seeds: 2, reached: [0.5, 1, 1, 1] },
  );

  it('has the share of seeds that reached it by each epoch, as steps from 0 on', () => {
    const [a, b] = layersOf(figure);
    const points = a.data.values.map(({ epoch: at, share }) => [at, share]);
    expect(points).toEqual([0, 0, 0.25, 0.25, 0.75].map((share, at) => [at, share]));
    expect(a.mark.interpolate).toBe('step-after');
    // Curves of the same share lie beside each other.
    expect(a.mark.yOffset).not.toBe(b.mark.yOffset);
  });

  it('counts seeds that never did', () => {
    expect(figure.legend!.map(({ label }) => label)).toEqual(['a (n = 4, 1 never)', 'b (n = 2)']);
  });

  it('refuses no arm, one without seeds, and shares that are none', () => {
    expect(() => draw()).toThrow('survival: no arm to draw');
    for (const reached of [[], [NaN], [1.1], [-0.1]])
      expect(() => draw({ name: 'a', seeds: 2, reached })).toThrow('survival: arms[0]: reached');
    expect(() => draw({ name: 'a', seeds: 0, reached: [1] })).toThrow('survival: arms[0]: seeds');
  });

  it('is drawn with its threshold in words', async () => {
    expect((await renderFigure(figure)).svg).toContain('reached test loss ≤ 1 by then');
  });
});
