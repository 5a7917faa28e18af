import type { ArmInput, ConfigInput } from '../config.js';
import { perceptron } from '../../tasks/perceptron.js';
import { defineStudy } from '../study.js';
import { variants } from '../variants.js';
import { reproductions } from './reproductions.js';
import { programs } from './programs.js';

const adamSpace = { lr: { low: 1e-5, high: 1e-1, log: true } };
const sgdSpace = { lr: { low: 1e-4, high: 1, log: true }, momentum: { low: 0.8, high: 0.99 } };
const bothSpaces = { 'adam.lr': adamSpace.lr, 'sgd.lr': sgdSpace.lr, 'sgd.momentum': sgdSpace.momentum };
const fixedSpace = { ...bothSpaces, alpha: { low: 0, high: 1 } };
const gateSpace = { ...bothSpaces, gateLr: { low: 1e-5, high: 1e-1, log: true } };

/** The rate of a gate that surely moves. */
const fast = 1e-2;

const gated = (description: string, rest: Partial<ArmInput> = {}): ArmInput => ({
  role: 'corrected',
  program: 'gated',
  description,
  settings: { horizon: 1 },
  space: gateSpace,
  ...rest,
});

const tunedAsBlend = { space: {}, tunedAs: 'blend' };

const blend = gated('the gate decides alpha and looks one step ahead');

const control = (program: string, description: string, space: ArmInput['space']): ArmInput => ({
  role: 'control',
  program,
  description,
  space,
});

const plain: Readonly<Record<string, ArmInput>> = {
  adam: control('adam', 'Adam alone', adamSpace),
  sgd: control('sgd', 'SGD with momentum alone', sgdSpace),
  'fixed blend': control('fixed', 'alpha is tuned', fixedSpace),
};

/** The baselines that also train on the rows that the gate learns from. */
const allRows = variants(plain, 'all rows', (each): ArmInput => ({
  ...each,
  description: `${each.description}; trained on the gate's rows too`,
  trainsOn: 'train+metaVal',
}));

/** The trials of each of the write-up's searches. */
const few = 5;

/** Arms at the best of the first few trials, the write-up's budget, of the same searches. */
const fewTrials = variants({ ...plain, ...allRows, blend }, `${few} trials`, (each, name): ArmInput => ({
  ...each,
  description: `${each.description}; the best of the first ${few} trials`,
  space: {},
  tunedAs: name,
  firstTrials: few,
}));

const finalLoss = { measure: { kind: 'metric', metric: 'loss' }, test: 'lower', margin: 0.02 } as const;

const alphaMoves = (id: string, arm: string): ConfigInput['claims'][number] => ({
  id,
  statement: `${arm}: the gate moves; alpha, averaged over each epoch, changes by more than 0.1 within a training`,
  arm,
  measure: { kind: 'range', metric: 'alpha' },
  value: 0.1,
  test: 'higher',
  margin: 0.05,
});

const gateLearns = (id: string, arm: string): ConfigInput['claims'][number] => ({
  id,
  statement: `${arm}: the gate gets a gradient; its norm at the training's end is above 1e-5`,
  arm,
  measure: { kind: 'metric', metric: 'gateGradientNorm' },
  value: 1e-5,
  test: 'higher',
  margin: 1e-5,
});

/** Manipulation checks: the gate learns, and so alpha changes. */
const checks: ConfigInput['claims'] = [
  gateLearns('B-gradient', 'blend'),
  gateLearns('B-gradient-5', `blend, ${few} trials`),
  {
    id: 'B-gateLr',
    statement:
      "tuning does not turn the gate off: it prefers a gate's rate above the middle of its range, 1e-3",
    arm: 'blend',
    measure: { kind: 'logTuned', parameter: 'gateLr' },
    value: Math.log(1e-3),
    test: 'higher',
    margin: Math.log(1.5),
  },
  alphaMoves('B-alpha', 'blend'),
  alphaMoves('B-alpha-5', `blend, ${few} trials`),
  alphaMoves('B-fast', 'blend, fast gate'),
];

const ofTheGate = ['B-gradient', 'B-gateLr', 'B-alpha'];
const ofTheGateInFew = ['B-gradient-5', 'B-alpha-5'];

const alone = ['adam', 'sgd', 'adam, all rows', 'sgd, all rows'];
const fixed = ['fixed blend', 'fixed blend, all rows'];
const inFew = (arms: readonly string[]): string[] => arms.map((arm) => `${arm}, ${few} trials`);

/**
 * Does a blend of Adam and SGD do better than either, and better with an alpha that a gate learns to choose at every step?
 *
 * The gate sees the whole gradient, and learns on a validation split from the loss after the blended update. Arms are tuned
 * in more trials than the write-up's five, which are too few for four parameters; its budget has claims of its own.
 */
export const blended = defineStudy({
  name: 'blended',
  title: 'A gated blend of Adam and SGD on MNIST-1D',
  summary: 'Updates of Adam and SGD blended by a learned gate, against either alone and a fixed blend',
  presets: {
    full: {
      protocol: 'clean',
      task: { samples: 5000, sizes: [40, 256, 256, 10] },
      batchSize: 128,
      epochs: { tune: 10, final: 10 },
      trials: 20,
      seeds: 35,
      reproductions: 10,
      seed: 20261130,
      dataSeeds: true,
      sampler: 'tpe',
      settings: { horizon: 5 },
      arms: {
        ...plain,
        ...allRows,
        blend,
        'blend, K steps': gated('as blend, the gate looks several steps ahead', {
          ...tunedAsBlend,
          settings: {},
        }),
        'blend, fast gate': gated(`as blend, the gate's rate fixed at ${fast}`, {
          settings: { horizon: 1, gateLr: fast },
          space: bothSpaces,
        }),
        'blend, any gate rate': gated("as blend, over a range of the gate's rates", {
          ...tunedAsBlend,
          sweep: { parameter: 'gateLr', values: [1e-5, 1e-4, 1e-3, 1e-2, 1e-1] },
        }),
        'frozen gate': gated('as blend, the gate stays as it was initialised', {
          ...tunedAsBlend,
          role: 'control',
          settings: { horizon: 1, frozen: true },
        }),
        ...fewTrials,
      },
      claims: [
        {
          id: 'B1',
          statement:
            "the blend beats tuned Adam and tuned SGD, with the gate's rows and without, each at the best of all trials",
          stated: 'blend 0.7656, Adam 1.0807, SGD 0.8775',
          reproductions: ['three searches/blended', 'three searches/adam', 'three searches/sgd'],
          arm: 'blend',
          against: alone,
          checks: ofTheGate,
          ...finalLoss,
        },
        {
          id: 'B1-5',
          statement: `the blend beats tuned Adam and tuned SGD, with the gate's rows and without, each at the best of ${few} trials`,
          arm: `blend, ${few} trials`,
          against: inFew(alone),
          checks: ofTheGateInFew,
          ...finalLoss,
        },
        {
          id: 'B2',
          statement:
            "a learned alpha beats a fixed one that is tuned, with the gate's rows and without, each at the best of all trials",
          arm: 'blend',
          against: fixed,
          checks: ofTheGate,
          ...finalLoss,
        },
        {
          id: 'B2-5',
          statement: `a learned alpha beats a fixed one that is tuned, with the gate's rows and without, each at the best of ${few} trials`,
          arm: `blend, ${few} trials`,
          against: inFew(fixed),
          checks: ofTheGateInFew,
          ...finalLoss,
        },
        {
          id: 'B3',
          statement: `where the gate surely moves, its rate fixed at ${fast}, a learned alpha beats a fixed one that is tuned, with the gate's rows and without`,
          arm: 'blend, fast gate',
          against: fixed,
          checks: ['B-fast'],
          ...finalLoss,
        },
        ...checks,
      ],
    },
    quick: {
      task: { samples: 2000, sizes: [40, 64, 64, 10] },
      epochs: { tune: 10, final: 10 },
      trials: 6,
      seeds: 3,
      reproductions: 1,
    },
  },
  task: perceptron,
  programs,
  reproductions,
});
