/** What stands in a journal: all that is written can be read again, and all that is read is checked. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { UsageError } from '../../engine/index.js';
import {
  createStudy,
  type Json,
  journalStorage,
  memoryStorage,
  readStudies,
  type Study,
  type Trial,
} from '../../experiments/tuning/index.js';
import { openLedger } from '../../experiments/tuning/log/ledger.js';

let folder: string;
let path: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'metagrad-content-'));
  path = join(folder, 'study.log');
});

afterEach(() => {
  rmSync(folder, { recursive: true });
});

const open = (): Promise<Study> =>
  createStudy({ name: 'good', seed: 1, storage: journalStorage(path), loadIfExists: true });

const read = async () => (await readStudies(journalStorage(path)))[0];

const line = (operation: object): string => JSON.stringify({ worker_id: 'w', ...operation });
const text = (name: string, attributes: object): string => JSON.stringify({ name, attributes });
const float = text('FloatDistribution', { low: 0, high: 1, log: false, step: null });
const begun = [
  line({ op_code: 0, study_name: 's', directions: [1] }),
  line({ op_code: 4, study_id: 0, datetime_start: '2026-01-01T00:00:00.000000' }),
];

describe('what is written', () => {
  const misuses: readonly [string, (study: Study) => unknown][] = [
    ['a range without a kind in a log space from 0', (s) => s.ask({ lr: { low: 0, high: 1, log: true } })],
    ['a range that is a list', (s) => s.ask({ lr: [0, 1] as never })],
    ['a range with a misspelt end', (s) => s.ask({ lr: { low: 0, hihg: 1 } as never })],
    ['a study without a name', () => createStudy({ storage: journalStorage(path) } as never)],
    ['a name that is a number', () => createStudy({ name: 5 as never, storage: journalStorage(path) })],
    ['a parameter called 5', (s) => s.optimize((t) => t.suggestFloat(5 as never, 0, 1), { trials: 9 })],
    ['an end that is text', (s) => s.optimize((t) => t.suggestFloat('x', '0' as never, 1), { trials: 9 })],
    ['choices that are text', (s) => s.optimize((t) => t.suggestCategorical<number>('x', 'ab' as never), { trials: 9 })],
    ['a hole in the choices', (s) => s.optimize((t) => t.suggestCategorical('x', new Array<number>(2)), { trials: 9 })],
    ['enqueued lists', (s) => s.enqueueTrial({ x: [1] as never })],
    ['an enqueued text for parameters', (s) => s.enqueueTrial('x' as never)],
    ['an attribute that is a date', (s) => { s.setUserAttribute('a', new Date(0) as never); }],
    ['an attribute without a key', (s) => { s.setUserAttribute(undefined as never, 1); }],
    ['a reason that is an error', (s) => s.tell(0, { state: 'fail', reason: new Error('x') as never })],
  ]; // prettier-ignore

  it.each(misuses)('is never %s, and the good trials stay', async (_what, act) => {
    await (await open()).optimize((trial) => trial.suggestFloat('x', 0, 1), { trials: 3 });
    const study = await open();
    await expect(Promise.resolve(study).then(act)).rejects.toThrow(/^(?!.*Cannot)/);
    const { trials } = await read();
    expect(trials.length).toBeGreaterThanOrEqual(3);
    expect(trials.slice(0, 3).every(({ state }) => state === 'complete')).toBe(true);
    await (await open()).optimize((trial) => trial.suggestFloat('x', 0, 1), { trials: 6 });
  });

  it('is refused where its text could not be read, in any storage', async () => {
    for (const storage of [journalStorage(path), memoryStorage()]) {
      await createStudy({ name: 'kept', storage });
      const ledger = await openLedger(storage);
      expect(() => {
        ledger.append([{ op_code: 7, trial_id: 0, step: 0, intermediate_value: 1 }]);
      }).toThrow('not written, since it could not be read again: the operation is about trial 0');
      expect(() => {
        ledger.append([{ op_code: 0, study_name: undefined as never, directions: [1] }]);
      }).toThrow(UsageError);
      expect(await readStudies(storage)).toHaveLength(1);
    }
  });

  const kept: readonly Json[] = [
    '\u0000NaN',
    ['\ud800', 'NaN', '-Infinity', '\u2028'],
    { '': NaN, constructor: [-Infinity, -0], toString: null },
    JSON.parse('{"__proto__": 1, "a": 1e999}') as Json,
    5e-324,
  ];

  it.each(kept.map((value) => [value]))('holds the attribute %j as it is', async (value) => {
    const study = await open();
    study.setUserAttribute('a', value);
    expect((await read()).userAttributes.a).toEqual(value);
    expect((await open()).userAttributes.a).toEqual(value);
    expect(Object.keys((await read()).userAttributes.a as object)).toEqual(Object.keys(value as object));
  });

  it('holds choices and ends that only differ in the sign of zero', async () => {
    const objective = (trial: Trial) =>
      trial.suggestCategorical('x', [-0, 0, NaN]) + trial.suggestFloat('y', -0, 1);
    await (await open()).optimize(objective, { trials: 3 });
    await (await open()).optimize(objective, { trials: 6 });
    expect((await read()).trials).toHaveLength(6);
  });

  it('is not changed by what the caller does to a value afterwards', async () => {
    const study = await createStudy({ name: 'copied' });
    const value = { list: [1] };
    study.setUserAttribute('a', value);
    value.list.push(2);
    expect(study.userAttributes).toEqual({ a: { list: [1] } });
  });

  it('has no value that holds itself, nor one of very many levels', async () => {
    const study = await open();
    const cyclic: Record<string, Json> = {};
    cyclic.self = cyclic;
    let deep: Json = 1;
    for (let i = 0; i < 10_000; i++) deep = [deep];
    for (const value of [cyclic, deep])
      expect(() => {
        study.setUserAttribute('a', value);
      }).toThrow(/it holds itself, or is more than 500 levels deep/);
    expect((await read()).userAttributes).toEqual({});
  });

  it.each(['constructor', '__proto__', 'toString', 'hasOwnProperty'])(
    'may be named %s: study, parameters, attributes, grids and enqueued values',
    async (name) => {
      const storage = journalStorage(path);
      const study = await createStudy({ name, storage, seed: 0 });
      study.setUserAttribute(name, 1);
      await study.enqueueTrial(Object.fromEntries([[name, 0.5]]));
      await study.optimize(
        (trial) => {
          trial.setUserAttribute(name, trial.number);
          return trial.suggestFloat(name, 0, 1) + trial.suggestFloat('other', 0, 1);
        },
        { trials: 14, space: Object.fromEntries([[name, { low: 0, high: 1 }]]) },
      );
      const [again] = await readStudies(storage);
      expect(again.trials.map(({ state }) => state)).toEqual(Array(14).fill('complete'));
      expect(Object.entries(again.trials[0].params)[0]).toEqual([name, 0.5]);
      expect(Object.entries(again.trials[3].userAttributes)).toEqual([[name, 3]]);
      expect(Object.entries(again.userAttributes)).toEqual([[name, 1]]);
      expect(again.name).toBe(name);
    },
  );
});

describe('what is read', () => {
  const trial = { op_code: 4, study_id: 0, datetime_start: null };
  const wrong: readonly [object, string][] = [
    [{ op_code: 0, study_name: 's', directions: [] }, 'has no directions that is a list of directions'],
    [{ op_code: 0, study_name: 's', directions: [3] }, 'has no directions'],
    [{ op_code: 1, study_id: 7 }, 'is about study 7, which was not created before'],
    [{ op_code: 2, study_id: 0, user_attr: [1] }, 'has no user_attr that is an object'],
    [{ op_code: 3, study_id: -1, system_attr: {} }, 'has no study_id that is an integer >= 0'],
    [{ op_code: 4, study_id: 0 }, 'has no datetime_start that is null or a time'],
    [{ ...trial, datetime_start: 'yesterday' }, 'has no datetime_start'],
    [{ ...trial, state: 9 }, 'has a state that is not a state from 0 to 4'],
    [{ ...trial, params: { x: 1 } }, "has a parameter 'x' without its distribution"],
    [{ ...trial, params: { x: 1 }, distributions: { x: '{oops' } }, "has a distribution of 'x' that cannot be read"],
    [{ ...trial, params: { x: '1' }, distributions: { x: float } }, 'has a params that is not an object of numbers'],
    [{ ...trial, intermediate_values: { a: 1 } }, 'has a intermediate_values'],
    [{ op_code: 5, trial_id: 0, param_name: 'x', param_value_internal: 0.5, distribution: '{oops' }, 'is not JSON'],
    [{ op_code: 5, trial_id: 0, param_name: 'x', param_value_internal: 0.5, distribution: text('Cauchy', {}) }, 'Cauchy'],
    [{ op_code: 5, trial_id: 0, param_name: 'x', param_value_internal: 3, distribution: text('CategoricalDistribution', { choices: ['a'] }) }, "has 3 for 'x', which has 1 choices"],
    [{ op_code: 5, trial_id: 0, param_name: 'x', param_value_internal: 1, distribution: text('FloatDistribution', { low: 1, high: 0, log: false, step: null }) }, 'the lower first'],
    [{ op_code: 6, trial_id: -1, state: 1, values: [777] }, 'has no trial_id'],
    [{ op_code: 6, trial_id: 5, state: 1, values: [777] }, 'is about trial 5, which was not created before'],
    [{ op_code: 6, trial_id: 0, state: 1, values: ['abc'] }, 'has no values that is null or a list of numbers'],
    [{ op_code: 6, trial_id: 0, state: 1, values: [1, 2] }, 'has 2 values for a study of 1 objective'],
    [{ op_code: 6, trial_id: 0, state: 1.5, values: null }, 'has no state that is a state from 0 to 4'],
    [{ op_code: 7, trial_id: 0, step: 0.5, intermediate_value: 1 }, 'has no step'],
    [{ op_code: 7, trial_id: 0, step: 0, intermediate_value: null }, 'has no intermediate_value'],
    [{ op_code: 8, trial_id: 0, user_attr: null }, 'has no user_attr'],
    [{ op_code: 9, trial_id: 3, system_attr: {} }, 'is about trial 3'],
  ]; // prettier-ignore

  it.each(wrong)('is refused with file and line where it is %j', async (operation, message) => {
    writeFileSync(path, [...begun, '', line(operation), ''].join('\n'));
    await expect(read()).rejects.toThrow(message);
    await expect(read()).rejects.toThrow(`journal ${path}: line 4 `);
    await expect(
      createStudy({ name: 's', storage: journalStorage(path), loadIfExists: true }),
    ).rejects.toThrow(`journal ${path}: line 4 `);
  });

  it('is refused where it is no text, and where a line is not one', async () => {
    writeFileSync(path, Buffer.concat([Buffer.from(`${begun.join('\n')}\n"`), Buffer.from([0xff, 0x0a])]));
    await expect(read()).rejects.toThrow(`journal ${path}: line 3 is not UTF-8`);
    writeFileSync(path, `${begun.join('\n')}\n${'['.repeat(100_000)}${']'.repeat(100_000)}\n`);
    await expect(read()).rejects.toThrow('line 3 is not an object');
    const nested = `{"op_code":2,"worker_id":"w","study_id":0,"user_attr":{"a":${'['.repeat(9e4)}${']'.repeat(9e4)}}}`;
    writeFileSync(path, `${begun.join('\n')}\n${nested}\n`);
    await expect(read()).rejects.toThrow(
      'line 3 has no user_attr that is an object (of no more than 500 levels)',
    );
  });

  it('may have blank lines, the line ends of Windows and the mark of UTF-8, and be continued', async () => {
    const told = line({ op_code: 6, trial_id: 0, state: 1, values: [2], datetime_complete: null });
    writeFileSync(path, `\uFEFF${[...begun, '', '  ', told].join('\r\n')}\r\n\r\n`);
    expect((await read()).trials).toMatchObject([{ state: 'complete', value: 2 }]);
    const study = await createStudy({ name: 's', storage: journalStorage(path), loadIfExists: true });
    await study.optimize((t) => t.suggestFloat('x', 0, 1), { trials: 3 });
    expect((await read()).trials).toHaveLength(3);
  });

  it('has times with an offset and without', async () => {
    const [first, second] = ['2026-01-01T10:00:00.250000', '2026-01-01T10:00:00.250000+00:00'];
    writeFileSync(
      path,
      [begun[0], ...[first, second].map((at) => line({ ...trial, datetime_start: at })), ''].join('\n'),
    );
    const { trials } = await read();
    expect(trials[0].started).toEqual(new Date(2026, 0, 1, 10, 0, 0, 250));
    expect(trials[1].started).toEqual(new Date('2026-01-01T10:00:00.250Z'));
  });

  it('keeps what writers at the same time leave behind from having an effect', async () => {
    const late = [
      line({ op_code: 6, trial_id: 0, state: 1, values: [1], datetime_complete: null }),
      line({ op_code: 6, trial_id: 0, state: 3, values: null }),
      line({ op_code: 7, trial_id: 0, step: 1, intermediate_value: 1 }),
    ];
    writeFileSync(path, [...begun, ...late, ''].join('\n'));
    expect((await read()).trials).toMatchObject([{ state: 'complete', value: 1 }]);
  });
});

describe('a study of several objectives', () => {
  it('is named for what it is, and not continued', async () => {
    writeFileSync(path, `${line({ op_code: 0, study_name: 'two', directions: [1, 2] })}\n`);
    expect(await read()).toMatchObject({ name: 'two', directions: ['minimize', 'maximize'] });
    const before = readFileSync(path, 'utf8');
    await expect(
      createStudy({ name: 'two', storage: journalStorage(path), loadIfExists: true }),
    ).rejects.toThrow("the study 'two' in " + path + ' has 2 objectives (minimize, maximize)');
    expect(readFileSync(path, 'utf8')).toBe(before);
  });

  it('cannot be one of an objective that answers several values: that ends it with one error', async () => {
    const study = await open();
    for (const answer of [[1, 2], new Float32Array(2)])
      await expect(study.optimize(() => answer as never, { trials: 9 })).rejects.toThrow(
        'optimize: the objective answered 2 values in a list, and a study here has one objective',
      );
    expect((await read()).trials.map(({ state }) => state)).toEqual(['fail', 'fail']);
  });
});
