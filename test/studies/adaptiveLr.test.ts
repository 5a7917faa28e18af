/** The arms of adaptive-lr do to the learning rate what they say, and look at what they say. */
import { describe, expect, test } from 'vitest';
import { type Split, makeSplit } from '../../data/index.js';
import { fromTypedArray, leavesOf } from '../../engine/index.js';
import { openStudy, startTraining, trainingRun } from '../../experiments/runner/openStudy.js';
import { configOf } from '../../experiments/runner/configuration/overrides.js';
import { adaptiveLr } from '../../experiments/studies/adaptiveLr/adaptiveLr.js';
import type { EpochMetrics } from '../../experiments/studies/program.js';
import type { Splits } from '../../experiments/tasks/splits.js';

const { full } = adaptiveLr.presets;
const config = configOf('adaptive-lr', full, [
  { task: { samples: 500, sizes: [40, 16, 10] }, batchSize: 64, epochs: { tune: 10, final: 10 }, seed: 0 },
]);
const opened = openStudy(adaptiveLr, config);

/** Trains an arm from a learning rate, on the reported seed 0. */
function train(
  arm: string,
  lr?: number,
  change: (splits: Splits) => Partial<Splits> = () => ({}),
): EpochMetrics[] {
  const run = trainingRun(opened, arm, 'final', 0, 0, {});
  const splits = { ...run.splits, ...change(run.splits) };
  const training = startTraining(opened, { ...run, splits }, lr === undefined ? {} : { lr });
  return [...training].map((metrics) => metrics!);
}

const lrs = (metrics: readonly EpochMetrics[]): number[] => metrics.map(({ lr }) => lr);

const closeTo = (values: readonly number[], expected: readonly number[]): void => {
  expect(values).toHaveLength(expected.length);
  values.forEach((value, i) => {
    expect(value / expected[i]).toBeCloseTo(1, 5);
  });
};

const ten = Array.from({ length: 10 }, (_, epoch) => epoch);

describe('schedules have, at the last update of each epoch,', () => {
  // 320 rows in batches of 64: five updates in each of ten epochs.
  test.each([
    ['constant', () => 1],
    ['step', (t: number) => 0.1 ** Math.floor(t / 10)],
    ['exponential', (t: number) => 0.85 ** (t / 50)],
    ['cosine', (t: number) => (1 + Math.cos((Math.PI * t) / 50)) / 2],
  ] as const)('the learning rate of %s', (arm, factor) => {
    closeTo(
      lrs(train(arm, 0.01)),
      ten.map((epoch) => 0.01 * factor(5 * epoch + 4)),
    );
  });
});

describe('the rule', () => {
  /** The same rows with other classes, of which a model that learns the right ones knows less and less. */
  const mislabelled = <Name extends string>({ name, x, y }: Split<Name>): Split<Name> =>
    makeSplit(name, x, fromTypedArray(Int32Array.from(y.toTypedArray(), (digit) => 9 - digit)));

  test('raises a learning rate that is low, in steps of a tenth, and only then', () => {
    const [first, ...rest] = lrs(train('adaptive', 1e-3));
    expect(first).toBe(1e-3);
    expect(rest[rest.length - 1]).toBeCloseTo(1e-3 * 1.1 ** 2, 12);
    closeTo(
      lrs(train('no raise', 1e-3)),
      ten.map(() => 1e-3),
    );
    expect(lrs(train('no cut', 1e-3))).toEqual([first, ...rest]);
  });

  test('cuts one that is high by halves', () => {
    const rates = lrs(train('no raise', 0.1));
    for (let i = 1; i < rates.length; i++) expect([1, 0.5]).toContain(rates[i] / rates[i - 1]);
    expect(rates[9]).toBeLessThan(0.1);
    expect(Math.min(...lrs(train('no cut', 0.1)))).toBe(0.1);
  });

  test('is fed by the rows for it, and not by those it is judged on', () => {
    const withEvaluation = ({ evaluation }: Splits) => ({ evaluation: mislabelled(evaluation) });
    const withMetaVal = ({ metaVal }: Splits) => ({ metaVal: mislabelled(metaVal) });
    const [validation, training] = ['adaptive', 'training loss'].map((arm) => lrs(train(arm, 3e-3)));
    expect(lrs(train('adaptive', 3e-3, withEvaluation))).toEqual(validation);
    expect(lrs(train('adaptive', 3e-3, withMetaVal)).at(-1)).toBeLessThan(3e-3);
    expect(lrs(train('training loss', 3e-3, withMetaVal))).toEqual(training);
    expect(Math.max(...validation)).toBeGreaterThan(3e-3);
  });

  test('changes nothing else: until its first decision it is the constant learning rate', () => {
    const [adaptive, constant] = ['adaptive', 'constant'].map((arm) => train(arm, 1e-3));
    const same = lrs(adaptive).filter((lr) => lr === 1e-3).length;
    expect(same).toBeGreaterThan(2);
    // A float32 where a schedule gave it.
    const withoutRate = (metrics: EpochMetrics[]) => metrics.slice(0, same).map((one) => ({ ...one, lr: 0 }));
    expect(withoutRate(adaptive)).toEqual(withoutRate(constant));
    expect(adaptive[same].loss).not.toBe(constant[same].loss);
  });
});

test('the perceptrons of the write-up have the learning rates and epochs that it says', () => {
  const described = Object.entries(config.arms).filter(([, { settings }]) => 'hidden' in settings);
  const trained = described.map(([arm]) => lrs(train(arm)));
  expect(trained.map((rates) => [rates.length, Math.fround(rates[0])])).toEqual([
    [5, Math.fround(1e-3)],
    [5, Math.fround(1e-3)],
    [5, Math.fround(5e-4)],
    [10, Math.fround(5e-4)],
  ]);
  const widths = described.map(([arm]) => {
    const training = startTraining(opened, trainingRun(opened, arm, 'final', 0, 0, {}), {});
    let step = training.next();
    while (step.done !== true) step = training.next();
    const biases = leavesOf(step.value!).filter(({ tensor }) => tensor.rank === 1);
    return biases.map(({ tensor }) => tensor.size);
  });
  expect(widths).toEqual([[128, 10], ...Array<number[]>(3).fill([256, 128, 64, 10])]);
});

test.each([
  [
    'feedback',
    { adaptive: { settings: { feedback: 'rumour' } } },
    'arms.adaptive.settings.feedback: Invalid option: expected one of "validation"|"training"',
  ],
  [
    'learning rate',
    { constant: { space: null } },
    'arms.constant.settings.lr: Invalid input: expected number, received undefined',
  ],
] as const)('an arm without a %s is refused', (_, arms, message) => {
  const changed = configOf('adaptive-lr', full, [{ task: { samples: 500 }, arms }]);
  expect(() => openStudy(adaptiveLr, changed)).toThrow(message);
});

test('what the write-up reports does not fit what it plans', async () => {
  const { program, figures } = opened.reproductions['reported numbers'];
  const running = program({ config, seed: 0 });
  let step = await running.next();
  while (step.done !== true) step = await running.next();
  expect(Object.keys(step.value.figures)).toEqual(figures.map(({ name }) => name));
  expect(step.value.figures.examples).toBeCloseTo(500, 2);
  // scipy.stats.binomtest(425, 872).pvalue
  expect(step.value.figures.coin).toBeCloseTo(0.47701233707698215, 12);
});

test('an arm with layers of its own draws no data set beside that of its seed', () => {
  const { model, loss, metrics, evaluate } = opened.task;
  const task = {
    ...{ model, loss, metrics, evaluate },
    get data(): never {
      throw new Error('it was drawn');
    },
  };
  const { constant } = adaptiveLr.programs(config, { task, compile: { backend: 'wasm' } });
  const run = trainingRun(opened, 'deep', 'final', 0, 0, {});
  const [measured] = constant.start(run, { ...config.arms.deep.settings, epochs: 1 });
  expect(measured!.loss).toBeGreaterThan(0);
});
