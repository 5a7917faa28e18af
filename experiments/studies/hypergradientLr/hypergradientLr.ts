import type { ArmInput, ConfigInput } from '../config.js';
import { perceptron } from '../../tasks/perceptron.js';
import { defineStudy } from '../study.js';
import { variants } from '../variants.js';
import { reproductions } from './reproductions.js';
import { programs } from './programs.js';

const adamSpace = { lr: { low: 1e-5, high: 1e-1, log: true } };
const sgdSpace = { lr: { low: 1e-4, high: 1, log: true } };
const metaSpace = { metaLr: { low: 1e-4, high: 10, log: true } };
const middle = Math.sqrt(metaSpace.metaLr.low * metaSpace.metaLr.high);

const plain = (
  program: string,
  description: string,
  space: ArmInput['space'],
  settings: ArmInput['settings'] = {},
): ArmInput => ({ role: 'control', program, description, space, settings });

const initialLr = 1e-3;
const manyAhead = { inner: 'sgd', form: 'log', initialLr };
const oneAhead = { ...manyAhead, horizon: 1 };

const learned = (
  description: string,
  settings: ArmInput['settings'],
  rest: Partial<ArmInput> = {},
): ArmInput => ({
  role: 'corrected',
  program: 'hypergradient',
  description,
  settings: { ...oneAhead, ...settings },
  space: metaSpace,
  ...rest,
});

/** The arms, and the same trained on the rows that the learned rates learn from as well. */
const withAllRows = (arms: Readonly<Record<string, ArmInput>>): Record<string, ArmInput> => ({
  ...arms,
  ...variants(arms, 'all rows', (each): ArmInput => ({
    ...each,
    description: `${each.description}; trained on the rows of the learned rates too`,
    trainsOn: 'train+metaVal',
  })),
});

/** Initial learning rates of the sweeps. */
const values = [1e-5, 1e-4, 1e-3, 1e-2, 1e-1, 1];

const swept = (program: string, description: string): ArmInput => ({
  ...plain(program, description, {}),
  sweep: { parameter: 'lr', values },
});

const learnedFrom = (tunedAs: string, settings: ArmInput['settings'] = {}): ArmInput =>
  learned(`${tunedAs} over a range of initial learning rates`, settings, {
    ...{ space: {}, tunedAs },
    sweep: { parameter: 'initialLr', values },
  });

/** The write-up's claim, of each of the readings of its text. */
const reading = (
  id: string,
  arm: string,
  description: string,
  checks: readonly string[],
): ConfigInput['claims'][number] => ({
  id,
  statement: `the learned rate is comparable to tuned Adam and to Adam with a cosine, which train on the rows that it learns from: ${description}`,
  arm,
  against: ['Adam, all rows', 'Adam + cosine, all rows'],
  checks: [...checks],
  measure: { kind: 'metric', metric: 'loss' },
  test: 'equivalent',
  margin: 0.05,
});

/** A manipulation check: the rate that is to be learned does change. */
const rateMoves = (id: string, arm: string): ConfigInput['claims'][number] => ({
  id,
  statement: `${arm}: the rate changes within a training by a factor of more than 1.5`,
  arm,
  measure: { kind: 'range', metric: 'lr', log: true },
  value: Math.log(1.5),
  test: 'higher',
  margin: Math.log(1.1),
});

/** The same for a rate that is learned as it is, and so may be negative: half of what it begins with. */
const rawRateMoves = (id: string, arm: string): ConfigInput['claims'][number] => ({
  id,
  statement: `${arm}: the rate changes within a training by more than half of the ${initialLr} that it begins with`,
  arm,
  measure: { kind: 'range', metric: 'lr' },
  value: 0.5 * initialLr,
  test: 'higher',
  margin: 0.1 * initialLr,
});

/** A manipulation check: tuning does not choose a learner that hardly learns. */
const metaRate = (id: string, arm: string): ConfigInput['claims'][number] => ({
  id,
  statement: `${arm}: tuning prefers larger steps than the middle of their range, ${Number(middle.toPrecision(2))}`,
  arm,
  measure: { kind: 'logTuned', parameter: 'metaLr' },
  value: Math.log(middle),
  test: 'higher',
  margin: Math.log(1.5),
});

const insensitive = (
  id: string,
  inner: string,
  arm: string,
  fixed: string,
): ConfigInput['claims'][number] => ({
  id,
  statement:
    `with ${inner} inside it is less sensitive to the initial rate than fixed rates are: ` +
    'how much the final loss is above its own best, on average over initial rates from 1e-5 to 1',
  arm,
  against: [fixed, `${fixed}, all rows`],
  measure: { kind: 'excess' },
  test: 'lower',
  margin: 0.05,
});

/**
 * Can a learning rate that is learned by gradient descent on the validation loss replace a tuned one?
 *
 * The write-up can be read in several ways. Its program has SGD inside and takes steps of 1e-4 in log lr, so that the rate
 * can grow by a tenth in the whole training. Its text updates the rate itself; and its method does not say which optimizer
 * is inside. Each reading has a claim. But for the program's, the size of the steps is tuned, under the budget that the
 * others have for their learning rate.
 *
 * The learned rates consume the rows of `metaVal`, so these claims are about Adam that trains on them too. They are of equivalence, and
 * being equivalent to Adam without these rows as well would leave hardly a window, for more rows alone lower its loss. A diverged
 * training can refute such a claim, by signs, and never supports it.
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
      seeds: 60,
      reproductions: 10,
      seed: 20261130,
      dataSeeds: true,
      sampler: 'tpe',
      settings: { horizon: 5 },
      arms: {
        ...withAllRows({
          Adam: plain('adam', 'Adam at its tuned learning rate', adamSpace),
          'Adam + cosine': plain('adam', 'Adam, the learning rate falling to 0 along a cosine', adamSpace, {
            schedule: 'cosine',
          }),
          SGD: plain('sgd', 'SGD at its tuned learning rate', sgdSpace),
        }),
        hypergradient: learned('SGD, log lr learned one step ahead', {}),
        'hypergradient, Adam inside': learned('Adam, log lr learned one step ahead', { inner: 'adam' }),
        'hypergradient, raw': learned('SGD, lr itself learned one step ahead', { form: 'raw' }),
        'hypergradient, K ahead': learned('SGD, log lr learned K steps ahead', {}, { settings: manyAhead }),
        'hypergradient, slow': learned(
          'SGD, log lr learned with steps of 1e-4, as in the write-up',
          { metaLr: 1e-4 },
          { space: {} },
        ),
        ...withAllRows({
          'initial lr': plain(
            'sgd',
            'SGD at the rate that the learned ones begin with',
            {},
            { lr: initialLr },
          ),
        }),
        'final lr': {
          ...plain('lastLearned', 'SGD at the rate that hypergradient ended with, on the same seed', {}),
          ...{ tunedAs: 'hypergradient', settings: oneAhead },
        },
        ...withAllRows({
          'SGD, any lr': swept('sgd', 'SGD over a range of learning rates'),
          'Adam, any lr': swept('adam', 'Adam over a range of learning rates'),
        }),
        'hypergradient, any lr': learnedFrom('hypergradient'),
        'hypergradient, Adam inside, any lr': learnedFrom('hypergradient, Adam inside', { inner: 'adam' }),
      },
      claims: [
        {
          ...reading(
            ...(['H1a', 'hypergradient, slow'] as const),
            'SGD inside, steps of 1e-4 in the log of the rate, as in its program',
            ['H1a-lr'],
          ),
          stated: 'comparable',
          reproductions: ['4000 samples/meta', '4000 samples/adam', '4000 samples/cosine'],
        },
        reading('H1b', 'hypergradient', 'SGD inside, the log of the rate learned with tuned steps', [
          ...['H1b-lr', 'H1b-metaLr'],
        ]),
        reading(
          ...(['H1c', 'hypergradient, raw'] as const),
          'SGD inside, the rate itself learned with tuned steps, as in its text',
          ['H1c-lr', 'H1c-metaLr'],
        ),
        reading(
          ...(['H1d', 'hypergradient, Adam inside'] as const),
          'Adam inside, the log of the rate learned with tuned steps',
          ['H1d-lr', 'H1d-metaLr'],
        ),
        {
          id: 'H2a',
          statement: `it raises the rate above the ${initialLr} that it begins with`,
          stated: 'the rate rises',
          reproductions: ['4000 samples/lrRatio'],
          arm: 'hypergradient',
          measure: { kind: 'metric', metric: 'lr' },
          value: initialLr,
          test: 'higher',
          margin: initialLr,
        },
        {
          id: 'H2b',
          statement:
            'the rate it ends at does better than the initial one, with the rows that it learns from and without',
          arm: 'final lr',
          against: ['initial lr', 'initial lr, all rows'],
          measure: { kind: 'metric', metric: 'loss' },
          test: 'lower',
          margin: 0.02,
        },
        insensitive('H3a', 'SGD', 'hypergradient, any lr', 'SGD, any lr'),
        insensitive('H3b', 'Adam', 'hypergradient, Adam inside, any lr', 'Adam, any lr'),
        rateMoves('H1a-lr', 'hypergradient, slow'),
        rateMoves('H1b-lr', 'hypergradient'),
        rawRateMoves('H1c-lr', 'hypergradient, raw'),
        rateMoves('H1d-lr', 'hypergradient, Adam inside'),
        metaRate('H1b-metaLr', 'hypergradient'),
        metaRate('H1c-metaLr', 'hypergradient, raw'),
        metaRate('H1d-metaLr', 'hypergradient, Adam inside'),
      ],
    },
    quick: {
      task: { samples: 2000 },
      epochs: { tune: 20, final: 20 },
      trials: 5,
      seeds: 4,
      reproductions: 1,
    },
  },
  task: perceptron,
  programs,
  reproductions,
});
