import { describe, expect, it } from 'vitest';
import {
  createStudy,
  fanova,
  type Importances,
  meanDecreaseImpurity,
  pedAnova,
  randomSampler,
} from '../../experiments/tuning/index.js';

/** A study in which the learning rate explains 90 % of the variance over the space as it is searched. */
const study = await createStudy({ name: 'importance', sampler: randomSampler(), seed: 8 });
await study.optimize(
  (trial) => {
    const lr = trial.suggestFloat('lr', 1e-5, 1e-1, { log: true });
    const beta = trial.suggestFloat('beta', 0, 1);
    const rule = trial.suggestCategorical('rule', ['a', 'b']);
    if (rule === 'a') trial.suggestFloat('gate', 0, 1);
    trial.suggestInt('idle', 1, 1);
    // Variances: log10(lr) uniform over 4 decades 16/12, beta 1/12.
    return 3 * Math.log10(lr) + Math.sqrt(16) * beta;
  },
  { trials: 120 },
);

const shareOf = ({ parameters }: Importances, name: string): number =>
  parameters.find((parameter) => parameter.name === name)?.share ?? NaN;

describe('fANOVA', () => {
  it('finds the true shares in log space, with deviations over forests, and says what it left out', () => {
    const result = fanova(study, { forests: 4 });
    expect(result).toMatchObject({ method: 'fANOVA', scale: 'log', leftOut: ['gate', 'idle'] });
    expect(result.parameters.map(({ name }) => name)).toEqual(['lr', 'beta', 'rule']);
    expect(Math.abs(shareOf(result, 'lr') - 0.9)).toBeLessThan(0.04);
    expect(result.parameters.every(({ deviation }) => deviation !== null && deviation < 0.02)).toBe(true);
    expect(result.parameters.reduce((sum, { share }) => sum + share, 0)).toBeCloseTo(1, 12);
  });

  it('understates a log range on the raw scale, where most of it is one decade', () => {
    const raw = fanova(study, { forests: 4, scale: 'raw' });
    expect(raw.scale).toBe('raw');
    expect(shareOf(raw, 'lr')).toBeLessThan(0.7);
  });

  it('is the same for the same seed, and has no deviation from one forest', () => {
    const [first, second] = [fanova(study, { forests: 1, seed: 3 }), fanova(study, { forests: 1, seed: 3 })];
    expect(second).toEqual(first);
    expect(fanova(study, { forests: 1, seed: 4 })).not.toEqual(first);
    expect(first.parameters[0].deviation).toBeNull();
  });
});

describe('the other measures', () => {
  it('agree on the order', () => {
    for (const result of [meanDecreaseImpurity(study, { forests: 3 }), pedAnova(study)]) {
      expect(result.parameters[0].name).toBe('lr');
      expect(shareOf(result, 'lr')).toBeGreaterThan(0.7);
    }
  });

  it.each([
    ['fANOVA', fanova],
    ['MDI', meanDecreaseImpurity],
  ])('do not depend on the scale of the values: %s', async (_name, assess) => {
    const sharesAt = async (k: number) => {
      const scaled = await createStudy({ name: 'scaled', sampler: randomSampler(), seed: 2 });
      await scaled.optimize(
        (trial) => k * (10 * trial.suggestFloat('a', 0, 1) + trial.suggestFloat('b', 0, 1)),
        { trials: 60 },
      );
      const result = assess(scaled, { forests: 2 });
      return [shareOf(result, 'a'), shareOf(result, 'b')];
    };
    const [whole, small] = [await sharesAt(1), await sharesAt(1e-9)];
    expect(whole[0]).toBeGreaterThan(0.9);
    whole.forEach((share, i) => {
      expect(Math.abs(small[i] - share)).toBeLessThan(0.01);
    });
  });

  it('include conditional parameters where the measure can, and give none to one with a single value', () => {
    const result = pedAnova(study, { targetQuantile: 0.25 });
    expect(shareOf(result, 'gate')).toBeGreaterThanOrEqual(0);
    expect(shareOf(result, 'idle')).toBe(0);
  });

  it('refuse too few trials and senseless settings', async () => {
    const empty = await createStudy({ name: 'empty' });
    expect(() => fanova(empty)).toThrow(
      'fanova: 0 of 0 trials are complete with a finite value; it takes at least 2',
    );
    expect(() => pedAnova(empty)).toThrow('pedAnova: 0 of 0 trials');
    expect(() => pedAnova(study, { targetQuantile: 1 })).toThrow('give 0 < target < region <= 1');
    expect(() => fanova(study, { trees: 0 })).toThrow(
      'fanova: trees must be an integer >= 1; got the number 0',
    );
  });
});
