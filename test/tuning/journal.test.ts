import { appendFileSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  categoricalDistribution,
  createStudy,
  journalStorage,
  memoryStorage,
  randomSampler,
  readStudies,
  type Trial,
  TrialPruned,
} from '../../experiments/tuning/index.js';

let folder: string;
let path: string;
let repairs: string[];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'metagrad-journal-'));
  path = join(folder, 'study.log');
  repairs = [];
});

afterEach(() => {
  rmSync(folder, { recursive: true });
});

const open = (name = 'study') =>
  createStudy({
    name,
    storage: journalStorage(path, { onRepair: (message) => repairs.push(message) }),
    sampler: randomSampler(),
    loadIfExists: true,
    seed: 4,
  });

const objective = (trial: Trial): number => {
  const lr = trial.suggestFloat('lr', 1e-5, 1, { log: true });
  const depth = trial.suggestInt('depth', 1, 4);
  const rule = trial.suggestCategorical('rule', ['sgd', 'adam', null, true]);
  trial.report(0, trial.number === 1 ? NaN : lr);
  trial.setUserAttribute('notes', { depth, tried: [1, 2.5], why: 'a "test"' });
  if (trial.number === 2) throw new TrialPruned();
  if (trial.number === 3) throw new Error('no luck');
  return trial.number === 4 ? Infinity : lr * depth + (rule === 'adam' ? 1 : 2);
};

const lines = (): string[] => readFileSync(path, 'utf8').trimEnd().split('\n');

describe('a journal', () => {
  it('holds all that a study in memory holds', async () => {
    const study = await open();
    await study.enqueueTrial({ lr: 1, depth: 3 });
    await study.optimize(objective, { trials: 6 });
    const inMemory = await createStudy({
      name: 'study',
      storage: memoryStorage(),
      sampler: randomSampler(),
      seed: 4,
    });
    await inMemory.enqueueTrial({ lr: 1, depth: 3 });
    await inMemory.optimize(objective, { trials: 6 });

    const timeless = (trials: typeof study.trials) =>
      trials.map((trial) => ({ ...trial, started: null, completed: null, worker: '' }));
    const again = await open();
    expect(timeless(again.trials)).toEqual(timeless(inMemory.trials));
    expect(again.trials).toEqual(study.trials);
    expect(again.trials.map(({ state, value }) => [state, value])).toEqual([
      ['complete', expect.any(Number)],
      ['complete', expect.any(Number)],
      ['pruned', expect.any(Number)],
      ['fail', null],
      ['complete', Infinity],
      ['complete', expect.any(Number)],
    ]);
    expect(again.trials[0].started).toBeInstanceOf(Date);
  });

  it('writes floats as floats, non-finite numbers as bare tokens and times local, without an offset', async () => {
    const study = await open();
    await study.enqueueTrial({ lr: 1 });
    await study.optimize(objective, { trials: 5 });
    const text = readFileSync(path, 'utf8');
    expect(text).toContain('"param_name":"lr","param_value_internal":1.0,');
    expect(text).toContain('\\"low\\": 0.00001, \\"high\\": 1.0, \\"log\\": true');
    expect(text).toContain('"intermediate_value":NaN');
    expect(text).toContain('"values":[Infinity]');
    expect(text).toMatch(/"param_name":"rule","param_value_internal":\d,/);
    const time = '"\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{6}"';
    expect(text).toMatch(new RegExp(`"op_code":4,"study_id":0,"datetime_start":${time}`));
    expect(text).toMatch(new RegExp(`"op_code":6,.*"datetime_start":${time},"datetime_complete":${time}`));
    const [, written] = new RegExp(`"datetime_complete":(${time})`).exec(text)!;
    expect(Math.abs(new Date(JSON.parse(written) as string).getTime() - Date.now())).toBeLessThan(60_000);
    expect(text).not.toMatch(/"value":/);
  });

  it('keeps several studies apart, and trials by their ids', async () => {
    const [first, second] = [await open('first'), await open('second')];
    await first.optimize(objective, { trials: 2 });
    await second.optimize(objective, { trials: 2 });
    await first.optimize(objective, { trials: 3 });
    expect(first.trials.map(({ id, number }) => [id, number])).toEqual([
      [0, 0],
      [1, 1],
      [4, 2],
    ]);
    expect((await open('second')).trials).toEqual(second.trials);
    const studies = await readStudies(journalStorage(path));
    expect(studies.map(({ name, trials }) => [name, trials.length])).toEqual([
      ['first', 3],
      ['second', 2],
    ]);
  });
});

describe('what JSON cannot hold', () => {
  const values = [
    undefined,
    { b: undefined },
    new Array(2),
    [1, () => 1],
    () => 1,
    Symbol('s'),
    1n,
  ] as never[];

  it('is refused for reports and attributes, and the journal stays readable', async () => {
    const study = await open();
    const trial = await study.ask();
    for (const value of [undefined, '0.5', null] as never[])
      expect(() => {
        trial.report(0, value);
      }).toThrow('at step 0 is no number');
    for (const value of values)
      for (const holder of [study, trial])
        expect(() => {
          holder.setUserAttribute('a', value);
        }).toThrow(/^setUserAttribute\('a'\).*: JSON has no /);
    trial.report(0, 0.5);
    await study.tell(trial, 1);
    const [read] = await readStudies(journalStorage(path));
    expect(read.userAttributes).toEqual({});
    expect(read.trials).toMatchObject([{ state: 'complete', userAttributes: {} }]);
    expect([...read.trials[0].intermediateValues]).toEqual([[0, 0.5]]);
    expect((await open()).trials).toEqual(study.trials);
  });

  it('is refused for enqueued parameters and choices, and the journal stays readable', async () => {
    const study = await open();
    for (const value of values) {
      await expect(study.enqueueTrial({ x: value })).rejects.toThrow(/^enqueueTrial\.x.*: JSON has no /);
      await expect(study.enqueueTrial({ x: 1 }, { why: value })).rejects.toThrow('JSON has no ');
    }
    expect(() => categoricalDistribution([undefined as never, 1])).toThrow(
      'a choice of type undefined (number 0)',
    );
    const trial = await study.ask();
    expect(() => trial.suggestCategorical('c', [1, {} as never])).toThrow(
      "suggestCategorical('c'): a choice of type object (number 1)",
    );
    const [read] = await readStudies(journalStorage(path));
    expect(read.trials).toMatchObject([{ number: 0, params: {}, systemAttributes: {} }]);
    expect((await open()).trials).toEqual(study.trials);
  });
});

describe('a damaged journal', () => {
  it('has a cut last line removed, with a message, and nothing else', async () => {
    await (await open()).optimize(objective, { trials: 2 });
    const whole = readFileSync(path, 'utf8');
    appendFileSync(path, '{"op_code":7,"trial_id":1,"st');
    const study = await open();
    expect(readFileSync(path, 'utf8')).toBe(whole);
    expect(repairs).toEqual([
      expect.stringContaining('it was removed (29 bytes: {"op_code":7,"trial_id":1,"st)'),
    ]);
    await study.optimize(objective, { trials: 3 });
    expect((await open()).trials).toHaveLength(3);
  });

  it('has a last line completed that only lacks its end', async () => {
    await (await open()).optimize(objective, { trials: 2 });
    const whole = readFileSync(path, 'utf8');
    writeFileSync(path, whole.trimEnd());
    const study = await open();
    expect(repairs).toEqual([expect.stringContaining('its end was added')]);
    expect(readFileSync(path, 'utf8')).toBe(whole);
    expect(study.trials[1].state).toBe('complete');
  });

  it.each([
    ['{"op_code":7,"trial_id":1,"st', 'line 4 is not JSON: {"op_code":7'],
    ['[1]', 'line 4 is not an object'],
    ['{"op_code":12,"worker_id":"me"}', 'line 4 has no op_code from 0 to 9'],
    ['{"op_code":7,"worker_id":"me","trial_id":0,"step":"1"}', 'line 4 has no step that is an integer'],
    ['{"op_code":1,"study_id":0}', 'line 4 has no worker_id that is a string'],
  ])('is refused with the line number for %j in the middle', async (line, message) => {
    await (await open()).optimize(objective, { trials: 2 });
    const before = lines();
    writeFileSync(path, [...before.slice(0, 3), line, ...before.slice(3), ''].join('\n'));
    await expect(open()).rejects.toThrow(`journal ${path}: ${message}`);
    expect(existsSync(`${path}.lock`)).toBe(false);
  });

  it('is refused with the right number where only the news are read', async () => {
    const study = await open();
    await study.optimize(objective, { trials: 1 });
    const count = lines().length;
    appendFileSync(path, 'nonsense\n');
    await expect(study.ask()).rejects.toThrow(`line ${count + 1} is not JSON`);
  });
});

describe('a disk that does not take it', () => {
  it('is an error that names the file where a folder has its name', async () => {
    await expect(createStudy({ name: 'x', storage: journalStorage(folder) })).rejects.toThrow(
      `journal ${folder}: cannot be read (Error: EISDIR`,
    );
  });

  it('is an error that names the file', async () => {
    const missing = join(folder, 'no such folder', 'study.log');
    await expect(createStudy({ name: 'x', storage: journalStorage(missing) })).rejects.toThrow(
      /journal .*no such folder.*: cannot make its lock .*the folder must exist and be writable/,
    );
  });
});
