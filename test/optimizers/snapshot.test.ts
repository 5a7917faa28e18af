import { describe, expect, it } from 'vitest';
import { FormatError, Generator, tensor } from '../../engine/index.js';
import { formatSafetensors, parseSafetensors } from '../../engine/io/safetensors.js';
import { mlp } from '../../engine/nn/index.js';
import {
  adam,
  averageMoment,
  dropMoment,
  dynamicAdam,
  formatSnapshot,
  fromSplit,
  hypergradient,
  keepStep,
  metaTraining,
  permuteMoment,
  resetStep,
  restoreSnapshot,
  sgd,
  trainer,
} from '../../optimizers/index.js';
import { numbers } from './numbers.js';
import { batchesIn, loss, model, paramsIn } from './toy.js';

const batches = batchesIn('float32', 0, 8);
const params = paramsIn('float32');
const other = model.init(new Generator(99));

const earlier = trainer(adam(), params, { lr: 0.01, beta1: 0.8 });
for (const batch of batches.slice(0, 4)) earlier.step((p) => loss(p, batch));

describe('a snapshot of a training', () => {
  const generator = new Generator(3);
  generator.normal(5);
  const bytes = formatSnapshot(earlier, { generator });
  const fresh = trainer(adam(), other, { lr: 0.01, beta1: 0.8 });

  it('is a safetensors file with names by tree path', () => {
    const { tensors, metadata } = parseSafetensors(bytes);
    expect(Object.keys(tensors).filter((name) => name.includes('layers.1.bias'))).toEqual([
      'params.layers.1.bias',
      'state.m.layers.1.bias',
      'state.v.layers.1.bias',
    ]);
    expect(metadata).toMatchObject({
      ...{ format: 'metagrad snapshot', version: '1', rule: 'adam', dtype: 'float32', steps: '4' },
      hyper: '{"lr":0.01,"beta1":0.8,"beta2":0.999,"eps":1e-8,"epsRoot":0,"weightDecay":0}',
    });
  });

  it('lets the training go on as if it had not stopped', () => {
    const {
      differing,
      generator: restored,
      ...parts
    } = restoreSnapshot(bytes, fresh, ['params', 'state', 'steps', 'generator']);
    expect(differing).toEqual([]);
    expect(restored.normal(3)).toEqual(generator.normal(3));
    const second = trainer(adam(), parts.params, fresh.hyper, parts);
    const whole = trainer(adam(), params, fresh.hyper);
    for (const batch of batches.slice(4)) second.step((p) => loss(p, batch));
    for (const batch of batches) whole.step((p) => loss(p, batch));
    expect(numbers(second.params)).toEqual(numbers(whole.params));
    expect(numbers(second.state)).toEqual(numbers(whole.state));
    expect(second.steps).toBe(8);
  });

  it('gives what is asked for and nothing else', () => {
    const restored = restoreSnapshot(bytes, fresh, ['state']);
    expect(Object.keys(restored).sort()).toEqual(['differing', 'state']);
    expect(numbers(restored.state)).toEqual(numbers(earlier.state));
    expect(numbers(fresh.params)).toEqual(numbers(other));
  });

  it('brings plain hyper-parameters only on request, and reports those that differ', () => {
    const own = trainer(adam(), other, { lr: 0.5 });
    expect(restoreSnapshot(bytes, own, ['state']).differing).toEqual([
      { name: 'lr', here: 0.5, file: 0.01 },
      { name: 'beta1', here: 0.9, file: 0.8 },
    ]);
    expect(() => restoreSnapshot(bytes, own, ['step' as 'steps'])).toThrow(/there is no part 'step'/);
    expect(() => restoreSnapshot(bytes, own, ['hyper'])).toThrow(
      /hyper\.lr: 0\.01 in the file, but 0\.5 is given here/,
    );
    const none = trainer(adam(), other, {});
    const { hyper, differing } = restoreSnapshot(bytes, none, ['hyper']);
    expect(hyper).toMatchObject({ lr: 0.01, beta1: 0.8 });
    expect(differing).toEqual([]);
  });

  it('keeps non-finite hyper-parameters', () => {
    const { rule, state, steps } = earlier;
    const hyper = { lr: NaN, eps: Infinity, epsRoot: -Infinity, beta1: 0.8 };
    const source = { rule, state, steps, params, hyper };
    const written = formatSnapshot(source);
    expect(parseSafetensors(written).metadata.hyper).toContain('"lr":"NaN","beta1":0.8');
    expect(restoreSnapshot(written, trainer(adam(), other), ['hyper']).hyper).toMatchObject(hyper);
    expect(restoreSnapshot(written, source, ['state']).differing).toEqual([]);
  });

  it('is not made of what has no steps or hyper-parameters', () => {
    const { rule, state, steps, hyper } = earlier;
    for (const source of [
      { rule, state, steps, params },
      { rule, state, params, hyper },
      { rule, state, steps: -1, params, hyper },
    ])
      expect(() => formatSnapshot(source as never)).toThrow('formatSnapshot: takes the run of a training');
  });

  it('says everything that does not fit in one error', () => {
    const { tensors, metadata } = parseSafetensors(bytes);
    const rest = Object.entries(tensors).filter(([name]) => name !== 'params.layers.0.bias');
    const broken = formatSafetensors(
      {
        ...Object.fromEntries(rest),
        'params.layers.1.bias': tensor([1, 2]),
        'state.m.layers.1.bias': tensor([1, 2, 3], { dtype: 'float64' }),
        'state.w': tensor(1),
        'notes.w': tensor(1),
      },
      { ...metadata, rule: 'sgd', steps: 'four', generator: '{}' },
    );
    expect(() =>
      restoreSnapshot(broken, fresh, ['params', 'state', 'steps', 'generator', 'learned']),
    ).toThrow(
      new FormatError(
        [
          'restoreSnapshot: the snapshot does not fit.',
          'rule: the snapshot is of sgd, not of adam',
          'params.layers.0.bias: missing',
          'params.layers.1.bias: float32[2] in the file, float32[3] here',
          'state.m.layers.1.bias: float64[3] in the file, float32[3] here',
          'state.w: unexpected',
          'steps: not readable',
          'generator: not readable',
          'learnedSteps: missing',
        ].join('\n  '),
      ),
    );
  });

  it.each([
    ...['5', '[1,2]', '{"lr":"hi"}', 'null', '{'].map((text) => ['hyper', text] as const),
    ...['100000000000000000000', '1e20', '-1'].map((text) => ['steps', text] as const),
  ])('is not readable with %s of %s', (part, text) => {
    const { tensors, metadata } = parseSafetensors(bytes);
    const broken = formatSafetensors(tensors, { ...metadata, [part]: text });
    expect(() => restoreSnapshot(broken, fresh, [part])).toThrow(FormatError);
    expect(() => restoreSnapshot(broken, fresh, [part])).toThrow(`${part}: not readable`);
  });

  it('of another architecture does not fit', () => {
    const wide = mlp({ sizes: [3, 5, 3, 2] }).init(new Generator(0));
    expect(() => restoreSnapshot(bytes, trainer(adam(), wide, {}), ['params'])).toThrow(
      /params\.layers\.0\.weight: float32\[4,3\] in the file, float32\[5,3\] here[^]*params\.layers\.2\.bias: missing/,
    );
  });

  it('is refused when truncated, and when it is something else', () => {
    expect(() => restoreSnapshot(bytes.subarray(0, bytes.length - 1), fresh, ['params'])).toThrow(
      /truncated/,
    );
    expect(() => restoreSnapshot(new TextEncoder().encode('{"lr": 1}'), fresh, ['params'])).toThrow(
      /not a safetensors file/,
    );
    expect(() => restoreSnapshot(formatSafetensors({ w: tensor(1) }), fresh, ['params'])).toThrow(
      /this safetensors file says format 'undefined'/,
    );
    const { tensors, metadata } = parseSafetensors(bytes);
    const later = formatSafetensors(tensors, { ...metadata, version: '2' });
    expect(() => restoreSnapshot(later, fresh, ['params'])).toThrow(/version '2', not .* version '1'/);
  });
});

describe('a snapshot of meta-training', () => {
  const begin = (lr: number, seed: number) => {
    const learned = hypergradient(sgd(), 'log', { lr, momentum: 0.5 });
    return metaTraining(learned, problem).start(paramsIn('float32'), {
      theta: learned.init(new Generator(seed)),
      metaHyper: { lr: 0.1 },
      ...streams,
    });
  };
  const problem = { loss, metaRule: adam(), update: 'after' } as const;
  const { x } = batches[0];
  const streams = {
    train: fromSplit({ name: 'train', x }, () => batches),
    metaVal: fromSplit({ name: 'metaVal', x }, () => batches.slice(4)),
  };
  const training = begin(0.1, 0);
  for (let k = 0; k < 2; k++) training.step();
  const bytes = formatSnapshot(training);

  it('restores what is learned, which is no plain hyper-parameter', () => {
    const fresh = begin(0.3, 1);
    const { learned, steps, differing } = restoreSnapshot(bytes, fresh, ['learned', 'steps']);
    expect(numbers(learned.theta)).toEqual(numbers(training.learned.theta));
    expect(numbers(learned.state)).toEqual(numbers(training.learned.state));
    expect([learned.steps, steps]).toEqual([2, 2]);
    expect(differing).toEqual([]);
    expect(Object.keys(parseSafetensors(bytes).tensors)).toContain('learned.theta.lr.log');
    expect(parseSafetensors(bytes).metadata.hyper).not.toContain('"lr"');
  });

  it('knows a gate from a learning rate', () => {
    const gate = dynamicAdam({ model: mlp({ sizes: [2, 3, 1] }) });
    const fresh = metaTraining(gate, problem).start(paramsIn('float32'), {
      ...{ theta: gate.init(new Generator(0)), metaHyper: {}, ...streams },
    });
    expect(() => restoreSnapshot(bytes, fresh, ['state', 'learned'])).toThrow(
      /learned\.theta\.layers\.0\.weight: missing[^]*learned\.theta\.lr\.log: unexpected/,
    );
  });
});

describe('warm starts', () => {
  const bits = (tree: unknown): number[] => numbers(tree);

  it('keep or reset the step, and bring no parameters along', () => {
    expect(keepStep(earlier)).toEqual({ state: earlier.state, steps: 4 });
    expect(resetStep(earlier)).toEqual({ state: earlier.state, steps: 0 });
  });

  it('drop a moment', () => {
    const { state, steps } = dropMoment(earlier, 'm');
    expect(new Set(bits(state.m))).toEqual(new Set([0]));
    expect(bits(state.v)).toEqual(bits(earlier.state.v));
    expect(steps).toBe(4);
  });

  it('permute a moment within each tensor', () => {
    const { state } = permuteMoment(earlier, 'v', new Generator(1));
    const ours = state.v as typeof params;
    const before = earlier.state.v as typeof params;
    expect(bits(ours)).not.toEqual(bits(before));
    ours.layers.forEach(({ weight, bias }, i) => {
      expect(bits(weight).sort()).toEqual(bits(before.layers[i].weight).sort());
      expect(bits(bias).sort()).toEqual(bits(before.layers[i].bias).sort());
    });
    expect(bits(permuteMoment(earlier, 'v', new Generator(1)).state)).toEqual(bits(state));
  });

  it('average a moment over each tensor', () => {
    const { state } = averageMoment(earlier, 'v');
    const ours = (state.v as typeof params).layers[0].weight;
    const before = bits((earlier.state.v as typeof params).layers[0].weight);
    const mean = before.reduce((sum, x) => sum + x, 0) / before.length;
    expect(ours.shape).toEqual([4, 3]);
    for (const value of bits(ours)) expect(Math.abs(value / mean - 1)).toBeLessThan(1e-6);
  });

  it('combine, and a trainer begins with them under its own learning rate', () => {
    const training = trainer(
      adam(),
      other,
      { lr: 1e-4 },
      resetStep(averageMoment(dropMoment(earlier, 'm'), 'v')),
    );
    training.step((p) => loss(p, batches[0]));
    expect(training.steps).toBe(1);
    expect(training.hyper).toEqual({ lr: 1e-4 });
  });

  it('refuse a moment that the state does not have', () => {
    expect(() => dropMoment(earlier, 'exp_avg_sq')).toThrow(/the state has no 'exp_avg_sq'; it has m, v/);
  });
});
