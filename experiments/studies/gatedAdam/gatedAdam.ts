import type { ArmInput, ConfigInput } from '../config.js';
import { perceptron } from '../../tasks/perceptron.js';
import { defineStudy } from '../study.js';
import { reproductions } from './reproductions.js';
import { programs } from './programs.js';

const lr = { low: 1e-4, high: 1e-1, log: true };
const beta1 = { low: 0, high: 0.99 };
const gateLr = { low: 1e-5, high: 1e-1, log: true };

const adamArm = (description: string, rest: Partial<ArmInput> = {}): ArmInput => ({
  role: 'control',
  program: 'adam',
  description,
  space: { lr },
  ...rest,
});

const dynamic = (
  description: string,
  settings: ArmInput['settings'],
  rest: Partial<ArmInput> = {},
): ArmInput => ({
  role: 'corrected',
  program: 'dynamic',
  description,
  settings,
  space: { lr, gateLr },
  ...rest,
});

/** The rate of a gate that surely moves. */
const fast = 1e-2;

/** The epochs that most claims read, and so their checks. */
const early = 10;

const earlyLoss = { kind: 'metric', metric: 'loss', epoch: early } as const;

/** A manipulation check: the gate gets a gradient, after some epochs or at the end. */
const gateLearns = (id: string, epoch?: number): ConfigInput['claims'][number] => ({
  id,
  statement: `the gate gets a gradient: its norm ${epoch === undefined ? "at the training's end" : `in epoch ${epoch}`} is above 1e-4`,
  arm: 'dynamic',
  measure: { kind: 'metric', metric: 'gateGradientNorm', ...(epoch !== undefined && { epoch }) },
  value: 1e-4,
  test: 'higher',
  margin: 1e-4,
});

/** A manipulation check: beta1 changes over the epochs, up to one of them or all. */
const gateMoves = (id: string, arm: string, gate: string, until?: number): ConfigInput['claims'][number] => ({
  id,
  statement:
    `${gate} moves: beta1, averaged over each epoch, changes by more than 0.1 ` +
    (until === undefined ? 'within a training' : `in the first ${until} epochs`),
  arm,
  measure: { kind: 'range', metric: 'beta1', ...(until !== undefined && { until }) },
  value: 0.1,
  test: 'higher',
  margin: 0.05,
});

/** Manipulation checks: the gate learns, and so beta1 changes. */
const checks: ConfigInput['claims'] = [
  gateLearns('G-gradient', early),
  gateLearns('G-gradient-25'),
  {
    id: 'G-gateLr',
    statement:
      "tuning does not turn the gate off: it prefers a gate's rate above the middle of its range, 1e-3",
    arm: 'dynamic',
    measure: { kind: 'logTuned', parameter: 'gateLr' },
    value: Math.log(1e-3),
    test: 'higher',
    margin: Math.log(1.5),
  },
  gateMoves('G-beta1', 'dynamic', 'the gate', early),
  gateMoves('G-beta1-25', 'dynamic', 'the gate'),
  gateMoves('G-fast', 'dynamic, fast gate', 'the fast gate', early),
  {
    id: 'G-scaled',
    statement: `the fast gate with scaled inputs moves from step to step: over those of epoch ${early} beta1 has a standard deviation above 0.02`,
    arm: 'dynamic, scaled, fast gate',
    measure: { kind: 'metric', metric: 'beta1Spread', epoch: early },
    value: 0.02,
    test: 'higher',
    margin: 0.01,
  },
];

const ofTheGate = ['G-gradient', 'G-gateLr', 'G-beta1'];

/** Of claims about the whole training. */
const ofTheGateLater = ['G-gradient-25', 'G-gateLr', 'G-beta1-25'];

/** Adam at its usual beta1, with the rows of dynamic and with those that its gate learns from as well. */
const tunedAdam = ['adam', 'adam, all rows'];

const fixedBeta1 = ['frozen gate', 'adam, beta1', 'adam, beta1, all rows'];

/**
 * Does Adam do better if a gate, itself learned on a validation split, decides beta1 at every step?
 *
 * The gate sees the mean and the variance of the gradient. Its meta-gradient goes through the look-ahead update of
 * `horizon` steps and truly reaches it. Where tuning may choose the gate's rate, it may also choose one at which the gate
 * hardly moves; so there is also a gate with a fixed, fast rate, and a sweep over rates. The raw inputs hardly differ from step to
 * step, so that such a gate is a schedule of beta1 rather than a reaction; the scaled ones are what a gate can react to.
 */
export const gatedAdam = defineStudy({
  name: 'gated-adam',
  title: 'Adam with a gated beta1 on MNIST-1D',
  summary: 'Adam whose beta1 a learned gate decides at every step, against Adam with fixed ones',
  presets: {
    full: {
      protocol: 'clean',
      task: { samples: 5000, sizes: [40, 64, 64, 10] },
      batchSize: 64,
      epochs: { tune: 10, final: 25 },
      trials: 20,
      seeds: 60,
      reproductions: 10,
      seed: 20261130,
      dataSeeds: true,
      sampler: 'tpe',
      settings: { horizon: 5 },
      arms: {
        adam: adamArm('beta1 is 0.9'),
        'adam, beta1': adamArm('beta1 is tuned too', { space: { lr, beta1 } }),
        'adam, all rows': adamArm("trained on the gate's rows too", { trainsOn: 'train+metaVal' }),
        'adam, beta1, all rows': adamArm("beta1 is tuned too; trained on the gate's rows too", {
          space: { lr, beta1 },
          trainsOn: 'train+metaVal',
        }),
        dynamic: dynamic('the gate sees mean and variance as they are', { input: 'raw', horizon: 1 }),
        'dynamic, scaled': dynamic('the gate sees mean / deviation and log variance', {
          input: 'scaled',
          horizon: 1,
        }),
        'dynamic, K steps': dynamic('the gate looks several steps ahead', { input: 'raw' }),
        'dynamic, scaled, K steps': dynamic('scaled, several steps ahead', { input: 'scaled' }),
        'dynamic, fast gate': dynamic(
          `as dynamic, the gate's rate fixed at ${fast}`,
          { input: 'raw', horizon: 1, gateLr: fast },
          { space: { lr } },
        ),
        'dynamic, scaled, fast gate': dynamic(
          `as dynamic, scaled, the gate's rate fixed at ${fast}`,
          { input: 'scaled', horizon: 1, gateLr: fast },
          { space: { lr } },
        ),
        'dynamic, any gate rate': dynamic(
          "as dynamic, over a range of the gate's rates",
          { input: 'raw', horizon: 1 },
          {
            ...{ space: {}, tunedAs: 'dynamic' },
            sweep: { parameter: 'gateLr', values: [1e-5, 1e-4, 1e-3, 1e-2, 1e-1] },
          },
        ),
        'frozen gate': dynamic(
          'the gate stays as it was initialised',
          { input: 'raw', horizon: 1 },
          { role: 'control', space: { lr } },
        ),
        'gate on train': dynamic(
          'the gate learns from the training split',
          { input: 'raw', horizon: 1, learnsFrom: 'train' },
          { role: 'control' },
        ),
        'leak only': adamArm(
          'no gate: the gradient of the metaVal loss is added to that of the training loss',
          {
            program: 'leak',
          },
        ),
      },
      claims: [
        {
          id: 'G1a',
          statement: `DynamicAdam reaches a lower loss in ${early} epochs than tuned Adam, with the gate's rows and without`,
          stated: 'DynamicAdam 0.238, Adam 1.103',
          reproductions: [
            'DynamicAdam and Adam/dynamic',
            'DynamicAdam and Adam/adam',
            'DynamicAdam and Adam/leakOnly',
          ],
          arm: 'dynamic',
          against: tunedAdam,
          checks: ofTheGate,
          measure: earlyLoss,
          test: 'lower',
          margin: 0.02,
        },
        {
          id: 'G1b',
          statement:
            "DynamicAdam reaches a lower loss in 25 epochs than tuned Adam, with the gate's rows and without, each stopped at its best epoch on tuneVal",
          reproductions: ['DynamicAdam and Adam/dynamicFinal', 'DynamicAdam and Adam/adamFinal'],
          arm: 'dynamic',
          against: tunedAdam,
          checks: ofTheGateLater,
          measure: { kind: 'metric', metric: 'loss', epoch: 'best' },
          test: 'lower',
          margin: 0.02,
        },
        {
          id: 'G2',
          statement: `DynamicAdam takes fewer epochs than tuned Adam, with the gate's rows and without, to the losses that tuned Adam has on other seeds after 2, 4, 6 and 8 epochs, within the first ${early}`,
          arm: 'dynamic',
          against: tunedAdam,
          checks: ofTheGate,
          measure: { kind: 'epochsToReach', arm: 'adam', epochs: [2, 4, 6, 8], until: early },
          test: 'lower',
          margin: 0.5,
        },
        {
          id: 'G3',
          statement: `adapting beta1 is what helps: DynamicAdam reaches a lower loss in ${early} epochs than with a frozen gate, and than Adam with a tuned beta1, with the gate's rows and without`,
          arm: 'dynamic',
          against: fixedBeta1,
          checks: ofTheGate,
          measure: earlyLoss,
          test: 'lower',
          margin: 0.02,
        },
        {
          id: 'G4',
          statement: `adapting beta1 helps where the gate surely moves, its rate fixed at ${fast}: a lower loss in ${early} epochs than with a frozen gate, and than Adam with a tuned beta1, with the gate's rows and without`,
          arm: 'dynamic, fast gate',
          against: fixedBeta1,
          checks: ['G-fast'],
          measure: earlyLoss,
          test: 'lower',
          margin: 0.02,
        },
        {
          id: 'G5',
          statement: `adapting beta1 helps where a fast gate can react to its inputs, which are scaled: a lower loss in ${early} epochs than with a frozen gate, and than Adam with a tuned beta1, with the gate's rows and without`,
          arm: 'dynamic, scaled, fast gate',
          against: fixedBeta1,
          checks: ['G-scaled'],
          measure: earlyLoss,
          test: 'lower',
          margin: 0.02,
        },
        ...checks,
      ],
    },
    quick: {
      task: { samples: 2000 },
      epochs: { tune: 10, final: 25 },
      trials: 4,
      seeds: 3,
      reproductions: 1,
    },
  },
  task: perceptron,
  programs,
  reproductions,
});
