/** Studies in one journal file, written and continued by metagrad and by Optuna. Needs a Python that has Optuna. */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Distribution } from '../../experiments/tuning/space/distributions.js';
import { createStudy, journalStorage, type TrialRecord } from '../../experiments/tuning/index.js';
import { floatText, parseJson } from '../../experiments/tuning/log/json.js';
import { bundle } from '../tuning/bundle.js';
import { objective } from './nodeStudy.js';

const script = new URL('optuna_study.py', import.meta.url).pathname;
const python = [process.env.OPTUNA_PYTHON ?? '', '/usr/bin/python3', 'python3'].find((candidate) => {
  try {
    execFileSync(candidate, ['-c', 'import optuna'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
});

type Dump = {
  readonly best: number;
  readonly user_attrs: unknown;
  readonly trials: readonly (Record<string, unknown> & { readonly seconds: number | null })[];
};

const optuna = (...programArguments: string[]): string =>
  execFileSync(python ?? '', [script, ...programArguments], { encoding: 'utf8' });
function read(text: string): Dump {
  const parsed: unknown = parseJson(text);
  return parsed as Dump;
}
const dump = (path: string): Dump => read(optuna('dump', path, 'shared'));

/** Runs trials with Optuna, and what it then sees: to start Python again takes longer than the trials. */
const run = (path: string, trials: number): Dump => read(optuna('run', path, 'shared', String(trials)));
const open = (path: string) =>
  createStudy({ name: 'shared', storage: journalStorage(path), loadIfExists: true });

/** A distribution as Python prints Optuna's. */
function pythonText(distribution: Distribution): string {
  if (distribution.kind === 'categorical') {
    const choices = distribution.choices.map((choice) => `'${String(choice)}'`).join(', ');
    return `CategoricalDistribution(choices=(${choices}))`;
  }
  const { kind, low, high, log, step } = distribution;
  const number = kind === 'float' ? (value: number) => floatText(value).replace('0.00001', '1e-05') : String;
  const name = kind === 'float' ? 'FloatDistribution' : 'IntDistribution';
  const steps = step === null ? 'None' : number(step);
  return `${name}(high=${number(high)}, log=${log ? 'True' : 'False'}, low=${number(low)}, step=${steps})`;
}

/** A trial as the dump of Optuna's should have it, but for its times. */
function asDumped(trial: TrialRecord): unknown {
  const names = Object.keys(trial.distributions).sort();
  return {
    number: trial.number,
    state: trial.state,
    value: trial.value,
    params: trial.params,
    distributions: Object.fromEntries(names.map((name) => [name, pythonText(trial.distributions[name])])),
    intermediate_values: [...trial.intermediateValues],
    user_attrs: trial.userAttributes,
    fixed_params: trial.systemAttributes.fixed_params ?? null,
    seconds: null,
  };
}

/** What Optuna sees in the file is what metagrad sees. */
async function expectAgreement(path: string, seen = dump(path)): Promise<readonly TrialRecord[]> {
  const study = await open(path);
  expect(seen.trials.map((trial) => ({ ...trial, seconds: null }))).toEqual(study.trials.map(asDumped));
  expect(seen.best).toBe(study.bestTrial.number);
  expect(seen.user_attrs).toEqual(study.userAttributes);
  study.trials.forEach(({ started, completed }, i) => {
    const seconds = started && completed ? (completed.getTime() - started.getTime()) / 1000 : NaN;
    expect(seen.trials[i].seconds).toBeCloseTo(seconds, 2);
  });
  return study.trials;
}

const stateCounts = (trials: readonly TrialRecord[]): Record<string, number> => {
  const counts: Record<string, number> = {};
  for (const { state } of trials) counts[state] = (counts[state] ?? 0) + 1;
  return counts;
};

describe.skipIf(python === undefined)('a study in a journal', () => {
  let folder: string;

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'metagrad-optuna-'));
    writeFileSync(join(folder, 'package.json'), '{ "type": "module" }');
  });

  afterAll(() => {
    rmSync(folder, { recursive: true });
  });

  it('that metagrad began is read, continued and read back with Optuna', async () => {
    const path = join(folder, 'metagrad.log');
    const study = await open(path);
    study.setUserAttribute('purpose', { why: 'interop', weights: [1, 0.5] });
    await study.enqueueTrial({ lr: 1, depth: 7 }, { guess: true });
    await study.optimize(objective, { trials: 15 });
    expect(stateCounts(await expectAgreement(path))).toEqual({ complete: 11, pruned: 2, fail: 2 });

    await study.enqueueTrial({ rule: 'adam' });
    const gone = await expectAgreement(path, run(path, 15));
    expect(gone).toHaveLength(30);
    expect(gone[15]).toMatchObject({ params: { rule: 'adam' }, userAttributes: { by: 'optuna' } });

    await study.optimize(objective, { trials: 40 });
    expect(await expectAgreement(path)).toHaveLength(40);
  }, 60_000);

  it('that Optuna began is continued by metagrad and read back with Optuna', async () => {
    const path = join(folder, 'optuna.log');
    expect(stateCounts(await expectAgreement(path, run(path, 15)))).toEqual({
      complete: 11,
      pruned: 2,
      fail: 2,
    });
    await (await open(path)).optimize(objective, { trials: 30 });
    const trials = await expectAgreement(path);
    expect(trials.map(({ userAttributes }) => userAttributes.by)).toEqual([
      ...Array<string>(15).fill('optuna'),
      ...Array<string>(15).fill('metagrad'),
    ]);
    expect(await expectAgreement(path, run(path, 5))).toHaveLength(35);
  }, 60_000);

  it('is written by two processes of each at once', async () => {
    const path = join(folder, 'both.log');
    await open(path);
    const program = await bundle(new URL('nodeStudy.ts', import.meta.url), folder);
    const processes = [
      ...[1, 2].map((seed) =>
        spawn(python ?? '', [script, 'run', path, 'shared', '30', String(seed)], { stdio: 'ignore' }),
      ),
      ...[1, 2].map(() => spawn(process.execPath, [program, path, 'shared', '100'])),
    ];
    for (const [code] of await Promise.all(processes.map((process) => once(process, 'exit'))))
      expect(code).toBe(0);
    const trials = await expectAgreement(path);
    // metagrad's processes stop at 100 trials together, Optuna's after 30 each; the last may overlap.
    expect(trials.length).toBeGreaterThanOrEqual(100);
    expect(trials.length).toBeLessThanOrEqual(160);
    expect(trials.map(({ number }) => number)).toEqual([...trials.keys()]);
    expect(stateCounts(trials)).not.toHaveProperty('running');
    expect(trials.filter(({ userAttributes }) => userAttributes.by === 'optuna')).toHaveLength(60);
    expect(new Set(trials.map(({ worker }) => worker)).size).toBe(4);
  }, 120_000);
});
