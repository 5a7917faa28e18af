import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { checkOptimizers } from '../golden/optimizers.js';
import type { Golden } from '../golden/optimizers/problem.js';

const read = (path: string): Golden =>
  JSON.parse(readFileSync(new URL(`../fixtures/${path}`, import.meta.url), 'utf8')) as Golden;

const golden = read('golden/optimizers.json');
const more = read('optimizers/more.json');

describe('trajectories, traces, unrolled gradients and schedules by PyTorch', () => {
  it.each([...checkOptimizers(golden), ...checkOptimizers(more)])('$name', ({ ok, detail }) => {
    expect(ok, detail).toBe(true);
  });

  it('are all there', () => {
    expect(checkOptimizers(golden)).toHaveLength(20 + 10);
    expect(checkOptimizers(more)).toHaveLength(8);
  });
});

describe('checkOptimizers', () => {
  const failures = (changed: Golden): string[] =>
    checkOptimizers(changed)
      .filter(({ ok }) => !ok)
      .map(({ name, detail }) => `${name}: ${detail}`);

  /** One rule or schedule of the file, with the numbers of its quantities moved by 1e-8 of themselves. */
  const nudged = (part: 'rules' | 'schedules', name: string): Golden => ({
    ...golden,
    ...{ rules: {}, schedules: {} },
    [part]: { [name]: nudge(golden[part][name]) },
  });
  const nudge = (value: unknown): unknown => {
    if (typeof value === 'number') return value * (1 + 1e-8);
    if (Array.isArray(value)) return value.map(nudge);
    return Object.fromEntries(
      Object.entries(value as object).map(([key, item]) => [key, key === 'hyper' ? item : nudge(item)]),
    );
  };

  it.each(Object.keys(golden.rules))('sees a difference of 1e-8 in %s', (name) => {
    expect(failures(nudged('rules', name))).toEqual([expect.stringMatching(new RegExp(`^${name}: `))]);
  });

  it.each(Object.keys(golden.schedules).filter((name) => name !== 'reduce_on_plateau'))(
    'sees a difference of 1e-8 in schedule %s',
    (name) => {
      expect(failures(nudged('schedules', name))).toEqual([expect.stringContaining(`schedule ${name}: lr[`)]);
    },
  );

  it('names a rule, a schedule, a hyper-parameter and a quantity that it does not know', () => {
    const adam = golden.rules.adam;
    const unknown = {
      ...golden,
      rules: {
        adahessian: adam,
        adam: { ...adam, hyper: { ...adam.hyper, foreach: 1 } },
        sgd: { ...golden.rules.sgd, accuracy: [1] },
        radam: { hyper: {} },
      },
      schedules: { triangular: [1] },
    };
    expect(failures(unknown)).toEqual([
      "adahessian: there is no rule 'adahessian'",
      'adam: adam: there is no hyper-parameter foreach; it has lr, beta1, beta2, eps, epsRoot, weightDecay.',
      'sgd: accuracy: not known here',
      'radam: losses: missing in the file; params: missing in the file',
      "schedule triangular: there is no schedule 'triangular'",
    ]);
  });
});
