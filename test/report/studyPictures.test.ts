import { describe, expect, it } from 'vitest';
import { Resvg } from '@resvg/resvg-js';
import { domainOf, showingZero, ticksOf } from '../../experiments/report/draw/axes.js';
import { comparedArms } from '../../experiments/report/charts/training/comparison.js';
import { summarizeCurves } from '../../experiments/report/charts/training/curveSummary.js';
import { type Difference, differences } from '../../experiments/report/charts/claims/differences.js';
import { type Figure, renderFigure } from '../../experiments/report/draw/figure.js';
import { fontFile } from '../../experiments/report/draw/fontMetrics.js';
import { learningCurves } from '../../experiments/report/charts/training/learningCurves.js';
import { curveArms, type Measurement } from '../../experiments/report/charts/training/measurement.js';
import { reproducedFigures } from '../../experiments/report/charts/reproduction/reproducedFigures.js';
import { requestedEffective } from '../../experiments/report/charts/reproduction/requestedEffective.js';
import { sweep } from '../../experiments/report/charts/training/sweep.js';
import { meanInterval } from '../../experiments/stats/intervals.js';

const loss = { title: 'cross-entropy', unit: 'nats' };
const longName = 'second moment permuted within layers, and then some more words';

const measurements: Measurement[] = ['alive', 'cut'].flatMap((arm, a) =>
  [0, 1, 2].flatMap((seed) =>
    [1, 10, 100].map((at) => ({ arm, seed, at, value: a === 1 ? 0 : (seed + 1) * 10 ** (-at / 50) })),
  ),
);

const norms = learningCurves({
  title: 'Gradient of the gate',
  x: { title: 'step' },
  y: { title: 'norm', scale: 'log' },
  arms: curveArms(['alive', 'cut'], measurements),
  band: 'interval',
  references: [{ value: 0.5, label: 'half' }],
});

const claim = (name: string, more: Partial<Difference> = {}): Difference => ({
  ...{ name, point: -0.03, low: -0.04, high: -0.02, level: 0.95, values: [-0.05, -0.01] },
  ...{ margin: 0.02, verdict: 'supported' },
  ...more,
});

const claims = differences({
  title: 'Claims',
  x: { title: 'difference in cross-entropy', unit: 'nats' },
  differences: [
    claim('W1: warm − cold', { level: 1 - 0.05 / 3 }),
    claim(longName, { high: Infinity, verdict: 'inconclusive', values: [Infinity, 0.1] }),
    claim('one pair', { low: NaN, high: NaN, values: [0.3], verdict: 'inconclusive' }),
  ],
});

const swept = sweep({
  title: 'Sweep',
  x: { title: 'initial learning rate', scale: 'log' },
  y: loss,
  arms: ['SGD', longName],
  measurements: [1e-4, 1e-3, 1e-2].flatMap((at) =>
    [0, 1, 2].flatMap((seed) => [
      { arm: 'SGD', seed, at, value: at === 1e-2 ? NaN : 2 + seed },
      { arm: longName, seed, at, value: at === 1e-2 && seed === 2 ? Infinity : 1 + seed / 10 },
    ]),
  ),
});

const requested = requestedEffective({
  title: 'The learning rate that a trial asks for and the one it gets',
  setting: { title: 'learning rate', scale: 'log' },
  arms: ['as written', longName],
  trials: [
    { arm: 'as written', requested: 1e-5, effective: 1e-3 },
    { arm: 'as written', requested: 1e-1, effective: 1e-3 },
    { arm: longName, requested: 1e-2, effective: 1e-2 },
  ],
});

const reproductions = reproducedFigures({
  title: 'ReproducedFigures',
  x: loss,
  ours: 'metagrad',
  reference: 'PyTorch 1.13',
  test: 'Mann-Whitney',
  figures: [
    { name: 'cold', ours: [1.03, 1.01, 1.05], reference: [1.02, 1.04], stated: 1.0158, p: 0.8 },
    { name: longName, ours: [0.9, 1], reference: [], p: 1e-6 },
  ],
});

const figures: readonly (readonly [string, Figure])[] = [
  ['learningCurves with zeros on a log axis', norms],
  ['differences', claims],
  ['sweep', swept],
  ['requestedEffective', requested],
  ['reproducedFigures', reproductions],
];

type Row = Readonly<Record<string, unknown>>;

/** The data of each layer of a figure. */
function layerData(figure: Figure): readonly (readonly Row[])[] {
  const { layer } = figure.spec as object as { layer: { data: { values: Row[] } }[] };
  return layer.map(({ data }) => data.values);
}

describe.each(figures)('%s', (_, figure) => {
  it('clips nothing, the same every time', async () => {
    const { svg } = await renderFigure(figure);
    expect((await renderFigure(figure)).svg).toBe(svg);
    const [, width, height] = /width="([\d.]+)" height="([\d.]+)"/.exec(svg)!.map(Number);
    const font = { loadSystemFonts: false, fontFiles: [fontFile()], defaultFontFamily: 'DejaVu Sans' };
    const bare = svg.replace(/<rect width="[\d.]+" height="[\d.]+" fill="#ffffff"\/>/, '');
    const ink = new Resvg(bare, { font }).getBBox()!;
    expect(Math.min(ink.x, ink.y, width - ink.x - ink.width, height - ink.y - ink.height)).toBeGreaterThan(
      10,
    );
    expect(width).toBeLessThan(1100);
    expect(svg).not.toContain('…');
  });
});

describe('measurements', () => {
  it('become curves by arm and seed, in order of their positions', () => {
    const rows = [
      { arm: 'b', seed: 1, at: 2, value: 4 },
      { arm: 'a', seed: 0, at: 1, value: 1 },
      { arm: 'b', seed: 1, at: 1, value: 3 },
      { arm: 'b', seed: 0, at: 1, value: 5 },
    ];
    expect(curveArms(['a', 'b'], rows)).toEqual([
      { name: 'a', runs: [{ x: [1], y: [1] }] },
      {
        name: 'b',
        runs: [
          { x: [1, 2], y: [3, 4] },
          { x: [1], y: [5] },
        ],
      },
    ]);
  });

  it('become compared arms with a t interval', () => {
    const values = [1, 2, 4].map((value, seed) => ({ arm: 'a', seed, value }));
    const { mean: point, low, high } = meanInterval([1, 2, 4], 0.9);
    expect(comparedArms(['a'], values, 0.9)).toEqual([{ name: 'a', point, low, high, values: [1, 2, 4] }]);
  });
});

describe('curves with the mean and its interval', () => {
  it('are those of the seeds at each position', () => {
    const runs = [1, 2, 4].map((factor) => ({ x: [1, 2], y: [factor, 10 * factor] }));
    const { mean: center, low, high } = meanInterval([10, 20, 40]);
    expect(summarizeCurves(runs, 'interval')[1]).toEqual({ x: 2, center, low, high });
  });

  it('take evenly spread positions of a long run, both ends among them', () => {
    const x = Array.from({ length: 10_001 }, (_, i) => i);
    const points = summarizeCurves([{ x, y: x }], 'interval');
    expect(points).toHaveLength(400);
    expect([points[0].x, points[399].x]).toEqual([0, 10_000]);
    expect(points.every((point) => point.center === point.x && point.low === point.x)).toBe(true);
  });

  it('show zeros on a log axis, and cut bands that reach below zero at the edge', async () => {
    const { svg } = await renderFigure(norms);
    expect(svg).toContain('for a symlog scale');
    expect(svg).toMatch(/>0<\/text>.*>0\.1<\/text>/s);
    const [, drawn] = layerData(norms);
    expect(drawn.length).toBe(1); // the reference line
    const points = layerData(norms)[0];
    expect(points.filter(({ arm }) => arm === 'cut (n = 3)').map(({ center }) => center)).toEqual([0, 0, 0]);
    expect(points.every(({ low }) => (low as number) > -0.02)).toBe(true);
  });

  it('an axis of nothing but zeros is linear, one without zeros stays as it is', () => {
    const axis = { title: 'norm', unit: 'nats', scale: 'log' } as const;
    expect(showingZero(axis, [0, 0])).toEqual({ title: 'norm', unit: 'nats' });
    expect(showingZero(axis, [1, 2])).toBe(axis);
    const symlog = showingZero(axis, [0, 1e-4, 1]);
    expect(symlog).toMatchObject({ scale: 'symlog', linearBelow: 1e-4 });
    const domain = domainOf('test', symlog, [0, 1e-4, 1]);
    expect(domain[0]).toBeLessThan(0);
    expect(ticksOf(symlog, domain)).toEqual([0, 1e-4, 1e-3, 1e-2, 1e-1, 1]);
  });
});

describe('differences', () => {
  it('say interval, verdict and level in words, and draw the margin', async () => {
    const [margins] = layerData(claims);
    expect(margins[0]).toMatchObject({ marginLow: -0.02, marginHigh: 0.02 });
    expect(margins[0].figures).toBe('−0.03 [−0.04, −0.02]\nsupported (98.33 %)');
    expect(margins[2].figures).toBe('−0.03\ninconclusive');
    const { svg } = await renderFigure(claims);
    expect(svg).toContain('>difference in cross-entropy (nats)<');
    expect(svg).toMatch(/>second moment permuted[^<]*<\/tspan>.*more words<\/tspan>/);
  });

  it('refuse to draw nothing', () => {
    expect(() => differences({ title: 't', x: loss, differences: [] })).toThrow('differences: no difference');
  });
});

describe('sweep', () => {
  it('breaks the line where most seeds diverged and marks them on the edge', () => {
    const [lines, , dots, crosses] = layerData(swept);
    const sgd = lines.filter(({ arm }) => arm === 'SGD (n = 3)');
    expect(sgd.map(({ center }) => center)).toEqual([3, 3, null]);
    expect(lines.filter(({ arm }) => arm !== 'SGD (n = 3)').map(({ center }) => center)).toEqual([
      1.1, 1.1, 1.1,
    ]);
    expect(dots).toHaveLength(14);
    expect(crosses.map(({ at }) => at)).toEqual([1e-2, 1e-2, 1e-2, 1e-2]);
    expect(new Set(crosses.map(({ value }) => value)).size).toBe(1);
  });
});

describe('requestedEffective', () => {
  it('has one range for both axes and a diagonal across them', async () => {
    const [diagonal] = layerData(requested);
    expect(diagonal.map(({ requested: x, effective: y }) => x === y)).toEqual([true, true]);
    const { svg } = await renderFigure(requested);
    expect(svg).toContain('>requested learning rate<');
    expect(svg).toContain('>effective learning rate<');
    expect(svg).toContain('>as written (2 trials)<');
  });
});

describe('reproducedFigures', () => {
  it('say medians and p, and leave out what is missing', async () => {
    const rows = layerData(reproductions).at(-1)!;
    expect(rows.map(({ figures: text }) => text)).toEqual([
      '1.030 [1.010, 1.050]\n1.030 [1.020, 1.040]\np = 0.80',
      '0.950 [0.900, 1.000]\n-\np < 0.001',
    ]);
    const { svg } = await renderFigure(reproductions);
    expect(svg).toContain('>stated in the write-up<');
    expect(svg).not.toContain('NaN');
  });
});
