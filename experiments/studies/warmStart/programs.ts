import { z } from 'zod';
import type { TensorTree } from '../../../engine/index.js';
import { deriveSeed } from '../../../engine/random/seed.js';
import { type Progress, adam, linearWarmup, training } from '../../../optimizers/index.js';
import { beginTraining, epochsOf, stepsPerEpoch, train } from '../training.js';
import type { StudyConfig } from '../config.js';
import { type Program, type TrainingRun, program } from '../program.js';
import type { ProgramContext } from '../study.js';
import { kept, parts } from './kept.js';

const learningRate = z.strictObject({ lr: z.number().positive() });
const epochs = z.int().positive();

/**
 * Adam that begins afresh (`cold`, `warm-up`), with the state of an earlier training (`warm`), or with its parameters too
 * (`longer`): it trains on where `warm` throws the parameters away.
 */
export function programs<P extends TensorTree>(
  _config: StudyConfig,
  { task, compile }: ProgramContext<P>,
): Readonly<Record<string, Program>> {
  const adamTraining = training(adam(), task.loss, { compile });
  const earlier = new Map<string, Progress<P>>();

  /** The earlier training of a seed: other parameters and batches, the same data, at the best cold learning rate. */
  function* pretrain(run: TrainingRun, count: number): Generator<null, Progress<P>> {
    const key = `${run.seed} ${count}`;
    const cached = earlier.get(key);
    if (cached !== undefined) return cached;
    const seed = deriveSeed('pretraining', run.seed);
    const { training: pretraining, epoch } = beginTraining({ ...run, seed }, task, (params) =>
      adamTraining.start(params, run.tuned('cold', learningRate)),
    );
    for (let k = 0; k < count; k++) {
      epoch();
      yield null;
    }
    const { params, state, steps } = pretraining;
    const prior = { params, state, steps };
    earlier.clear();
    earlier.set(key, prior);
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
    longer: program(learningRate.extend({ pretrainingEpochs: epochs }), function* (run, settings) {
      const { training: running, epoch } = beginTraining(run, task, (params) =>
        adamTraining.start(params, { lr: settings.lr }),
      );
      for (let k = 0; k < settings.pretrainingEpochs; k++) {
        epoch();
        yield null;
      }
      return yield* epochsOf(run, task, running, epoch);
    }),
    'warm-up': program(learningRate.extend({ epochs }), (run, settings) => {
      const { lr } = settings;
      const steps = settings.epochs * stepsPerEpoch(run);
      return train(run, task, adamTraining, { hyper: { lr: linearWarmup({ lr, steps, factor: 0.01 }) } });
    }),
  };
}
