/** What is seen of a report without scripts: every figure, at most eight lines in each, no interval beyond what can be. */
import { describe, expect, it } from 'vitest';
import { comparison } from '../../experiments/report/charts/training/comparison.js';
import { differences } from '../../experiments/report/charts/claims/differences.js';
import { learningCurves } from '../../experiments/report/charts/training/learningCurves.js';
import { clipInterval, domainOf } from '../../experiments/report/draw/axes.js';
import type { Figure } from '../../experiments/report/draw/figure.js';
import { renderPage } from '../../experiments/report/page/renderPage.js';
import { armGroups, mostLines } from '../../experiments/report/run/figures/armGroups.js';
import { boundsOf, differenceAxis, metricAxis } from '../../experiments/report/run/common/metrics.js';
import { classificationMetrics } from '../../experiments/tasks/classification.js';
import { toyConfig } from '../runner/toyStudy.js';
import { epoch, loss, run } from './drawn.js';

type Rows = readonly Readonly<Record<string, number>>[];
const dataOf = ({ spec }: Figure): readonly Rows[] =>
  (spec as object as { readonly layer: readonly { readonly data: { readonly values: Rows } }[] }).layer.map(
    ({ data }) => data.values,
  );

describe('a page', () => {
  it('has a drawing for each kind of screen in every figure, and no script', async () => {
    const arms = ['a', 'b'].map((name, i) => ({ name, runs: [run(3, 2, 1 + i)] }));
    const curves = learningCurves({ title: 'Curves', x: epoch, y: loss, arms });
    // A figure of the caller's own has one drawing for all.
    const own = { title: curves.title, spec: curves.spec };
    const html = await renderPage({
      title: 't',
      sections: [
        { title: 's', figures: [{ figure: curves }, { figure: curves, folded: 'more' }, { figure: own }] },
      ],
    });
    const figures = html.split('<figure>').slice(1);
    expect(figures).toHaveLength(3);
    for (const [i, figure] of figures.entries()) {
      const drawings = [...figure.matchAll(/<svg class="(.*?)" width="(\d+).*?<\/svg>/gs)];
      expect(drawings.map(([, kind]) => kind)).toEqual(i < 2 ? ['wide', 'narrow'] : ['wide narrow']);
      for (const [drawing] of drawings) expect(drawing.match(/<path/g)!.length).toBeGreaterThan(3);
      if (i < 2) {
        expect(Number(drawings[0][2])).toBeGreaterThan(800);
        expect(Number(drawings[1][2])).toBeLessThan(400);
      }
    }
    expect(html).not.toMatch(/<script| on[a-z]+=/);
  });
});

describe('arms in pictures', () => {
  const config = toyConfig({});
  const claim = config.claims[0];
  const namesOf = (count: number): string[] => [
    ...[claim.arm, ...claim.against],
    ...Array.from({ length: count }, (_, i) => `other ${i}`),
  ];

  it.each([1, 5, 6, 7, 8, 15, 20])('are at most eight, with %d others', (count) => {
    const names = namesOf(count);
    const only = { ...config, claims: [claim] };
    for (const apart of [false, true]) {
      const groups = armGroups(only, names, { apart });
      for (const { arms } of groups) expect(arms.length).toBeLessThanOrEqual(mostLines);
      expect(new Set(groups.flatMap(({ arms }) => arms))).toEqual(new Set(names));
      expect(new Set(groups.map(({ file }) => file)).size).toBe(groups.length);
      expect(new Set(groups.map(({ title }) => title)).size).toBe(groups.length);
      expect(groups.filter(({ folded }) => folded === undefined)).toHaveLength(1);
      if (!apart && names.length <= mostLines) expect(groups).toHaveLength(1);
      else expect(groups[0].arms).toEqual([claim.arm, ...claim.against]);
      // Each other picture has the arm that the first claim compares with.
      for (const { arms } of groups.slice(1)) expect(arms).toContain(claim.against[0]);
    }
  });
});

describe('intervals', () => {
  it('end where values can', () => {
    const { accuracy } = classificationMetrics;
    const rmse = { title: 'rmse', better: 'lower', range: { low: 0 } } as const;
    const axis = metricAxis('test', accuracy);
    expect(axis).toEqual({ title: 'test accuracy', bounds: [0, 1] });
    expect(clipInterval(axis, { low: -0.2, high: 1.3 })).toEqual({ low: 0, high: 1 });
    expect(clipInterval(axis, { low: NaN, high: NaN })).toEqual({ low: NaN, high: NaN });
    expect(differenceAxis(accuracy).bounds).toEqual([-1, 1]);
    expect(boundsOf(rmse)).toEqual([0, Infinity]);
    expect(differenceAxis(rmse).bounds).toBeUndefined();
    expect(boundsOf({ title: 'reward', better: 'higher' })).toBeUndefined();
    expect(domainOf('f', axis, [0.5, 1])).toEqual([0.48, 1]);
    expect(domainOf('f', axis, [0.5, 1.5])[1]).toBeGreaterThan(1.5);
  });

  it('in pictures and in their words too', () => {
    const x = { title: 'accuracy', bounds: [0, 1] } as const;
    const arm = { name: 'a', point: 0.98, low: 0.9, high: 1.06, values: [0.97, 0.99] };
    const [intervals] = dataOf(comparison({ title: 't', x, estimate: 'mean', arms: [arm] }));
    expect(intervals[0]).toMatchObject({ low: 0.9, high: 1, figures: '0.980 [0.900, 1.000]' });
    const difference = { name: 'd', level: 0.95, margin: 0, verdict: 'inconclusive', values: [0.1] } as const;
    const [row] = dataOf(
      differences({
        ...{ title: 't', x: { title: 'd', bounds: [-1, 1] } },
        differences: [{ ...difference, point: 0.1, low: -1.5, high: 1.7 }],
      }),
    );
    expect(row[0]).toMatchObject({ low: -1, high: 1 });
    const [band] = dataOf(
      learningCurves({
        ...{ title: 't', x: epoch, y: x, band: 'interval' },
        arms: [{ name: 'a', runs: [run(0.9, 0.9), run(1, 0.91)] }],
      }),
    );
    expect(band[0].high).toBe(1);
  });
});
