import { batches } from '../../../data/index.js';
import { Generator as RandomGenerator, deriveSeed } from '../../../engine/random/generator.js';
import { UsageError } from '../../../engine/index.js';
import type { MlpParams } from '../../../engine/nn/index.js';
import {
  type Progress,
  adam,
  averageMoment,
  compileTrainer,
  dropMoment,
  keepStep,
  linearWarmup,
  permuteMoment,
  resetStep,
} from '../../../optimizers/index.js';
import { classifier, fresh, stepsPerEpoch, train } from '../classifier.js';
import type { StudyConfig } from '../config.js';
import type { Program, TrainingRun } from '../study.js';

type Prior = Progress<MlpParams>;

/** What of the earlier training's state a warm arm begins with. */
const kept: Readonly<Record<string, (prior: Prior, seed: number) => Pick<Prior, 'state' | 'steps'>>> = {
  all: keepStep,
  moments: resetStep,
  'second moment': (prior) => dropMoment(prior, 'm'),
  'first moment': (prior) => dropMoment(prior, 'v'),
  permuted: (prior, seed) => permuteMoment(prior, 'v', new RandomGenerator(deriveSeed('permutation', seed))),
  'layer mean': (prior) => averageMoment(prior, 'v'),
};

/** Adam that begins afresh (`cold`, `warm-up`), or with what an earlier training left (`warm`). */
export function programs(config: StudyConfig): Readonly<Record<string, Program>> {
  const task = classifier(config);
  const trainer = compileTrainer(adam(), task.loss);
  const earlier = new Map<number, Prior>();

  /** The earlier training of a seed: other parameters and batches, the same data, at the best cold learning rate. */
  function* pretrain(run: TrainingRun): Generator<null, Prior> {
    const known = earlier.get(run.seed);
    if (known !== undefined) return known;
    const { params, generator } = fresh(task, deriveSeed('pretraining', run.seed));
    const training = trainer.start(params, { lr: run.tuned('cold').lr });
    for (let epoch = 0; epoch < Number(config.settings.pretrainingEpochs); epoch++) {
      const shuffle = { stream: 'randperm', generator } as const;
      for (const batch of batches(run.splits.train, { batchSize: config.batchSize, shuffle }))
        training.step(batch);
      yield null;
    }
    const prior = { params: training.params, state: training.state, steps: training.steps };
    earlier.clear();
    earlier.set(run.seed, prior);
    return prior;
  }

  return {
    cold: (run) => train(run, task, trainer, { hyper: { lr: run.parameters.lr } }),
    *warm(run) {
      const keeps = String(run.settings.keeps);
      if (!(keeps in kept))
        throw new UsageError(
          `warm-start: arm '${run.arm}' keeps '${keeps}'; it can keep ${Object.keys(kept).join(', ')}.`,
        );
      const from = kept[keeps](yield* pretrain(run), run.seed);
      return yield* train(run, task, trainer, { hyper: { lr: run.parameters.lr }, from });
    },
    'warm-up': (run) => {
      const steps = Number(run.settings.epochs) * stepsPerEpoch(run);
      return train(run, task, trainer, {
        hyper: { lr: linearWarmup({ lr: run.parameters.lr, steps, factor: 0.01 }) },
      });
    },
  };
}
