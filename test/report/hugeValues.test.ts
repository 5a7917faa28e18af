import { describe, expect, it } from 'vitest';
import { comparedArms, comparison } from '../../experiments/report/charts/training/comparison.js';
import { differences } from '../../experiments/report/charts/claims/differences.js';
import { type Figure, renderFigure } from '../../experiments/report/draw/figure.js';
import { intermediateValues } from '../../experiments/report/charts/search/intermediateValues.js';
import { learningCurves } from '../../experiments/report/charts/training/learningCurves.js';
import { optimizationHistory } from '../../experiments/report/charts/search/optimizationHistory.js';
import { parallelCoordinates } from '../../experiments/report/charts/search/parallelCoordinates.js';
import { reproducedFigures } from '../../experiments/report/charts/reproduction/reproducedFigures.js';
import { requestedEffective } from '../../experiments/report/charts/reproduction/requestedEffective.js';
import { slice } from '../../experiments/report/charts/search/slice.js';
import { sweep } from '../../experiments/report/charts/training/sweep.js';
import { meanInterval } from '../../experiments/stats/index.js';
import { epoch, loss, run, seedsOf, trial } from './drawn.js';

describe('values near the largest number', () => {
  const huge = [1e300, -2e300, 3];
  const pictures: readonly (readonly [string, () => Figure])[] = [
    ...(['linear', 'log', 'symlog'] as const).map(
      (scale) =>
        [
          `learningCurves, ${scale}`,
          () =>
            learningCurves({
              ...{ title: 't', x: epoch, y: { ...loss, scale: scale === 'linear' ? scale : 'log' } },
              arms: [
                { name: 'a', runs: [run(...(scale === 'linear' ? huge : [1e-300, 1e300, 1.7e308]))] },
                { name: 'b', runs: [run(...(scale === 'symlog' ? [0, 0, 0] : [1, 2, 3]))] },
              ],
            }),
        ] as const,
    ),
    [
      'comparison',
      () =>
        comparison({
          title: 't',
          x: loss,
          estimate: 'mean',
          arms: comparedArms(
            ['a'],
            huge.map((value, seed) => ({ arm: 'a', seed, value })),
          ),
        }),
    ],
    [
      'differences',
      () =>
        differences({
          title: 't',
          x: loss,
          differences: [
            {
              name: 'd',
              point: 1e300,
              low: -1e300,
              high: 3e300,
              level: 0.95,
              values: huge,
              margin: 1,
              verdict: 'inconclusive',
            },
          ],
        }),
    ],
    [
      'optimizationHistory',
      () =>
        optimizationHistory({
          title: 't',
          direction: 'minimize',
          y: loss,
          arms: [{ name: 'a', trials: seedsOf(...huge) }],
        }),
    ],
    [
      'reproducedFigures',
      () =>
        reproducedFigures({
          title: 't',
          x: loss,
          ours: 'o',
          reference: 'r',
          test: 'T',
          figures: [{ name: 'f', ours: huge, reference: huge }],
        }),
    ],
    [
      'sweep',
      () =>
        sweep({
          title: 't',
          x: { ...loss, scale: 'log' },
          y: loss,
          arms: ['a'],
          measurements: [1e-300, 1, 1e300].map((at, i) => ({ arm: 'a', seed: 0, at, value: huge[i] })),
        }),
    ],
    [
      'requestedEffective',
      () =>
        requestedEffective({
          title: 't',
          setting: { ...loss, scale: 'log' },
          arms: ['a'],
          trials: [{ arm: 'a', requested: 1e-300, effective: 1e300 }],
        }),
    ],
    ...[slice, parallelCoordinates, intermediateValues].map(
      (draw) =>
        [
          draw.name,
          () =>
            draw({
              title: 't',
              direction: 'minimize',
              y: loss,
              trials: huge.map((value, i) => trial(i, value, [value, 1])),
            }),
        ] as const,
    ),
  ];

  it.each(pictures)('are drawn: %s', async (_, draw) => {
    const { svg } = await renderFigure(draw());
    const drawn = svg.replaceAll(/aria-label="[^"]*"/g, '');
    expect(drawn).not.toMatch(/NaN|Infinity|undefined/);
    expect(drawn).not.toMatch(/>[^<]*\d{8}/);
    expect(svg).toMatch(/>−?\d(\.\d)?e\+?300</);
  });

  it('have an interval of their mean', () => {
    const { mean, low, high } = meanInterval([1, 2, 4]);
    const scaled = meanInterval([1e300, 2e300, 4e300]);
    [mean, low, high].forEach((value, i) => {
      expect([scaled.mean, scaled.low, scaled.high][i] / 1e300).toBeCloseTo(value, 12);
    });
    expect(meanInterval([1, Infinity])).toEqual({ mean: Infinity, low: NaN, high: NaN });
  });

  it('are refused on a linear axis where their difference is no number', () => {
    expect(() =>
      optimizationHistory({
        title: 't',
        direction: 'minimize',
        y: loss,
        arms: [{ name: 'a', trials: seedsOf(1e308, -1e308) }],
      }),
    ).toThrow("optimizationHistory: 'loss' goes from -1e+308 to 1e+308, too far apart for a linear axis");
  });
});
