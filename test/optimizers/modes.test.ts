/** Everything that a training carries and hands out, in every mode that it runs in. */
import { describe, expect, it } from 'vitest';
import {
  type Tensor,
  UsageError,
  add,
  cast,
  lt,
  mean,
  mul,
  normal,
  reshape,
  slice,
  square,
  sub,
  sum,
  tensor,
} from '../../engine/index.js';
import { iota } from '../../engine/primitives/source.js';
import { Generator } from '../../engine/random/generator.js';
import {
  type LossContext,
  type LossResult,
  adam,
  formatSnapshot,
  fromSplit,
  learnHypers,
  metaTraining,
  restoreSnapshot,
  sgd,
  training,
  unroll,
} from '../../optimizers/index.js';
import { absoluteError, expectSame } from '../compile/values.js';

const modes = [
  ['eager', false],
  ['cpu plan', 'cpu'],
  ['wasm plan', 'wasm'],
] as const;

/** A layer with batch normalization, `y = gamma * (x - mean) / std + beta`, and what it predicts. */
type Params = {
  readonly weight: Tensor;
  readonly gamma: Tensor;
  readonly beta: Tensor;
};
type Statistics = {
  readonly mean: Tensor;
  readonly variance: Tensor;
};
interface Batch {
  readonly x: Tensor;
  readonly y: Tensor;
}

const momentum = 0.1;
const eps = 1e-5;
const [examples, inputs, outputs] = [6, 4, 3];

/** Uses the statistics of the batch and hands out the running ones; in mode 'eval' the other way round. */
function normalized(
  { weight, gamma, beta }: Params,
  { x, y }: Batch,
  { buffers, mode }: LossContext<Statistics>,
): LossResult<Statistics> {
  const h = x.matmul(weight);
  const ofBatch = { mean: mean(h, { dim: 0 }), variance: h.var({ dim: 0, unbiased: false }) };
  const used = mode === 'train' ? ofBatch : buffers;
  const z = h.sub(used.mean).div(used.variance.add(eps).sqrt()).mul(gamma).add(beta);
  const running = (name: keyof Statistics): Tensor =>
    add(mul(buffers[name], 1 - momentum), mul(ofBatch[name], momentum));
  return [
    mean(square(sub(z, y))),
    { buffers: { mean: running('mean'), variance: running('variance') }, largest: z.max() },
  ];
}

const generator = new Generator(4);
const draw = (...shape: number[]): Tensor => normal(generator, shape);
const params: Params = { weight: draw(inputs, outputs), gamma: tensor([1, 1, 1]), beta: tensor([0, 0, 0]) };
const fresh: Statistics = { mean: tensor([0, 0, 0]), variance: tensor([1, 1, 1]) };
const batches = Array.from({ length: 8 }, (): Batch => ({
  x: draw(examples, inputs),
  y: draw(examples, outputs),
}));

/** The running statistics after a batch, computed with plain numbers. */
function statisticsByHand(before: number[][], weight: number[][], x: number[][]): number[][] {
  const h = x.map((row) =>
    Array.from({ length: outputs }, (_, j) => row.reduce((total, v, i) => total + v * weight[i][j], 0)),
  );
  const column = (j: number): number[] => h.map((row) => row[j]);
  const average = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0) / values.length;
  const means = Array.from({ length: outputs }, (_, j) => average(column(j)));
  const variances = means.map((m, j) => average(column(j).map((v) => (v - m) ** 2)));
  return [means, variances].map((now, k) =>
    now.map((value, j) => (1 - momentum) * before[k][j] + momentum * value),
  );
}

const rowsOf = (t: Tensor): number[][] => t.toArray() as number[][];

describe.each(modes)('running statistics of batch normalization, %s', (_, compile) => {
  const kind = training(adam(), normalized, { compile });
  const start = () => kind.start(params, { lr: 0.1 }, { buffers: fresh });

  it('are carried beside the parameters, as computed by hand', () => {
    const run = start();
    let expected = [
      [0, 0, 0],
      [1, 1, 1],
    ];
    for (const batch of batches) {
      expected = statisticsByHand(expected, rowsOf(run.params.weight), rowsOf(batch.x));
      const { info } = run.step(batch);
      expect(Object.keys(info)).toEqual(['largest']);
      const found = [run.buffers.mean, run.buffers.variance].map((t) => Array.from(t.toTypedArray()));
      found.flat().forEach((value, i) => {
        expect(value).toBeCloseTo(expected.flat()[i], 5);
      });
    }
    expect(fresh.mean.toArray()).toEqual([0, 0, 0]);
  });

  it('are the same in all modes', () => {
    const [run, eager] = [
      start(),
      training(adam(), normalized).start(params, { lr: 0.1 }, { buffers: fresh }),
    ];
    const [ours, theirs] = [run.epoch(batches), eager.epoch(batches)];
    expect(absoluteError(run.buffers, eager.buffers)).toBeLessThan(1e-6);
    expect(absoluteError(ours, theirs)).toBeLessThan(1e-5);
    if (compile === 'cpu') expectSame(run.buffers, eager.buffers);
    if (compile !== false) expect(kind.plans.map(({ backend }) => backend)).toEqual([compile]);
  });

  it('go on from a snapshot', () => {
    const whole = start();
    whole.epoch(batches);
    const first = start();
    first.epoch(batches.slice(0, 5));
    const { differing, ...parts } = restoreSnapshot(formatSnapshot(first), start(), [
      ...(['params', 'state', 'steps', 'buffers', 'key'] as const),
    ]);
    const second = kind.start(parts.params, { lr: 0.1 }, parts);
    second.epoch(batches.slice(5));
    expect(differing).toEqual([]);
    expectSame([second.params, second.state, second.buffers], [whole.params, whole.state, whole.buffers]);
    const third = kind.start(first.params, { lr: 0.1 }, first);
    third.epoch(batches.slice(5));
    expectSame([third.params, third.buffers], [whole.params, whole.buffers]);
  });

  it('are left alone by gradients from elsewhere', () => {
    const run = start();
    run.step(batches[0]);
    const { params: p, buffers } = run;
    expect(run.apply(p)).toEqual({});
    expectSame(run.buffers, buffers);
    expect(run.steps).toBe(2);
  });

  it('must keep their structure', () => {
    const growing = training(
      sgd(),
      (p: Params, _batch: Batch, { buffers }: LossContext<Statistics>) => [
        sum(p.weight),
        { buffers: { ...buffers, mean: reshape(buffers.mean, [3, 1]) } },
      ],
      { compile, allowZero: ['gamma', 'beta'] },
    );
    const run = growing.start(params, {}, { buffers: fresh });
    expect(() => run.step(batches[0])).toThrow(
      'training: the loss was given buffers.mean as float32[3] and hands it out as float32[3,1]; they must agree.',
    );
    const losing = training(
      sgd(),
      (p: Params, _batch: Batch, { buffers }: LossContext<Statistics>) => [
        sum(p.weight),
        { buffers: { mean: buffers.mean } as Statistics },
      ],
      { compile, allowZero: ['gamma', 'beta'] },
    );
    expect(() => losing.start(params, {}, { buffers: fresh }).step(batches[0])).toThrow(UsageError);
  });
});

describe.each(modes)('running statistics in meta-training, %s', (_, compile) => {
  const learned = learnHypers(sgd(), { lr: 'log' }, { lr: 0.1 });
  const stream = (name: string, from: number, to: number) =>
    fromSplit({ name, x: batches[from].x }, () => batches.slice(from, to));

  it.each(['before', 'after'] as const)('are those of the updates that are made, %s', (update) => {
    const modesOf: string[] = [];
    const watching: typeof normalized = (p, batch, context) => {
      modesOf.push(context.mode);
      return normalized(p, batch, context);
    };
    const run = metaTraining(learned, { loss: watching, metaRule: sgd(), update }, { compile }).start(
      params,
      {
        ...{ theta: learned.init(generator), metaHyper: { lr: 0.1 } },
        ...{ train: stream('train', 0, 4), metaVal: stream('metaVal', 4, 8), buffers: fresh },
      },
    );
    const before = [run.learned.theta.lr.log.exp(), run.params] as const;
    run.step(2);
    const lr = update === 'before' ? before[0] : run.learned.theta.lr.log.exp();
    const made = unroll(sgd(), normalized, {
      ...{ params, hyper: { lr }, batches: batches.slice(0, 2), buffers: fresh },
    });
    expect(absoluteError(run.params, made.params)).toBeLessThan(1e-5);
    expect(absoluteError(run.buffers, made.buffers)).toBeLessThan(1e-5);
    expect(absoluteError(run.buffers, fresh)).toBeGreaterThan(0.01);
    expect(new Set(modesOf)).toEqual(new Set(['train', 'eval']));
  });
});

/** Whether each of `size` elements is kept, with probability 1/2: a hash of the key and its index, in int32 arithmetic. */
function kept(key: Tensor, size: number): Tensor {
  const part = (i: number): Tensor => reshape(slice(key, { start: i, end: i + 1 }), []);
  const mixed = (x: Tensor): Tensor => add(mul(x, add(mul(x, 2), 1)), 0x3c6ef372);
  let hash = add(iota([size], 0, 'int32'), mul(part(0), 0x1b873593));
  hash = add(mixed(mixed(hash)), mul(part(1), 0x2545f491));
  for (let round = 0; round < 4; round++) hash = mixed(hash);
  return cast(lt(hash, 0), 'float32');
}

describe.each(modes)('noise by the key, %s', (_, compile) => {
  const size = 1000;
  const dropout = (w: Tensor, x: Tensor, { key }: LossContext): LossResult => {
    const mask = kept(key, size);
    return [sum(mul(mul(w, mask), x)), { mask, key }];
  };
  const kind = training(sgd(), dropout, { compile });
  const masksOf = (key: number, steps = 0, count = 3): number[][] => {
    const run = kind.start(tensor(new Array<number>(size).fill(1)), { lr: 0.1 }, { key, steps });
    return Array.from({ length: count }, () => Array.from(run.step(tensor(1)).info.mask.toTypedArray()));
  };

  it('is another one at every step and for every key, and the same again', () => {
    const masks = [...masksOf(1), ...masksOf(2)];
    for (const mask of masks) expect(Math.abs(sumOf(mask) - size / 2)).toBeLessThan(80);
    masks.forEach((mask, i) => {
      for (const other of masks.slice(0, i))
        expect(Math.abs(mask.filter((value, k) => value === other[k]).length - size / 2)).toBeLessThan(80);
    });
    expect(masksOf(1)).toEqual(masks.slice(0, 3));
    expect(masksOf(1, 1, 2)).toEqual(masks.slice(1, 3));
    expect(kind.plans.length).toBe(compile === false ? 0 : 1);
  });

  it('is what it is in the other modes', () => {
    const eager = training(sgd(), dropout).start(
      tensor(new Array<number>(size).fill(1)),
      { lr: 0.1 },
      { key: -7 },
    );
    expect(masksOf(-7, 0, 1)[0]).toEqual(Array.from(eager.step(tensor(1)).info.mask.toTypedArray()));
  });

  it('goes on from a snapshot', () => {
    const start = (from = {}) => kind.start(tensor(new Array<number>(size).fill(1)), { lr: 0.1 }, from);
    const first = start({ key: 5 });
    first.step(tensor(1));
    const parts = restoreSnapshot(formatSnapshot(first), start(), ['params', 'state', 'steps', 'key']);
    const second = kind.start(parts.params, { lr: 0.1 }, parts);
    expectSame(second.step(tensor(1)), first.step(tensor(1)));
    expect(second.key).toBe(5);
    expect(() => start({ key: 1.5 })).toThrow('key must be an int32; got the number 1.5');
  });
});

const sumOf = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0);

describe.each(modes)('what every run offers, %s', (_, compile) => {
  const quadratic = (w: Tensor, x: Tensor): Tensor => sum(square(sub(w, x)));
  const start = () =>
    training(sgd(), quadratic, { compile, gradientNorm: true }).start(tensor([1, 2]), { lr: 0.25 });

  it('the length of the gradient on request', () => {
    expect(
      start()
        .step(tensor([-2, -2]))
        .info.gradientNorm.item(),
    ).toBe(10);
    expect(
      start()
        .apply(tensor([3, 4]))
        .gradientNorm.item(),
    ).toBe(5);
  });

  it('the info of the latest update', () => {
    const run = start();
    expect(run.info).toEqual({});
    const { info } = run.step(tensor([-2, -2]));
    expect(run.info).toBe(info);
    expect(run.apply(tensor([3, 4]))).toBe(run.info);
    expect(run.info.gradientNorm.item()).toBe(5);
  });

  it('steps on gradients from elsewhere among its own', () => {
    const run = start();
    run.step(tensor([0, 0]));
    expect(run.params.toArray()).toEqual([0.5, 1]);
    run.apply(tensor([2, 4]));
    expect(run.params.toArray()).toEqual([0, 0]);
    run.step(tensor([2, 2]));
    expect(run.params.toArray()).toEqual([1, 1]);
    expect(run.steps).toBe(3);
  });

  it('an epoch: one update for each batch', () => {
    const run = start();
    const losses = run.epoch([tensor([0, 0]), tensor([0.5, 1])]).map(({ loss }) => loss.item());
    expect(losses).toEqual([5, 0]);
    expect(run.steps).toBe(2);
    const once = [tensor([0, 0])].values();
    run.epoch(once);
    expect(() => run.epoch(once)).toThrow('epoch: there are no batches');
    expect(() => run.epoch(tensor(1) as never)).toThrow('epoch: takes batches');
  });

  it('parameters that a step that throws leaves as they were', () => {
    const run = start();
    run.step(tensor([0, 0]));
    expect(() => run.step(tensor([0, 0, 0]))).toThrow();
    expect(run.steps).toBe(1);
    expect(run.params.toArray()).toEqual([0.5, 1]);
  });
});

describe('the option compile', () => {
  const kindFor = (compile: unknown) => training(sgd(), (w: Tensor) => sum(w), { compile: compile as true });
  it.each([
    [true, 'wasm'],
    ['cpu', 'cpu'],
    [{ backend: 'cpu' }, 'cpu'],
    [{}, 'wasm'],
  ])('%j is a plan on %s', (compile, backend) => {
    const kind = kindFor(compile);
    kind.start(tensor([1])).step(null);
    expect(kind.plans.map((plan) => plan.backend)).toEqual([backend]);
  });

  it.each([
    [1, 'training: compile must be true or false, a backend'],
    ['wsm', "training: backend must be 'cpu' or 'wasm' or 'gpu' or 'auto'; got 'wsm'. Did you mean 'wasm'?"],
    [{ backnd: 'cpu' }, "training: there is no option 'backnd'. Did you mean 'backend'?"],
    [{ backend: 'cpu', mode: 'webgpu' }, "training: mode 'webgpu' is one of the gpu backend"],
  ])('%j is refused', (compile, message) => {
    expect(() => kindFor(compile)).toThrow(message);
  });
});
