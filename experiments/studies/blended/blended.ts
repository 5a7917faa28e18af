import type { ArmInput } from '../config.js';
import { perceptron } from '../../tasks/perceptron.js';
import { defineStudy } from '../study.js';
import { reproductions } from './reproductions.js';
import { programs } from './programs.js';

const adamSpace = { lr: { low: 1e-5, high: 1e-2, log: true } };
const sgdSpace = { lr: { low: 1e-4, high: 1e-1, log: true }, momentum: { low: 0.8, high: 0.99 } };
const bothSpaces = { 'adam.lr': adamSpace.lr, 'sgd.lr': sgdSpace.lr, 'sgd.momentum': sgdSpace.momentum };
const gateSpace = { ...bothSpaces, gateLr: { low: 1e-5, high: 1e-2, log: true } };

const control = (
  program: string,
  description: string,
  space: ArmInput['space'],
  rest: Partial<ArmInput> = {},
): ArmInput => ({ role: 'control', program, description, space, ...rest });

const gated = (description: string, rest: Partial<ArmInput> = {}): ArmInput => ({
  role: 'corrected',
  program: 'gated',
  description,
  space: gateSpace,
  ...rest,
});

/**
 * Does a blend of Adam and SGD do better than either, and better with an alpha that a gate learns to choose at every step?
 *
 * The gate sees the whole gradient, and learns on a validation split from the loss after the blended update.
 */
export const blended = defineStudy({
  name: 'blended',
  title: 'A gated blend of Adam and SGD on MNIST-1D',
  summary: 'updates of Adam and SGD blended by a learned gate, against either alone and a fixed blend',
  presets: {
    full: {
      protocol: 'clean',
      task: { samples: 5000, sizes: [40, 256, 256, 10] },
      batchSize: 128,
      epochs: { tune: 10, final: 10 },
      trials: 5,
      searches: 5,
      seeds: 10,
      reproductions: 10,
      seed: 0,
      sampler: 'tpe',
      settings: { horizon: 5 },
      arms: {
        adam: control('adam', 'Adam alone', adamSpace),
        'adam, all rows': control('adam', "trained on the gate's rows too", adamSpace, {
          trainsOn: 'train+metaVal',
        }),
        sgd: control('sgd', 'SGD with momentum alone', sgdSpace),
        'sgd, all rows': control('sgd', "trained on the gate's rows too", sgdSpace, {
          trainsOn: 'train+metaVal',
        }),
        'fixed blend': control('fixed', 'alpha is tuned', { ...bothSpaces, alpha: { low: 0, high: 1 } }),
        blend: gated('the gate decides alpha and looks one step ahead', { settings: { horizon: 1 } }),
        'blend, K steps': gated('the gate looks several steps ahead'),
        'frozen gate': gated('the gate stays as it was initialised', {
          role: 'control',
          settings: { horizon: 1 },
          space: bothSpaces,
        }),
      },
      claims: [
        {
          id: 'B1',
          statement: 'the blend beats tuned Adam and tuned SGD',
          stated: 'blend 0.7656, Adam 1.0807, SGD 0.8775',
          reproductions: ['three searches/blended', 'three searches/adam', 'three searches/sgd'],
          arm: 'blend',
          against: ['adam', 'sgd'],
          measure: { kind: 'metric', metric: 'loss' },
          test: 'lower',
          margin: 0.02,
        },
        {
          id: 'B2',
          statement: 'a learned alpha beats any fixed one',
          arm: 'blend',
          against: ['fixed blend'],
          measure: { kind: 'metric', metric: 'loss' },
          test: 'lower',
          margin: 0.02,
        },
      ],
    },
    quick: {
      task: { samples: 2000, sizes: [40, 64, 64, 10] },
      epochs: { tune: 5, final: 10 },
      searches: 1,
      seeds: 5,
      reproductions: 1,
    },
  },
  task: perceptron,
  programs,
  reproductions,
});
