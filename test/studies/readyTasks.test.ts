/** The ready tasks of comparisons: drawn from a seed, and as hard as they say. */
import { describe, expect, test } from 'vitest';
import type { Tensor } from '../../engine/index.js';
import { readyTaskNames, readyTasks } from '../../experiments/studies/comparison/readyTasks.js';
import { drawSpirals } from '../../experiments/tasks/spirals.js';
import { drawTeacher } from '../../experiments/tasks/teacher.js';

const numbers = (tensor: Tensor): readonly number[] => tensor.reshape([tensor.size]).toArray() as number[];

const variance = (values: readonly number[]): number => {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
};

describe.each(readyTaskNames)('%s', (name) => {
  const { task, settings } = readyTasks[name];
  const small = { ...settings, samples: 200 };

  test('takes its settings, and refuses others', () => {
    expect(task.settings.safeParse(settings).success).toBe(true);
    expect(task.settings.safeParse({ ...settings, sampels: 100 }).success).toBe(false);
  });

  test('draws a data set for each seed, the same each time', () => {
    const { draw } = task.make(small);
    const [first, again, other] = [1, 1, 2].map((seed) => draw!(seed));
    expect(first.train.x.shape[0] + first.test.x.shape[0]).toBe(200);
    for (const split of ['train', 'test'] as const) {
      expect(numbers(first[split].x)).toEqual(numbers(again[split].x));
      expect(numbers(first[split].y)).toEqual(numbers(again[split].y));
      expect(numbers(first[split].x)).not.toEqual(numbers(other[split].x));
    }
  });
});

test('points of the spirals are as far from their spiral as the noise says', () => {
  const { train } = drawSpirals({ samples: 4000, noise: 0.05 }, 3);
  const x = train.x.toArray() as number[][];
  const classes = numbers(train.y);
  expect([...new Set(classes)].sort()).toEqual([0, 1, 2]);
  // Without noise, the angle of a point says its radius: 3/4 of a turn from the middle to the end.
  const exact = drawSpirals({ samples: 4000, noise: 0 }, 3).train;
  const clean = exact.x.toArray() as number[][];
  clean.forEach(([a, b], i) => {
    const turns = Math.atan2(b, a) / (2 * Math.PI) - classes[i] / 3 - 0.75 * Math.hypot(a, b);
    expect(Math.abs(turns - Math.round(turns))).toBeLessThan(1e-3);
  });
  const errors = x.flatMap(([a, b], i) => {
    const [c, d] = clean[i];
    return [a - c, b - d];
  });
  expect(Math.sqrt(variance(errors))).toBeCloseTo(0.05, 2);
});

test('the targets of the teacher have variance 1 and that of the noise, the inputs the scales that were asked for', () => {
  const settings = { samples: 5000, smallest: 0.1 };
  const [noisy, exact] = [0.3, 0].map((noise) => drawTeacher({ ...settings, noise }, 4));
  const all = (set: typeof noisy): number[] => [...numbers(set.train.y), ...numbers(set.test.y)];
  const targets = all(exact);
  expect(variance(targets)).toBeCloseTo(1, 5);
  expect(variance(all(noisy).map((value, i) => value - targets[i]))).toBeCloseTo(0.09, 2);
  const x = noisy.train.x.toArray() as number[][];
  for (const [column, scale] of [
    [0, 1],
    [19, 0.1],
  ])
    expect(Math.sqrt(variance(x.map((row) => row[column]))) / scale).toBeCloseTo(1, 1);
});
