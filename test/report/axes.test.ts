import { describe, expect, it } from 'vitest';
import type { Axis } from '../../experiments/report/draw/axes.js';
import { axisTitle, countOn, domainOf, positionOn, ticksOf } from '../../experiments/report/draw/axes.js';
import { renderFigure } from '../../experiments/report/draw/figure.js';

const linear: Axis = { title: 'loss' };
const log: Axis = { title: 'loss', scale: 'log' };

/** The labels of an axis as drawn. */
async function labelsOf(axis: Axis, values: readonly number[]): Promise<string[]> {
  const position = positionOn(axis, 'v', domainOf('test', axis, values));
  const { svg } = await renderFigure({
    title: 'test',
    spec: { data: { values: [] }, mark: 'point', encoding: { x: position } },
  });
  const drawn = /role-axis-label.*?<\/g>/.exec(svg)![0];
  return [...drawn.matchAll(/>([^<]+)<\/text>/g)].map((match) => match[1]);
}

describe('ticks', () => {
  it.each<[Axis, number[], string[]]>([
    [linear, [0.9, 2.2], ['1.0', '1.2', '1.4', '1.6', '1.8', '2.0', '2.2']],
    [linear, [-0.05, 0.05], ['−0.04', '−0.02', '0.00', '0.02', '0.04']],
    [linear, [0, 0.002], ['0.0000', '0.0005', '0.0010', '0.0015', '0.0020']],
    [linear, [0, 2e-6], ['0', '5e-7', '1e-6', '1.5e-6', '2e-6']],
    [log, [1e-5, 1e-1], ['1e-5', '1e-4', '1e-3', '1e-2', '1e-1']],
    [log, [0.9, 60], ['1', '2', '5', '10', '20', '50']],
    [log, [1.1, 2.2], ['1.2', '1.4', '1.6', '1.8', '2.0', '2.2']],
  ])('%j over %j: %j', async (axis, values, labels) => {
    expect(await labelsOf(axis, values)).toEqual(labels);
  });

  it.each([
    [0.3, 0.1 + 0.2],
    [1e16, 1e16 + 2],
  ])('are few where the range %d..%d is as narrow as rounding errors', (low, high) => {
    expect(ticksOf(linear, [low, high]).length).toBeLessThan(20);
    const [from, to] = domainOf('test', linear, [low, high]);
    const ticks = ticksOf(linear, [from, to]);
    expect(new Set(ticks).size).toBe(ticks.length);
    expect(from < low && to > high).toBe(true);
  });

  it('stand on whole epochs only', () => {
    expect(countOn(linear, 'epoch', domainOf('test', linear, [1, 3])).axis.values).toEqual([1, 2, 3]);
    expect(countOn(linear, 'epoch', domainOf('test', linear, [1])).axis.values).toEqual([1]);
    expect(countOn(linear, 'epoch', domainOf('test', linear, [1, 50])).axis.values).toEqual([
      0, 5, 10, 15, 20, 25, 30, 35, 40, 45, 50,
    ]);
  });
});

describe('domainOf', () => {
  it('ascends and shows every finite value with a margin', () => {
    expect(domainOf('test', linear, [3, 1, Infinity, 2, NaN])).toEqual([0.92, 3.08]);
    const [low, high] = domainOf('test', log, [1e-4, 1]);
    expect(low).toBeCloseTo(1e-4 / 10 ** 0.16, 10);
    expect(high).toBeCloseTo(10 ** 0.16, 10);
  });

  it('has a width where all values are the same', () => {
    expect(domainOf('test', linear, [2])).toEqual([1.9, 2.1]);
    expect(domainOf('test', linear, [0])).toEqual([-1, 1]);
    expect(domainOf('test', log, [2])).toEqual([1.6, 2.5]);
  });
});

it('titles carry the unit', () => {
  expect(axisTitle({ title: 'loss', unit: 'nats' })).toBe('loss (nats)');
  expect(axisTitle({ title: 'epoch' })).toBe('epoch');
});
