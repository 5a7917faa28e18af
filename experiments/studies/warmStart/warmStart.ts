import type { ArmInput } from '../config.js';
import { perceptron } from '../../tasks/perceptron.js';
import { defineStudy } from '../study.js';
import { reproductions } from './reproductions.js';
import { programs } from './programs.js';

const learningRate = { lr: { low: 1e-5, high: 1e-1, log: true } };

const arm = (program: string, description: string, rest: Partial<ArmInput> = {}): ArmInput => ({
  role: 'control',
  program,
  description,
  space: learningRate,
  ...rest,
});

const warmed = (description: string, keeps: string, rest: Partial<ArmInput> = {}): ArmInput =>
  arm('warm', description, { settings: { keeps }, uses: ['cold'], ...rest });

/**
 * Does an optimizer that brings its state from an earlier training do better on a new one?
 *
 * Adam trains a multi-layer perceptron for some epochs at the best cold learning rate. Its state, not its
 * parameters, is what the warm arms begin with; each has its own tuned learning rate, which a loaded state
 * never overwrites. The epochs of the earlier training are not free: one cold arm has them as well.
 */
export const warmStart = defineStudy({
  name: 'warm-start',
  title: 'Warm-started Adam on MNIST-1D',
  summary: 'Adam that begins with the state of an earlier training, against Adam that begins afresh',
  presets: {
    full: {
      protocol: 'clean',
      task: { samples: 5000, sizes: [40, 128, 128, 10] },
      batchSize: 128,
      epochs: { tune: 30, final: 30 },
      trials: 30,
      seeds: 60,
      reproductions: 10,
      seed: 20261130,
      dataSeeds: true,
      sampler: 'tpe',
      settings: { pretrainingEpochs: 10 },
      arms: {
        cold: arm('cold', 'state and step count begin at zero'),
        'cold, more epochs': arm(
          'longer',
          'cold, after as many epochs more, which are not measured, as the earlier training had',
        ),
        warm: warmed('both moments and the step count are kept', 'all', { role: 'corrected' }),
        'step reset': warmed('both moments are kept, the step count begins at zero', 'moments'),
        'second moment': warmed('the second moment and the step count are kept', 'second moment'),
        'second moment, permuted': warmed(
          'the second moment is kept, permuted within each tensor, and the step count',
          'second moment, permuted',
        ),
        'second moment, layer mean': warmed(
          'the mean of the second moment in each tensor is kept, and the step count',
          'second moment, layer mean',
        ),
        'first moment': warmed('the first moment and the step count are kept', 'first moment'),
        'lr warm-up': arm('warm-up', 'cold, the learning rate rising linearly over the first epochs', {
          settings: { epochs: 3 },
        }),
        'lr overwritten': warmed('warm, at the learning rate of the earlier training', 'all', {
          space: {},
          tunedAs: 'cold',
        }),
      },
      claims: [
        {
          id: 'W1',
          statement:
            'a warm-started optimizer reaches a lower final loss than a cold one, and than a cold one that also has the epochs of the earlier training',
          stated: 'warm 1.0071, cold 1.0158',
          reproductions: ['5000 samples/warm', '5000 samples/cold', '5000 samples/selectionOnly'],
          arm: 'warm',
          against: ['cold', 'cold, more epochs'],
          measure: { kind: 'metric', metric: 'loss' },
          test: 'lower',
          margin: 0.02,
        },
        {
          id: 'W2',
          statement: 'its loss is below that of the cold one in more than 90 % of the epochs before the last',
          arm: 'warm',
          measure: { kind: 'epochsBetter', arm: 'cold' },
          value: 0.9,
          test: 'higher',
          margin: 0.05,
        },
        {
          id: 'W3',
          statement: 'its best learning rate is smaller',
          stated: 'warm 9.4e-5, cold 7.83e-4',
          reproductions: ['5000 samples/warmRequestedLr', '5000 samples/coldLr'],
          arm: 'warm',
          against: ['cold'],
          measure: { kind: 'logTuned', parameter: 'lr' },
          test: 'lower',
          margin: Math.log(1.5),
        },
        {
          id: 'W4',
          statement:
            "what transfers is the geometry in the second moment: alone it reaches a lower final loss than permuted, than its tensors' means, and than nothing of it, a cold start",
          arm: 'second moment',
          against: ['second moment, permuted', 'second moment, layer mean', 'cold'],
          measure: { kind: 'metric', metric: 'loss' },
          test: 'lower',
          margin: 0.02,
        },
      ],
    },
    quick: {
      task: { samples: 2000 },
      epochs: { tune: 10, final: 10 },
      trials: 6,
      seeds: 4,
      reproductions: 0,
      settings: { pretrainingEpochs: 4 },
    },
  },
  task: perceptron,
  programs,
  reproductions,
});
