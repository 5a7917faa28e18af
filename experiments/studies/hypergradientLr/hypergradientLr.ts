import type { ArmInput } from '../config.js';
import { perceptron } from '../../tasks/perceptron.js';
import { defineStudy } from '../study.js';
import { reproductions } from './reproductions.js';
import { programs } from './programs.js';

const learningRate = { lr: { low: 1e-5, high: 1e-1, log: true } };
const metaLearningRate = { metaLr: { low: 1e-4, high: 1e-1, log: true } };

const plain = (program: string, description: string, rest: Partial<ArmInput> = {}): ArmInput => ({
  role: 'control',
  program,
  description,
  space: learningRate,
  ...rest,
});

const learned = (
  description: string,
  settings: ArmInput['settings'],
  rest: Partial<ArmInput> = {},
): ArmInput => ({
  role: 'corrected',
  program: 'hypergradient',
  description,
  settings: { ...oneAhead, ...settings },
  space: metaLearningRate,
  ...rest,
});

const manyAhead = { inner: 'sgd', form: 'log', initialLr: 1e-3 };
const oneAhead = { ...manyAhead, horizon: 1 };

/** Initial learning rates of the sweeps. */
const values = [1e-5, 1e-4, 1e-3, 1e-2, 1e-1];

/**
 * Can a learning rate that is learned by gradient descent on the validation loss replace a tuned one?
 *
 * The write-up's meta-optimizer takes steps of 1e-4 in log lr, so that the rate can grow by a tenth in the whole training.
 * Here the size of its steps is tuned, under the budget that the others have for their learning rate.
 */
export const hypergradientLr = defineStudy({
  name: 'hypergradient-lr',
  title: 'A learning rate learned by hypergradients, on MNIST-1D',
  summary: 'SGD and Adam whose learning rate is learned on validation batches, against tuned ones',
  presets: {
    full: {
      protocol: 'clean',
      task: { samples: 4000, sizes: [40, 100, 10] },
      batchSize: 128,
      epochs: { tune: 50, final: 50 },
      trials: 20,
      searches: 10,
      seeds: 10,
      reproductions: 10,
      seed: 0,
      sampler: 'tpe',
      settings: { horizon: 5 },
      arms: {
        Adam: plain('adam', 'Adam at its tuned learning rate'),
        'Adam + cosine': plain('adam', 'Adam, the learning rate falling to 0 along a cosine', {
          settings: { schedule: 'cosine' },
        }),
        'Adam, more data': plain(
          'adam',
          'Adam that also trains on the rows that the learned rates learn from',
          {
            trainsOn: 'train+metaVal',
          },
        ),
        SGD: plain('sgd', 'SGD at its tuned learning rate'),
        hypergradient: learned('SGD, log lr learned one step ahead', {}),
        'hypergradient, Adam inside': learned('Adam, log lr learned one step ahead', { inner: 'adam' }),
        'hypergradient, raw': learned('SGD, lr itself learned one step ahead', { form: 'raw' }),
        'hypergradient, K ahead': learned('SGD, log lr learned K steps ahead', {}, { settings: manyAhead }),
        'hypergradient, slow': learned(
          'SGD, log lr learned with steps of 1e-4, as the write-up has it',
          { metaLr: 1e-4 },
          { space: {} },
        ),
        'initial lr': plain('sgd', 'SGD at the rate that the learned ones begin with', {
          space: {},
          settings: { lr: 1e-3 },
        }),
        'final lr': plain('lastLearned', 'SGD at the rate that hypergradient ended with, on the same seed', {
          space: {},
          tunedAs: 'hypergradient',
          settings: oneAhead,
        }),
        'SGD, any lr': plain('sgd', 'SGD over a range of learning rates', {
          space: {},
          sweep: { parameter: 'lr', values },
        }),
        'hypergradient, any lr': learned(
          'hypergradient over the same range of initial ones',
          {},
          {
            space: {},
            tunedAs: 'hypergradient',
            sweep: { parameter: 'initialLr', values },
          },
        ),
      },
      claims: [
        {
          id: 'H1',
          statement: 'the learned rate is comparable to tuned Adam and to Adam with a cosine',
          stated: 'comparable',
          reproductions: ['4000 samples/meta', '4000 samples/adam', '4000 samples/cosine'],
          arm: 'hypergradient',
          against: ['Adam', 'Adam + cosine'],
          measure: { kind: 'metric', metric: 'loss' },
          test: 'equivalent',
          margin: 0.05,
        },
        {
          id: 'H2a',
          statement: 'it raises the rate',
          stated: 'the rate rises',
          reproductions: ['4000 samples/lrRatio'],
          arm: 'hypergradient',
          against: ['initial lr'],
          measure: { kind: 'metric', metric: 'lr' },
          test: 'higher',
          margin: 1e-4,
        },
        {
          id: 'H2b',
          statement: 'because the initial one was too small: the rate it ends at does better',
          arm: 'final lr',
          against: ['initial lr'],
          measure: { kind: 'metric', metric: 'loss' },
          test: 'lower',
          margin: 0.02,
        },
        {
          id: 'H3',
          statement: 'it is less sensitive to the initial rate than fixed rates are',
          arm: 'hypergradient, any lr',
          against: ['SGD, any lr'],
          measure: { kind: 'excess' },
          test: 'lower',
          margin: 0.02,
        },
      ],
    },
    quick: {
      task: { samples: 2000 },
      epochs: { tune: 20, final: 20 },
      trials: 10,
      searches: 1,
      seeds: 5,
      reproductions: 1,
    },
  },
  task: perceptron,
  programs,
  reproductions,
});
