import { describe, expect, it } from 'vitest';
import { Generator, type Tensor, type TensorTree, grad, leavesOf, tensor } from '../../engine/index.js';
import { type MlpParams, mlp } from '../../engine/nn/index.js';
import {
  type LearnedOptimizer,
  type Progress,
  adam,
  adamOfVaryingBeta1,
  blended,
  dynamicAdam,
  flatGradient,
  gated,
  gatedBlend,
  gradientStatistics,
  hypergradient,
  learnHypers,
  lion,
  selfTuning,
  sgd,
  unroll,
} from '../../optimizers/index.js';
import { expectSlopes } from './numbers.js';
import { batchesIn, float64, loss, paramsIn } from './toy.js';

const seeded = { dtype: 'float64' } as const;
const params = paramsIn('float64');
const batches = batchesIn('float64', 0, 12);
const [validation] = batchesIn('float64', 20, 1);

/** The validation loss after K updates, as a function of theta; from the middle of a training, where all of theta matters. */
function ahead<Theta extends TensorTree>(learned: LearnedOptimizer<Theta>, theta: Theta, steps: number) {
  const by = (trial: Theta, from: Partial<Progress<MlpParams>>, given: typeof batches) => {
    const { rule, hyper } = learned.at(trial);
    return unroll(rule, loss, { params, ...from, hyper, batches: given });
  };
  const from = by(theta, {}, batches.slice(8));
  return (trial: Theta): Tensor => loss(by(trial, from, batches.slice(0, steps)).params, validation);
}

const checked = <Theta extends TensorTree>(name: string, learned: LearnedOptimizer<Theta>) => ({
  name,
  expectSlopes: (steps: number): void => {
    const theta = learned.init(new Generator(4), seeded);
    expectSlopes(ahead(learned, theta, steps), theta);
  },
});

describe('theta has the gradient that differences have', () => {
  const model = mlp({ sizes: [2, 3, 1] });
  // A gate does not look through its input, differences do; so here it sees the same at every step.
  const gate = { model, input: () => tensor([0.7, -1.2], seeded) };
  const adamHyper = { lr: 0.1, beta2: 0.9, eps: 1e-3 };
  const rate = hypergradient(sgd(), 'log', { lr: 0.3, momentum: 0.5 });
  const stack = selfTuning(rate, rate.init(new Generator(0), seeded), sgd());
  const rules = { adam: adam(), sgd: sgd() };
  const blendHyper = { 'adam.lr': 0.1, 'adam.eps': 1e-3, 'sgd.lr': 0.4, 'sgd.momentum': 0.8 };

  const learners = [
    checked(
      'hypers',
      learnHypers(
        adam(),
        { lr: 'log', beta1: 'logit', beta2: 'logit', eps: 'raw' },
        { ...adamHyper, beta1: 0.8 },
      ),
    ),
    checked('lr.log', rate),
    checked('lr.raw', hypergradient(adam(), 'raw', adamHyper)),
    checked('a gate for beta1', gated(adamOfVaryingBeta1(), 'beta1', gate, adamHyper)),
    checked('a gate for lr', gated(adam(), 'lr', gate, { beta2: 0.9, eps: 1e-3 })),
    checked('a gate for alpha', gated(blended(rules), 'alpha', gate, blendHyper)),
    checked('alpha', learnHypers(blended(rules), { alpha: 'logit' }, blendHyper)),
    checked('the lr of what tunes the lr', learnHypers(stack, { 'meta.lr': 'log' }, { 'meta.lr': 0.05 })),
  ];
  it.each(learners.flatMap((each) => [1, 3, 5].map((steps) => ({ ...each, steps }))))(
    '$name, through $steps steps',
    ({ expectSlopes: expectTheirs, steps }) => {
      expectTheirs(steps);
    },
  );

  it.each([
    checked('dynamicAdam', dynamicAdam({ model }, adamHyper)),
    checked('gatedBlend', gatedBlend(rules, { model: mlp({ sizes: [31, 3, 1] }) }, blendHyper)),
  ])('$name, with the gradient for input, through 1 step', ({ expectSlopes: expectTheirs }) => {
    expectTheirs(1);
  });
});

describe('gated', () => {
  it('shows the gate values: what it sees is cut from the graph', () => {
    const seen: number[] = [];
    const input = (grads: TensorTree): Tensor => {
      const all = flatGradient(grads);
      seen.push(all.norm().item());
      return gradientStatistics(grads);
    };
    const learned = gated(
      adamOfVaryingBeta1(),
      'beta1',
      { model: mlp({ sizes: [2, 1] }), input },
      { lr: 0.1 },
    );
    const theta = learned.init(new Generator(4), seeded);
    grad(ahead(learned, theta, 3))(theta);
    expect(seen.length).toBeGreaterThan(3);
  });
});

describe('learnHypers', () => {
  it('names what is learned by its form and gives natural units', () => {
    const learned = learnHypers(adam(), { lr: 'log', beta1: 'logit' }, { lr: 0.01, eps: 1e-6 });
    const theta = learned.init(new Generator(0), seeded);
    expect(leavesOf(theta).map(({ path }) => path)).toEqual(['lr.log', 'beta1.logit']);
    expect(theta.lr.log.item()).toBeCloseTo(Math.log(0.01), 12);
    const { hyper } = learned.at(theta);
    expect(Number(hyper.lr)).toBeCloseTo(0.01, 12);
    expect(Number(hyper.beta1)).toBeCloseTo(0.9, 12);
    expect(hyper.eps).toBe(1e-6);
  });

  it('lets what a rule is flat in be, and nothing else', () => {
    const learned = learnHypers(lion(), { lr: 'log', beta1: 'logit' });
    expect(learned.flatIn).toEqual(['beta1.logit']);
  });

  it('refuses what cannot be learned', () => {
    expect(() => learnHypers(sgd(), { momentum: 'logit' })).toThrow(/momentum = 0 has no logit/);
    expect(() => learnHypers(sgd(), { lr: 'log' }, { lr: float64(1) })).toThrow(
      /give the number it begins at, not a tensor/,
    );
    expect(() => learnHypers(sgd() as never, { beta1: 'log' } as never)).toThrow(
      /sgd has no hyper-parameter beta1/,
    );
  });
});
