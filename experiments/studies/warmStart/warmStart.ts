import { mnist1d } from '../../../data/index.js';
import { type Progress, dropMoment, keepStep, resetStep } from '../../../optimizers/index.js';
import type { MlpParams } from '../../../engine/nn/index.js';
import type { Arm, StudyDefinition, TrainingRun } from '../study.js';
import { pretrain, train } from './training.js';

/**
 * Does an optimizer that brings its state from an earlier training do better on a new one?
 *
 * Adam trains a multi-layer perceptron for some epochs at the best cold learning rate. Its state, not its
 * parameters, is what the warm arms begin with; each has its own tuned learning rate, which a loaded state
 * never overwrites.
 */
export const warmStart: StudyDefinition = {
  name: 'warm-start',
  title: 'Warm-started Adam on MNIST-1D',
  summary: 'Adam that begins with the state of an earlier training, against Adam that begins afresh',
  presets: {
    full: {
      protocol: 'clean',
      samples: 4000,
      batchSize: 128,
      epochs: 30,
      preparationEpochs: 10,
      trials: 30,
      seeds: 10,
      seed: 0,
    },
    quick: {
      protocol: 'clean',
      samples: 2000,
      batchSize: 128,
      epochs: 10,
      preparationEpochs: 4,
      trials: 6,
      seeds: 5,
      seed: 0,
    },
  },
  data: ({ samples }) => mnist1d({ numSamples: samples }),
  arms: warmStartArms,
  claims: [
    {
      id: 'W1',
      statement: 'a warm-started optimizer reaches a lower final loss',
      arm: 'warm',
      against: 'cold',
      margin: 0.02,
    },
  ],
};

type Prior = Progress<MlpParams>;

function warmStartArms(): Arm[] {
  const learningRate = { lr: { low: 1e-5, high: 1e-1, log: true } };
  const earlier = new Map<number, Prior>();

  /** The earlier training of a seed, shared by the arms that begin with it. */
  function* earlierTraining(run: TrainingRun): Generator<null, Prior> {
    let prior = earlier.get(run.seed);
    if (prior === undefined) {
      prior = yield* pretrain(run, run.tuned('cold').lr);
      earlier.set(run.seed, prior);
    }
    return prior;
  }

  const warm = (name: string, description: string, keep: typeof keepStep): Arm => ({
    name,
    description,
    space: learningRate,
    *train(run) {
      yield* train(run, keep(yield* earlierTraining(run)));
    },
  });

  return [
    {
      name: 'cold',
      description: 'state and step begin at zero',
      space: learningRate,
      train: (run) => train(run, {}),
    },
    warm('warm', 'both moments and the step count are kept', keepStep),
    warm('step reset', 'both moments are kept, the step count begins at zero', resetStep),
    warm(
      'second moment',
      'the second moment and the step count are kept, the first moment is zero',
      (prior) => dropMoment(prior, 'm'),
    ),
  ];
}
