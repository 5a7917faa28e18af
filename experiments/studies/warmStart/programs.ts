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
import { type Program, program } from '../program.js';
import type { ProgramContext } from '../study.js';
import type { TrainingRun } from '../program.js';

const parts = ['all', 'moments', 'second moment', 'first moment', 'permuted', 'layer mean'] as const;

type Kept = <P extends TensorTree>(prior: Progress<P>, seed: number) => Pick<Progress<P>, 'state' | 'steps'>;

/** What of the earlier training's state a warm arm begins with. */
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

/** Adam that begins afresh (`cold`, `warm-up`), or with what an earlier training left (`warm`). */
export function programs<P extends TensorTree>(
  config: StudyConfig,
  { task, compile }: ProgramContext<P>,
): Readonly<Record<string, Program>> {
  const adamTraining = training(adam(), task.loss, { compile });
  const earlier = new Map<number, Progress<P>>();

  /** The earlier training of a seed: other parameters and batches, the same data, at the best cold learning rate. */
  function* pretrain(run: TrainingRun, count: number): Generator<null, Progress<P>> {
    const known = earlier.get(run.seed);
    if (known !== undefined) return known;
    const { params, generator } = fresh(task, deriveSeed('pretraining', run.seed));
    const begun = adamTraining.start(params, run.tuned('cold', learningRate));
    for (let epoch = 0; epoch < count; epoch++) {
      const shuffle = { stream: 'randperm', generator } as const;
      begun.epoch(batches(run.splits.train, { batchSize: config.batchSize, shuffle }));
      yield null;
    }
    const prior = { params: begun.params, state: begun.state, steps: begun.steps };
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
