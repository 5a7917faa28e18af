/** What the designs of the five studies must hold, so that their verdicts can be believed. */
import { describe, expect, test } from 'vitest';
import { configOf } from '../../experiments/runner/configuration/overrides.js';
import type { ArmConfig, Measure } from '../../experiments/studies/config.js';
import { studies } from '../../experiments/studies/index.js';

/** Programs that learn from metaVal rows, or are fed by them. */
const metaPrograms = new Set(['dynamic', 'leak', 'gated', 'hypergradient', 'lastLearned']);

const usesMetaVal = ({ program, settings }: ArmConfig): boolean =>
  metaPrograms.has(program) || settings.feedback === 'validation';

/** The last epoch that a measure of trainings reads: one, `best`, or of all. */
const lastRead = (how: Measure): number | 'best' | undefined =>
  how.kind === 'metric' ? how.epoch : 'until' in how ? how.until : undefined;

const presets = studies.flatMap(({ name, presets: { full, quick } }) => [
  [name, configOf(name, full, []), full] as const,
  [`${name}, quick`, configOf(name, full, [quick]), { ...full, ...quick }] as const,
]);

describe.each(presets)('%s', (_, config, declared) => {
  test('has one search for each seed, and a data set', () => {
    expect(declared).not.toHaveProperty('searches');
    expect(config.searches).toBe(config.seeds);
    expect(config.dataSeeds).toBe(true);
  });

  test('compares arms that use the metaVal rows with baselines that train on them', () => {
    const compared = config.claims.filter(
      ({ arm, against }) => against.length > 0 && usesMetaVal(config.arms[arm]),
    );
    for (const { id, against } of compared)
      expect(
        against.some((name) => config.arms[name].trainsOn === 'train+metaVal'),
        id,
      ).toBe(true);
  });

  test('trains baselines on more rows, and on nothing else that differs', () => {
    const more = Object.entries(config.arms).filter(([, { trainsOn }]) => trainsOn === 'train+metaVal');
    for (const [name, arm] of more) {
      const without = name.replace(', all rows', '');
      expect(without).not.toBe(name);
      const { trainsOn, description, tunedAs, ...rest } = arm;
      expect(trainsOn).toBe('train+metaVal');
      expect(description).toContain('too');
      expect(tunedAs?.replace(', all rows', '')).toBe(config.arms[without].tunedAs);
      expect(config.arms[without]).toMatchObject(rest);
    }
  });

  test('searches the learning rate of SGD up to 1', () => {
    for (const [name, { program, space }] of Object.entries(config.arms)) {
      const rates = [space['sgd.lr'], program === 'sgd' ? space.lr : undefined];
      for (const rate of rates) if (rate !== undefined) expect(rate, name).toMatchObject({ high: 1 });
    }
  });

  test('derives its seeds from one that no exploratory run had', () => {
    expect(config.seed).toBe(20261130);
  });

  test('tunes for the epochs that its main claims read', () => {
    const { tune, final } = config.epochs;
    const checks = new Set(config.claims.flatMap((claim) => claim.checks));
    for (const { id, measure } of config.claims.filter((claim) => !checks.has(claim.id))) {
      const read = lastRead(measure) ?? final;
      if (read !== 'best') expect(read, id).toBe(tune);
    }
  });

  test('checks what is learned in the epochs of the claim', () => {
    const ids = new Map(config.claims.map((claim) => [claim.id, claim]));
    for (const { id, measure, checks } of config.claims) {
      const read = lastRead(measure);
      for (const check of checks.map((name) => ids.get(name)!))
        if (check.measure.kind !== 'logTuned')
          expect(lastRead(check.measure), `${check.id} of ${id}`).toBe(read === 'best' ? undefined : read);
    }
  });

  test('checks rates of learning against the middle of their range', () => {
    for (const { id, arm, measure, value } of config.claims) {
      if (measure.kind !== 'logTuned' || value === undefined) continue;
      const range = config.arms[arm].space[measure.parameter];
      if ('choices' in range) throw new Error(`${id} is of choices`);
      expect(value, id).toBeCloseTo((Math.log(range.low) + Math.log(range.high)) / 2, 12);
    }
  });

  test('has checks of the arm of the claim, or of the arm whose search that takes over', () => {
    const ids = new Map(config.claims.map((claim) => [claim.id, claim]));
    for (const { checks, arm } of config.claims)
      for (const check of checks) {
        const { value, arm: checked } = ids.get(check)!;
        expect(value).toBeDefined();
        expect([arm, config.arms[arm].tunedAs]).toContain(checked);
      }
  });
});

describe('of single studies:', () => {
  const named = new Map(studies.map((study) => [study.name, configOf(study.name, study.presets.full, [])]));
  const of = (study: string, id: string) => named.get(study)!.claims.find((claim) => claim.id === id)!;

  test('no claim of equivalence is against arms with the metaVal rows and against others', () => {
    const claims = presets.flatMap(([, { arms, claims: all }]) =>
      all.filter(({ test: how }) => how === 'equivalent').map((claim) => ({ arms, ...claim })),
    );
    expect(claims).toHaveLength(2 * 4);
    for (const { id, arms, against } of claims)
      expect(new Set(against.map((name) => arms[name].trainsOn)), id).toEqual(new Set(['train+metaVal']));
  });

  test('rates change by a factor, or by their own unit where they may be negative', () => {
    const factor = { measure: { metric: 'lr', log: true }, value: Math.log(1.5), margin: Math.log(1.1) };
    for (const id of ['H1a-lr', 'H1b-lr', 'H1d-lr']) expect(of('hypergradient-lr', id)).toMatchObject(factor);
    for (const id of ['A-lr', 'A-lr common']) expect(of('adaptive-lr', id)).toMatchObject(factor);
    expect(of('hypergradient-lr', 'H1c-lr').measure).toEqual({ kind: 'range', metric: 'lr' });
    expect(of('hypergradient-lr', 'H1c-lr').value).toBe(5e-4);
  });

  test('the second moment is compared with nothing of it too', () => {
    expect(of('warm-start', 'W4').against).toContain('cold');
  });

  test('what is learned is searched up to where it is unstable', () => {
    const { arms } = named.get('blended')!;
    for (const name of ['adam', 'adam, all rows']) expect(arms[name].space.lr).toMatchObject({ high: 0.1 });
    for (const [study, name, parameter, high] of [
      ['blended', 'blend', 'adam.lr', 0.1],
      ['blended', 'blend', 'gateLr', 0.1],
      ['gated-adam', 'dynamic', 'gateLr', 0.1],
      ['hypergradient-lr', 'hypergradient, raw', 'metaLr', 10],
    ] as const)
      expect(named.get(study)!.arms[name].space[parameter]).toMatchObject({ high });
  });

  test('a gate with a fixed rate is the tuned one at that rate', () => {
    const { arms } = named.get('gated-adam')!;
    for (const name of ['dynamic', 'dynamic, scaled']) {
      const { lr } = arms[name].space;
      expect(arms[`${name}, fast gate`]).toMatchObject({
        settings: { ...arms[name].settings, gateLr: 1e-2 },
        space: { lr },
      });
    }
    expect(of('gated-adam', 'G5').against).toEqual(of('gated-adam', 'G4').against);
  });

  test('trials of the budget of the write-up have checks of their own', () => {
    for (const id of ['B1-5', 'B2-5'])
      for (const check of of('blended', id).checks) expect(of('blended', check).arm).toBe('blend, 5 trials');
  });
});

test('there are claims about arms that use the metaVal rows', () => {
  const used = presets.filter(([, { arms, claims }]) => claims.some(({ arm }) => usesMetaVal(arms[arm])));
  expect(used).toHaveLength(2 * 4);
});
