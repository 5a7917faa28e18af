import { describe, expect, it } from 'vitest';
import { Generator, UsageError } from '../../engine/index.js';
import {
  type Rule,
  adam,
  blended,
  fixed,
  grouped,
  learnHypers,
  lion,
  selfTuning,
  sgd,
  trainer,
  withParameterAverage,
} from '../../optimizers/index.js';
import { batchesIn, loss, paramsIn } from './toy.js';

const params = paramsIn('float64');
const [batch] = batchesIn('float64', 0, 1);
const learned = learnHypers(sgd(), { lr: 'log' }, { lr: 0.1 });

describe("adam's state is refused, with the names that differ, by", () => {
  it.each<[string, Rule, RegExp]>([
    [
      'blended',
      blended({ adam: adam(), sgd: sgd() }),
      /state: it lacks adam, sgd and has m, v; it is another/,
    ],
    [
      'withParameterAverage',
      withParameterAverage(adam(), 0.9),
      /state: it lacks rule, average and has m, v;/,
    ],
    ['grouped', grouped({ all: { paths: ['layers'], rule: adam() } }), /state: it lacks all and has m, v;/],
    [
      'selfTuning',
      selfTuning(learned, learned.init(new Generator(0), { dtype: 'float64' }), sgd()),
      /state: it lacks rule, theta, metaRule, before and has m, v;/,
    ],
    ['lion', lion(), /state: it has v besides m; it is another rule's/],
  ])('%s', (_, rule, message) => {
    const begin = () => trainer(rule, params, {}, { state: adam().init(params) });
    expect(begin).toThrow(UsageError);
    expect(begin).toThrow(message);
  });
});

describe('hyper-parameters that make no sense', () => {
  it('are not fixed', () => {
    expect(() => fixed(sgd(), { lr: NaN })).toThrow(UsageError);
    expect(() => fixed(sgd(), { lr: NaN })).toThrow(/fixed: lr = NaN makes no sense; it must be at least 0/);
  });

  it('are found in float32 where only float64 has them', () => {
    const hyper = { beta2: 0.99999999 };
    expect(() => trainer(adam(), paramsIn('float32'), hyper)).toThrow(
      /adam, in float32: beta2 = 1 makes no sense; it must be at least 0 and below 1/,
    );
    const training = trainer(adam(), params, hyper);
    training.step((p) => loss(p, batch));
    expect(training.steps).toBe(1);
    const [single] = batchesIn('float32', 0, 1);
    const ofFixed = trainer(fixed(adam(), hyper), paramsIn('float32'));
    expect(() => ofFixed.step((p) => loss(p, single))).toThrow(
      /fixed, in float32: beta2 = 1 makes no sense; it must be at least 0 and below 1/,
    );
  });
});
