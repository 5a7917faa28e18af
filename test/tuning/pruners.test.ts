import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import {
  createStudy,
  medianPruner,
  patientPruner,
  percentilePruner,
  type Pruner,
  successiveHalvingPruner,
} from '../../experiments/tuning/index.js';

type Case = {
  readonly label: string;
  readonly direction: 'minimize' | 'maximize';
  readonly trials: readonly (readonly [step: number, value: number | 'NaN', prune: boolean][])[];
};

const fixture = new URL('../fixtures/tuning/pruners.json', import.meta.url);
const cases = JSON.parse(readFileSync(fixture, 'utf8')) as Case[];

const pruners: Readonly<Record<string, Pruner>> = {
  'patient 0': patientPruner(null, 0),
  'patient 2': patientPruner(null, 2),
  'patient 1 delta 0.3': patientPruner(null, 1, { minDelta: 0.3 }),
  'patient 2 median': patientPruner(medianPruner({ startupTrials: 2 }), 2),
  'halving auto': successiveHalvingPruner({ reductionFactor: 2 }),
  'halving 2': successiveHalvingPruner({ minResource: 2, reductionFactor: 2 }),
  'halving 1 rate 1': successiveHalvingPruner({
    minResource: 1,
    reductionFactor: 3,
    minEarlyStoppingRate: 1,
  }),
  'halving 1 bootstrap 3': successiveHalvingPruner({ minResource: 1, reductionFactor: 2, bootstrapCount: 3 }),
};

describe('pruners decide as those of Optuna 3.1', () => {
  it.each(cases)('$label, $direction', async ({ label, direction, trials }) => {
    const study = await createStudy({ name: label, direction, pruner: pruners[label] });
    for (const decisions of trials) {
      const trial = await study.ask();
      const decided = decisions.map(([step, value]) => {
        trial.report(step, Number(value));
        return trial.shouldPrune();
      });
      expect(decided).toEqual(decisions.map(([, , prune]) => prune));
      await study.tell(trial, decided.at(-1) ? { state: 'pruned' } : 0);
    }
    expect(trials.flat().some(([, , prune]) => prune)).toBe(true);
  });
});

describe('a pruner', () => {
  it('keeps the values at its rungs with the trials, under the names that Optuna reads', async () => {
    const pruner = successiveHalvingPruner({ minResource: 1, reductionFactor: 2 });
    const study = await createStudy({ name: 'rungs', pruner });
    const trial = await study.ask();
    for (const step of [1, 2, 3, 4]) {
      trial.report(step, 1 / step);
      trial.shouldPrune();
    }
    const rungs = { completed_rung_0: 1, completed_rung_1: 1 / 2, completed_rung_2: 1 / 4 };
    expect(study.trials[0].systemAttributes).toEqual(rungs);
  });

  it('refuses settings that make no sense', () => {
    expect(() => percentilePruner(101)).toThrow('101 is no percentile');
    expect(() => medianPruner({ intervalSteps: 0 })).toThrow(
      'medianPruner: intervalSteps must be an integer >= 1; got the number 0',
    );
    expect(() => patientPruner(null, -1)).toThrow(
      'patience, a number of steps, must be an integer >= 0; got the number -1',
    );
    expect(() => patientPruner(null, 1, { minDelta: -1 })).toThrow(
      'minDelta must be a number >= 0; got the number -1',
    );
    expect(() => successiveHalvingPruner({ reductionFactor: 1 })).toThrow(
      'reductionFactor must be an integer >= 2; got the number 1',
    );
    expect(() => successiveHalvingPruner({ bootstrapCount: 2 })).toThrow('only with a given minResource');
  });
});
