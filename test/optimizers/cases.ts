import { Generator } from '../../engine/index.js';
import type { MlpParams } from '../../engine/nn/index.js';
import {
  type Progress,
  type Rule,
  adadelta,
  adagrad,
  adam,
  adamOfVaryingBeta1,
  adamW,
  averagedParameters,
  blended,
  clipByGlobalNorm,
  clipByValue,
  coupledWeightDecay,
  decoupledWeightDecay,
  fixed,
  grouped,
  learnHypers,
  lion,
  nAdam,
  rAdam,
  rmsprop,
  selfTuning,
  sgd,
  withParameterAverage,
} from '../../optimizers/index.js';

/** A rule, and a point inside its hyper-parameters' ranges at which each of them matters. */
export interface Case {
  readonly rule: Rule;
  readonly hyper: Readonly<Record<string, number>>;
  /** What is judged after training, where it is not the parameters. */
  readonly result?: (progress: Progress<MlpParams>) => MlpParams;
}

/** Every rule and wrapper that there is. */
export function cases(dtype: 'float32' | 'float64'): readonly Case[] {
  const weightDecay = 0.05;
  const sgdHyper = { lr: 0.3, momentum: 0.7, dampening: 0.2, weightDecay };
  const undecayedAdam = { lr: 0.1, beta1: 0.8, beta2: 0.9, eps: 1e-3, epsRoot: 1e-4 };
  const adamHyper = { ...undecayedAdam, weightDecay };
  const under = (key: string, hyper: object): Record<string, number> =>
    Object.fromEntries(Object.entries(hyper).map(([name, value]) => [`${key}.${name}`, value as number]));

  const tuned = learnHypers(sgd(), { lr: 'log', momentum: 'logit' }, { lr: 0.3, momentum: 0.5 });
  const tuning = selfTuning(tuned, tuned.init(new Generator(0), { dtype }), adam());
  const tunedTuning = learnHypers(tuning, { 'meta.lr': 'log' }, under('meta', undecayedAdam));
  const tuningOfTuning = selfTuning(tunedTuning, tunedTuning.init(new Generator(0), { dtype }), sgd());

  return [
    { rule: sgd(), hyper: sgdHyper },
    { rule: sgd({ nesterov: true }), hyper: sgdHyper },
    { rule: adam(), hyper: adamHyper },
    { rule: adam({ amsgrad: true }), hyper: adamHyper },
    { rule: adamW(), hyper: adamHyper },
    { rule: adamW({ amsgrad: true }), hyper: adamHyper },
    { rule: adamOfVaryingBeta1(), hyper: undecayedAdam },
    { rule: rmsprop(), hyper: { lr: 0.05, alpha: 0.8, momentum: 0.6, eps: 1e-2, weightDecay } },
    {
      rule: rmsprop({ centered: true }),
      hyper: { lr: 0.05, alpha: 0.8, momentum: 0.6, eps: 1e-2, weightDecay },
    },
    { rule: adagrad(), hyper: { lr: 0.2, lrDecay: 0.3, eps: 1e-2, initialTotal: 0.1, weightDecay } },
    { rule: adadelta(), hyper: { lr: 1.5, rho: 0.7, eps: 1e-2, weightDecay } },
    { rule: nAdam(), hyper: { ...adamHyper, momentumDecay: 0.3 } },
    { rule: nAdam({ muTwice: true }), hyper: { ...adamHyper, momentumDecay: 0.3 } },
    { rule: rAdam(), hyper: { lr: 0.1, beta1: 0.8, beta2: 0.95, eps: 1e-2, weightDecay } },
    { rule: lion(), hyper: { lr: 0.01, beta1: 0.8, beta2: 0.9, weightDecay } },
    { rule: coupledWeightDecay(fixed(sgd(), { weightDecay: 0 })), hyper: sgdHyper },
    { rule: decoupledWeightDecay(fixed(sgd(), { weightDecay: 0 }), 0), hyper: sgdHyper },
    { rule: clipByValue(sgd(), 1), hyper: { ...sgdHyper, clipValue: 0.05 } },
    { rule: clipByGlobalNorm(adam(), 1), hyper: { ...adamHyper, clipNorm: 0.1 } },
    {
      rule: withParameterAverage(adam(), 0.9),
      hyper: { ...adamHyper, averageDecay: 0.6 },
      result: ({ params, state }) => averagedParameters(params, state),
    },
    {
      rule: grouped({
        first: { paths: ['layers.0'], rule: sgd() },
        weight: { paths: ['layers.1.weight'], rule: adam() },
        bias: { paths: ['layers.1.bias'], rule: lion() },
      }),
      hyper: {
        ...under('first', sgdHyper),
        ...under('weight', adamHyper),
        ...under('bias', { lr: 0.01, beta1: 0.8, beta2: 0.9, weightDecay }),
      },
    },
    {
      rule: blended({ adam: adam(), sgd: sgd() }),
      hyper: { alpha: 0.3, ...under('adam', adamHyper), ...under('sgd', sgdHyper) },
    },
    { rule: tuning, hyper: under('meta', { ...adamHyper, weightDecay: 0.01 }) },
    { rule: tuningOfTuning, hyper: under('meta', { ...sgdHyper, momentum: 0.5 }) },
  ];
}
