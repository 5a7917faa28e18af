import type { ArmInput } from '../config.js';
import { perceptron } from '../../tasks/perceptron.js';
import { defineStudy } from '../study.js';
import { reproductions } from './reproductions.js';
import { programs } from './programs.js';

const lr = { low: 1e-4, high: 1e-2, log: true };
const gateLr = { low: 1e-5, high: 1e-2, log: true };

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

/**
 * Does Adam do better if a gate, itself learned on a validation split, decides beta1 at every step?
 *
 * The gate sees the mean and the variance of the gradient. Its meta-gradient goes through the look-ahead update of
 * `horizon` steps and truly reaches it.
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
      searches: 10,
      seeds: 10,
      reproductions: 10,
      seed: 0,
      sampler: 'tpe',
      settings: { horizon: 5 },
      arms: {
        adam: adamArm('beta1 is 0.9'),
        'adam, beta1': adamArm('beta1 is tuned too', { space: { lr, beta1: { low: 0, high: 0.99 } } }),
        'adam, all rows': adamArm("trained on the gate's rows too", { trainsOn: 'train+metaVal' }),
        dynamic: dynamic('the gate sees mean and variance as they are', { input: 'raw', horizon: 1 }),
        'dynamic, scaled': dynamic('the gate sees mean / deviation and log variance', {
          input: 'scaled',
          horizon: 1,
        }),
        'dynamic, K steps': dynamic('the gate looks several steps ahead', { input: 'raw' }),
        'dynamic, scaled, K steps': dynamic('scaled, several steps ahead', { input: 'scaled' }),
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
          statement: 'DynamicAdam reaches a lower loss than tuned Adam in 10 epochs',
          stated: 'DynamicAdam 0.238, Adam 1.103',
          reproductions: [
            'DynamicAdam and Adam/dynamic',
            'DynamicAdam and Adam/adam',
            'DynamicAdam and Adam/leakOnly',
          ],
          arm: 'dynamic',
          against: ['adam'],
          measure: { kind: 'metric', metric: 'loss', epoch: 10 },
          test: 'lower',
          margin: 0.02,
        },
        {
          id: 'G1b',
          statement: 'and in 25 epochs',
          reproductions: ['DynamicAdam and Adam/dynamicFinal', 'DynamicAdam and Adam/adamFinal'],
          arm: 'dynamic',
          against: ['adam'],
          measure: { kind: 'metric', metric: 'loss', epoch: 25 },
          test: 'lower',
          margin: 0.02,
        },
        {
          id: 'G2',
          statement: "it takes fewer epochs to Adam's loss after 10",
          arm: 'dynamic',
          against: ['adam'],
          measure: { kind: 'epochsToReach', arm: 'adam', epochs: [10] },
          test: 'lower',
          margin: 0.5,
        },
        {
          id: 'G3',
          statement: 'adapting beta1 is what helps',
          arm: 'dynamic',
          against: ['frozen gate', 'adam, beta1'],
          measure: { kind: 'metric', metric: 'loss', epoch: 10 },
          test: 'lower',
          margin: 0.02,
        },
      ],
    },
    quick: {
      task: { samples: 2000 },
      epochs: { tune: 5, final: 25 },
      trials: 5,
      searches: 1,
      seeds: 5,
      reproductions: 1,
    },
  },
  task: perceptron,
  programs,
  reproductions,
});
