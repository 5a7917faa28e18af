import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Resvg } from '@resvg/resvg-js';
import { describe, expect, it } from 'vitest';
import { comparison } from '../../experiments/report/charts/training/comparison.js';
import type { Figure } from '../../experiments/report/draw/figure.js';
import { renderFigure, writeFigure } from '../../experiments/report/draw/figure.js';
import { fontFile, measureText, wrapText } from '../../experiments/report/draw/fontMetrics.js';
import type { Curve } from '../../experiments/report/charts/training/learningCurves.js';
import { learningCurves } from '../../experiments/report/charts/training/learningCurves.js';
import { optimizationHistory } from '../../experiments/report/charts/search/optimizationHistory.js';

const x = { title: 'epoch' };
const y = { title: 'validation loss', unit: 'nats' };
const run = (...values: number[]): Curve => ({ x: values.map((_, index) => index + 1), y: values });
const longName = 'second moment permuted within layers, and then some more words';

const curves = learningCurves({
  title: 'Warm start on MNIST-1D, with a title so long that it takes a second line above the plot',
  subtitle: 'MLP 40-128-128-10',
  x,
  y,
  arms: [
    { name: 'cold', runs: [run(2, 1.5, 1.2), run(2.1, 1.4, 1.1), run(2.2, 1.6, 1.4)] },
    { name: 'warm & <reset>', runs: [run(1.9, 1.3, 1.15), run(2, NaN, NaN)] },
    { name: longName, runs: [run(1.8, 1.35, 1.3)] },
  ],
});

const compared = comparison({
  title: 'Final loss',
  x: y,
  estimate: 'mean of the seeds and 95 % interval',
  arms: [
    { name: 'cold', point: 1.034, low: 1.002, high: 1.06, values: [0.99, 1.03, 1.07] },
    { name: longName, point: 0.993, low: 0.984, high: Infinity, values: [0.98, 1.02, Infinity] },
    { name: 'one seed', point: 1.05, low: NaN, high: NaN, values: [1.05] },
  ],
  reference: { value: 1.0158, label: 'stated' },
});

const history = optimizationHistory({
  title: 'Search',
  direction: 'minimize',
  y: { ...y, scale: 'log' },
  arms: [
    { name: 'cold', trials: [3, null, 1.5, 2, 1.2].map((value, number) => ({ number, value })) },
    { name: longName, trials: [Infinity, 30, 1.1].map((value, number) => ({ number, value })) },
  ],
});

const figures: readonly (readonly [string, Figure])[] = [
  ['learningCurves', curves],
  ['comparison', compared],
  ['optimizationHistory', history],
];

/** Most tests only look at a drawing, so each figure is drawn for them once. */
const drawings = new Map<Figure, ReturnType<typeof renderFigure>>();
function drawn(figure: Figure): ReturnType<typeof renderFigure> {
  const drawing = drawings.get(figure) ?? renderFigure(figure);
  drawings.set(figure, drawing);
  return drawing;
}

/** The data of each layer of a figure. */
function layerData(figure: Figure): Record<string, unknown>[][] {
  const { layer } = figure.spec as object as { layer: { data: { values: Record<string, unknown>[] } }[] };
  return layer.map(({ data }) => data.values);
}

function sizeOf(svg: string): { width: number; height: number } {
  const [, width, height] = /width="([\d.]+)" height="([\d.]+)"/.exec(svg)!;
  return { width: Number(width), height: Number(height) };
}

/** Where a renderer that has only the vendored font puts ink. */
function inkOf(svg: string) {
  const font = { loadSystemFonts: false, fontFiles: [fontFile()], defaultFontFamily: 'DejaVu Sans' };
  return new Resvg(svg, { font }).getBBox()!;
}

describe.each(figures)('%s', (_, figure) => {
  it('gives a PNG of twice the size of the SVG', async () => {
    const { svg, png } = await drawn(figure);
    const bytes = Buffer.from(png);
    expect(bytes.subarray(0, 8)).toEqual(Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]));
    const { width, height } = sizeOf(svg);
    expect(bytes.readUInt32BE(16)).toBe(2 * width);
    expect(bytes.readUInt32BE(20)).toBe(2 * height);
    expect(width).toBeGreaterThan(500);
    expect(width).toBeLessThan(1100);
  });

  it('gives the same bytes every time, two drawings at once included', async () => {
    const first = await drawn(figure);
    for (const again of await Promise.all([renderFigure(figure), renderFigure(figure)])) {
      expect(again.svg).toBe(first.svg);
      expect(Buffer.compare(again.png, first.png)).toBe(0);
    }
  });

  it('clips nothing: all ink lies inside the picture, with a margin', async () => {
    const { svg } = await drawn(figure);
    const { width, height } = sizeOf(svg);
    const ink = inkOf(svg.replace(/<rect width="[\d.]+" height="[\d.]+" fill="#ffffff"\/>/, ''));
    expect(ink.width).toBeLessThan(width - 20);
    expect(ink.x).toBeGreaterThan(10);
    expect(ink.y).toBeGreaterThan(10);
    expect(ink.x + ink.width).toBeLessThan(width - 10);
    expect(ink.y + ink.height).toBeLessThan(height - 10);
  });

  it('names every arm in full, and the axis with its unit', async () => {
    const { svg } = await drawn(figure);
    expect(svg).toContain('>cold (');
    expect(svg).toContain(`>${longName} (`);
    expect(svg).toContain('>validation loss (nats)<');
    expect(svg).not.toContain('…');
  });
});

describe('learningCurves', () => {
  it('draws medians and interquartile bands over the seeds', () => {
    const [band, line] = layerData(curves);
    const cold = line.filter(({ arm }) => arm === 'cold (n = 3)');
    expect(cold.map((point) => point.x)).toEqual([1, 2, 3]);
    expect(cold.map((point) => point.center)).toEqual([2.1, 1.5, 1.2]);
    // numpy.percentile([2, 2.1, 2.2], [25, 75]) = 2.05, 2.15
    expect(band[0].low).toBeCloseTo(2.05, 12);
    expect(band[0].high).toBeCloseTo(2.15, 12);
  });

  it('counts a diverged seed as infinite: half of two seeds stop the line, the legend tells', async () => {
    const [, line] = layerData(curves);
    const warm = line.filter(({ arm }) => arm === 'warm & <reset> (n = 2, 1 diverged)');
    expect(warm.map(({ center }) => center)).toEqual([1.95, null, null]);
    const { svg } = await drawn(curves);
    expect(svg).toContain('warm &amp; &lt;reset&gt; (n = 2, 1 diverged)');
  });

  it('keeps the median of the rest where less than half diverged, also if the run then ended', () => {
    const runs = [run(2, 1), run(2, 1.2), { x: [1], y: [NaN] }];
    const [band, line] = layerData(learningCurves({ title: 't', x, y, arms: [{ name: 'a', runs }] }));
    expect(line.map(({ center }) => center)).toEqual([2, 1.2]);
    // The band leaves through the top of the plot.
    expect(band[1].high).toBeGreaterThan(2);
  });

  it('shortens an arm to what all its seeds reached', () => {
    const [, line] = layerData(
      learningCurves({ title: 't', x, y, arms: [{ name: 'a', runs: [run(3, 2, 1), run(3, 2)] }] }),
    );
    expect(line.map((point) => point.x)).toEqual([1, 2]);
  });

  it('spans all seeds with band range', () => {
    const arms = [{ name: 'a', runs: [run(1), run(2), run(4)] }];
    const [band] = layerData(learningCurves({ title: 't', x, y, arms, band: 'range' }));
    expect(band[0]).toMatchObject({ low: 1, high: 4 });
  });

  it('refuses what cannot be drawn, naming it', () => {
    const draw = (arms: readonly { name: string; runs: Curve[] }[], scale: 'linear' | 'log' = 'linear') =>
      learningCurves({ title: 't', x, y: { ...y, scale }, arms });
    const twice = { name: 'a', runs: [run(1, 2)] };
    expect(() => draw([twice, twice])).toThrow("learningCurves: two arms are called 'a'");
    expect(() => draw([{ name: 'a', runs: [run(-1, 2)] }], 'log')).toThrow('value of -1 on a log axis');
    expect(() => draw([{ name: 'a', runs: [run(NaN)] }])).toThrow("no finite value of 'validation loss'");
    const many = Array.from({ length: 22 }, (_, index) => ({ name: `arm ${index}`, runs: [run(1, 2)] }));
    expect(() => draw(many)).toThrow('22 arms, and at most 21');
  });
});

describe('comparison', () => {
  it('gives the figures as exactly as the axis shows them, without an interval where there is none', async () => {
    const { svg } = await drawn(compared);
    expect(svg).not.toContain('NaN');
    // Two intervals and the reference; three estimates and six seeds.
    expect(svg.match(/aria-roledescription="rule mark"/g)).toHaveLength(2 + 1);
    expect(svg.match(/aria-roledescription="point"/g)).toHaveLength(3 + 6);
    for (const figures of ['1.034 [1.002, 1.060]', '0.993 [0.984, Infinity]', '1.050']) {
      expect(svg).toContain(`>${figures}<`);
    }
  });

  it('gives the others as exactly as their intervals, where one arm makes the axis long', async () => {
    const { svg } = await drawn(
      comparison({
        title: 'Final loss',
        x: y,
        estimate: 'mean',
        arms: [
          { name: 'cold', point: 1.034, low: 1.002, high: 1.06, values: [] },
          { name: 'lost', point: 45.2, low: -52.4, high: 143.1, values: [440] },
        ],
      }),
    );
    for (const figures of ['1.03 [1.00, 1.06]', '45 [−52, 143]']) expect(svg).toContain(`>${figures}<`);
  });
});

describe('optimizationHistory', () => {
  it('steps down only when a trial is better, and marks failures on the losing edge', () => {
    const [dots, best, crosses] = layerData(history);
    const cold = best.filter(({ arm }) => arm === 'cold (5 trials)');
    expect(cold.map(({ value }) => value)).toEqual([3, 3, 1.5, 1.5, 1.2]);
    expect(dots).toHaveLength(6);
    expect(crosses.map((point) => point.number)).toEqual([1, 0]);
    expect(crosses[0].value).toBeGreaterThan(30);
  });

  it('steps up when maximizing', () => {
    const trials = [0.2, 0.5, 0.4].map((value, number) => ({ number, value }));
    const figure = optimizationHistory({
      title: 't',
      direction: 'maximize',
      y,
      arms: [{ name: 'a', trials }],
    });
    expect(layerData(figure)[1].map(({ value }) => value)).toEqual([0.2, 0.5, 0.5]);
  });
});

describe('fontMetrics', () => {
  it.each(['validation loss (nats)', 'WWW iii ...', '−0.25 · 1e-5', 'Größe ≤ ∞'])(
    'measures %j as the renderer draws it',
    (text) => {
      const box = inkOf(
        `<svg xmlns="http://www.w3.org/2000/svg" width="900" height="90"><text y="50" font-size="40">|${text}|</text></svg>`,
      );
      // Ink ends inside the outer bars' side bearings (0.126 em each); the rest is kerning, less than 0.05 em here.
      const ink = measureText(`|${text}|`, 40) - 2 * 0.126 * 40;
      expect(Math.abs(box.width - ink)).toBeLessThan(0.05 * 40);
    },
  );

  it('wraps at spaces and keeps a long word whole', () => {
    expect(wrapText('aa bb cc', 10, measureText('aa bb', 10))).toEqual(['aa bb', 'cc']);
    expect(wrapText('incomprehensible words', 10, 20)).toEqual(['incomprehensible', 'words']);
  });
});

describe('renderFigure', () => {
  it('waits for an event, so that the memory of pictures before it is freed', async () => {
    await renderFigure(compared);
    let events = 0;
    setImmediate(() => events++);
    await renderFigure(compared);
    expect(events).toBe(1);
  });

  it('makes an error of what Vega-Lite would draw differently than asked', async () => {
    const spec = { mark: 'area', data: { values: [] }, encoding: { strokeDash: { field: 'a' } } } as const;
    await expect(renderFigure({ title: 'bad', spec })).rejects.toThrow(/'bad'.*strokeDash/);
  });

  it('writes both files', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'figure-'));
    const files = await writeFigure(curves, join(folder, 'curves'));
    const { svg, png } = await drawn(curves);
    expect(readFileSync(files.svg, 'utf8')).toBe(svg);
    expect(Buffer.compare(readFileSync(files.png), png)).toBe(0);
    rmSync(folder, { recursive: true });
  });
});
