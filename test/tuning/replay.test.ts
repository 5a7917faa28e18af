import { describe, expect, it } from 'vitest';
import { createStudy, memoryStorage, type Operation, type Storage } from '../../experiments/tuning/index.js';
import { parseJson, toJson } from '../../experiments/tuning/log/json.js';
import { openLedger } from '../../experiments/tuning/log/ledger.js';
import { createReplay } from '../../experiments/tuning/log/replay.js';

const float = (low: number, high: number): string =>
  `{"name": "FloatDistribution", "attributes": {"step": null, "low": ${low}, "high": ${high}, "log": false}}`;
const log = '{"name": "FloatDistribution", "attributes": {"step": null, "low": 1, "high": 2, "log": true}}';

const w = { worker_id: 'a' };
const created: readonly Operation[] = [
  { ...w, op_code: 0, study_name: 'one', directions: [2, 1] },
  { ...w, op_code: 0, study_name: 'two', directions: [1] },
  { ...w, op_code: 4, study_id: 1, datetime_start: null, state: 4 },
  { ...w, op_code: 4, study_id: 0, datetime_start: '2024-05-01T10:00:00.5+00:00' },
];

const replayOf = (...operations: readonly Operation[]) => {
  const replay = createReplay();
  replay.apply([...created, ...operations]);
  return { one: replay.study('one'), two: replay.study('two'), replay };
};

describe('a replayed log', () => {
  it('numbers trials within their study and counts ids over the log; the first direction counts', () => {
    const { one, two, replay } = replayOf();
    expect(one).toMatchObject({
      id: 0,
      direction: 'maximize',
      trials: [{ number: 0, id: 1, state: 'running' }],
    });
    expect(one?.trials[0].started).toEqual(new Date('2024-05-01T10:00:00.500Z'));
    expect(two).toMatchObject({
      id: 1,
      direction: 'minimize',
      trials: [{ number: 0, id: 0, state: 'waiting' }],
    });
    expect([replay.nextStudyId(), replay.nextTrialId()]).toEqual([2, 2]);
  });

  it('counts no second study of a name, and no trial of a deleted study', () => {
    const { one, replay } = replayOf(
      { ...w, op_code: 0, study_name: 'one', directions: [1] },
      { ...w, op_code: 1, study_id: 1 },
      { ...w, op_code: 4, study_id: 1, datetime_start: null },
      { ...w, op_code: 0, study_name: 'two', directions: [1] },
      { ...w, op_code: 4, study_id: 2, datetime_start: null },
    );
    expect(one?.direction).toBe('maximize');
    expect(replay.names()).toEqual(['one', 'two']);
    expect(replay.study('two')).toMatchObject({ id: 2, trials: [{ number: 0, id: 2 }] });
  });

  it('does not change a finished trial', () => {
    const { one } = replayOf(
      { ...w, op_code: 6, trial_id: 1, state: 1, values: [0.5] },
      { ...w, op_code: 6, trial_id: 1, state: 3, values: null },
      { ...w, op_code: 7, trial_id: 1, step: 0, intermediate_value: 3 },
      { ...w, op_code: 8, trial_id: 1, user_attr: { late: true } },
    );
    expect(one?.trials[0]).toMatchObject({ state: 'complete', value: 0.5, userAttributes: {} });
    expect(one?.trials[0].intermediateValues.size).toBe(0);
  });

  it('gives a waiting trial to the first that claims it', () => {
    const claim = { op_code: 6, trial_id: 0, state: 0, values: null } as const;
    const { two } = replayOf(
      { ...claim, worker_id: 'b', datetime_start: '2024-05-01T10:00:00+00:00' },
      { ...claim, worker_id: 'c', datetime_start: '2024-05-01T10:00:09+00:00' },
    );
    expect(two?.trials[0]).toMatchObject({ worker: 'b', started: new Date('2024-05-01T10:00:00Z') });
  });

  it('lets a numeric range move, but not become logarithmic', () => {
    const set = (distribution: string, value: number): Operation => ({
      ...w,
      op_code: 5,
      trial_id: 1,
      param_name: 'x',
      param_value_internal: value,
      distribution,
    });
    expect(replayOf(set(float(0, 1), 0.5), set(float(0, 3), 2)).one?.trials[0].params).toEqual({ x: 2 });
    expect(replayOf(set(float(0, 1), 0.5), set(log, 2)).one?.trials[0].params).toEqual({ x: 0.5 });
  });

  it('reads a trial that was created complete', () => {
    const { one } = replayOf({
      ...w,
      op_code: 4,
      study_id: 0,
      datetime_start: null,
      state: 1,
      value: 3,
      values: null,
      distributions: { c: '{"name": "CategoricalDistribution", "attributes": {"choices": ["a", null]}}' },
      params: { c: 1 },
      intermediate_values: { '4': 2 },
    });
    expect(one?.trials[1]).toMatchObject({ state: 'complete', value: 3, params: { c: null } });
    expect([...(one?.trials[1].intermediateValues ?? [])]).toEqual([[4, 2]]);
  });

  it('is refused for a study or a trial that was never created, and for more values than objectives', () => {
    expect(() => replayOf({ ...w, op_code: 7, trial_id: 9, step: 0, intermediate_value: 3 })).toThrow(
      'is about trial 9, which was not created before',
    );
    expect(() => replayOf({ ...w, op_code: 1, study_id: 2 })).toThrow('is about study 2');
    expect(() => replayOf({ ...w, op_code: 6, trial_id: 0, state: 1, values: [1, 2] })).toThrow(
      'has 2 values for a study of 1 objective',
    );
    const { one } = replayOf({ ...w, op_code: 6, trial_id: 1, state: 1, values: [1, 2] });
    expect(one).toMatchObject({ directions: ['maximize', 'minimize'], trials: [{ value: 1 }] });
  });
});

describe('a ledger', () => {
  it('takes news once, though the transaction that brought them failed', async () => {
    const inner = memoryStorage();
    let broken = false;
    const storage: Storage = {
      ...inner,
      transact: (position, decide) =>
        inner.transact(position, (news) => {
          const decided = decide(news);
          if (broken) throw new Error('no room');
          return decided;
        }),
    };
    const ledger = await openLedger(storage);
    const study = await createStudy({ name: 'two writers', storage: inner });
    await study.ask();
    broken = true;
    await expect(ledger.transact(() => [])).rejects.toThrow('no room');
    broken = false;
    await study.ask();
    await ledger.transact(() => []);
    expect(ledger.replay.study('two writers')?.trials).toHaveLength(2);
  });
});

describe('JSON with bare tokens', () => {
  it('is read and written as Python does', () => {
    const value = { a: [NaN, Infinity, -Infinity, 1, 0.5], 'NaN "x"': 'Infinity, "NaN"\\', n: null, t: true };
    const text =
      '{"a":[NaN,Infinity,-Infinity,1,0.5],"NaN \\"x\\"":"Infinity, \\"NaN\\"\\\\","n":null,"t":true}';
    expect(toJson(value)).toBe(text);
    expect(parseJson(text)).toEqual(value);
    expect(() => parseJson('{"a": NaN')).toThrow(SyntaxError);
    expect(() => parseJson('{"a": nan}')).toThrow(SyntaxError);
  });
});
