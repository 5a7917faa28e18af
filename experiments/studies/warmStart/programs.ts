import { z } from 'zod';
import { batches } from '../../../data/index.js';
import type { TensorTree } from '../../../engine/index.js';
import { Generator as RandomGenerator } from '../../../engine/random/generator.js';
import { deriveSeed } from '../../../engine/random/seed.js';
import {
  type Progress,
  adam,
  averageMoment,
  dropMoment,
  keepStep,
  linearWarmup,
  permuteMoment,
  resetStep,
  training,
} from '../../../optimizers/index.js';
import { fresh, stepsPerEpoch, train } from '../training.js';
import type { StudyConfig } from '../config.js';
import { type Program, type TrainingRun, program } from '../program.js';
import type { ProgramContext } from '../study.js';

const parts = ['all', 'moments', 'second moment', 'first moment', 'permuted', 'layer mean'] as const;

type Kept = <P extends TensorTree>(prior: Progress<P>, seed: number) => Pick<Progress<P>, 'state' | 'steps'>;

/** The parts of the earlier training's state with which a warm arm begins. */
const kept: Readonly<Record<(typeof parts)[number], Kept>> = {
  all: keepStep,
  moments: resetStep,
  'second moment': (prior) => dropMoment(prior, 'm'),
  'first moment': (prior) => dropMoment(prior, 'v'),
  permuted: (prior, seed) => permuteMoment(prior, 'v', new RandomGenerator(deriveSeed('permutation', seed))),
  'layer mean': (prior) => averageMoment(prior, 'v'),
};

const learningRate = z.strictObject({ lr: z.number().positive() });
const epochs = z.int().positive();

/** Adam that begins afresh (`cold`, `warm-up`), or with the state of an earlier training (`warm`). */
export function programs<P extends TensorTree>(
  config: StudyConfig,
  { task, compile }: ProgramContext<P>,
): Readonly<Record<string, Program>> {
  const adamTraining = training(adam(), task.loss, { compile });
  const earlier = new Map<number, Progress<P>>();

  /** The earlier training of a seed: other parameters and batches, the same data, at the best cold learning rate. */
  function* pretrain(run: TrainingRun, count: number): Generator<null, Progress<P>> {
    const cached = earlier.get(run.seed);
    if (cached !== undefined) return cached;
    const { params, generator } = fresh(task, deriveSeed('pretraining', run.seed));
    const pretraining = adamTraining.start(params, run.tuned('cold', learningRate));
    for (let epoch = 0; epoch < count; epoch++) {
      const shuffle = { stream: 'randperm', generator } as const;
      pretraining.epoch(batches(run.splits.train, { batchSize: config.batchSize, shuffle }));
      yield null;
    }
    const { params: trained, state, steps } = pretraining;
    const prior = { params: trained, state, steps };
    earlier.clear();
    earlier.set(run.seed, prior);
    return prior;
  }

  return {
    cold: program(learningRate, (run, { lr }) => train(run, task, adamTraining, { hyper: { lr } })),
    warm: program(
      learningRate.extend({ keeps: z.enum(parts), pretrainingEpochs: epochs }),
      function* (run, { lr, keeps, pretrainingEpochs }) {
        const from = kept[keeps](yield* pretrain(run, pretrainingEpochs), run.seed);
        return yield* train(run, task, adamTraining, { hyper: { lr }, from });
      },
    ),
    'warm-up': program(learningRate.extend({ epochs }), (run, settings) => {
      const { lr } = settings;
      const steps = settings.epochs * stepsPerEpoch(run);
      return train(run, task, adamTraining, { hyper: { lr: linearWarmup({ lr, steps, factor: 0.01 }) } });
    }),
  };
}
