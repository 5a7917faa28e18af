import { z } from 'zod';
import { type Batch, batches, endless } from '../../../data/index.js';
import type { TensorTree } from '../../../engine/index.js';
import { type MlpParams, mlp } from '../../../engine/nn/index.js';
import {
  type AdamHyper,
  type MetaTraining,
  adam,
  dynamicAdam,
  gradientStatistics,
  metaTraining,
  scaledGradientStatistics,
  training,
} from '../../../optimizers/index.js';
import { type Epoch, epochsOf, fresh, train } from '../training.js';
import type { StudyConfig } from '../config.js';
import { metaTrain, thetaGenerator } from '../metaTraining.js';
import { type Program, program } from '../program.js';
import type { ProgramContext } from '../study.js';
import { compileLeak } from './leak.js';

/** The inputs of the gate, by name. */
export const gateInputs = { raw: gradientStatistics, scaled: scaledGradientStatistics } as const;

/** The gate of the write-up: two statistics of the gradients, 16 hidden units, one number. */
export const gateModel = mlp({ sizes: [2, 16, 1] });

const lr = z.number().positive();

/** Adam (`adam`), Adam whose beta1 a gate decides (`dynamic`), and Adam on the gradients of both splits (`leak`). */
export function programs<P extends TensorTree>(
  config: StudyConfig,
  { task, compile }: ProgramContext<P>,
): Readonly<Record<string, Program>> {
  const plain = training(adam(), task.loss, { compile });
  const leaking = compileLeak(task, compile);
  const compileDynamic = (input: keyof typeof gateInputs): MetaTraining<P, MlpParams, Batch, AdamHyper> =>
    metaTraining(
      dynamicAdam({ model: gateModel, input: gateInputs[input] }),
      { loss: task.loss, metaRule: adam(), update: 'after' },
      { compile },
    );
  const dynamic = { raw: compileDynamic('raw'), scaled: compileDynamic('scaled') };

  return {
    adam: program(z.strictObject({ lr, beta1: z.number().min(0).lt(1).default(0.9) }), (run, hyper) =>
      train(run, task, plain, { hyper, observe: () => hyper }),
    ),
    dynamic: program(
      z.strictObject({
        lr,
        gateLr: z.number().min(0).default(0),
        input: z.enum(['raw', 'scaled']),
        horizon: z.int().positive(),
        learnsFrom: z.enum(['metaVal', 'train']).default('metaVal'),
      }),
      (run, settings) =>
        metaTrain(run, task, dynamic[settings.input], {
          theta: gateModel.init(thetaGenerator(run)),
          hyper: { lr: settings.lr },
          metaHyper: { lr: settings.gateLr },
          horizon: settings.horizon,
          learnsFrom: settings.learnsFrom,
          gradientNorm: 'gateGradientNorm',
          observe: () => ({ lr: settings.lr }),
        }),
    ),
    leak: program(z.strictObject({ lr }), (run, hyper) => {
      const { splits, seed } = run;
      const { batchSize } = config;
      const { params, generator } = fresh(task, seed);
      const running = leaking.start(params, hyper);
      const epoch: Epoch = () => {
        const shuffle = { stream: 'randperm', generator } as const;
        const validation = endless(() => batches(splits.metaVal, { batchSize }));
        // The mean of both losses.
        return Array.from(batches(splits.train, { batchSize, shuffle }), (batch) => {
          const { loss } = running.step({ train: batch, validation: validation.next().value as Batch });
          return loss.item() / 2;
        });
      };
      return epochsOf(run, task, running, epoch, () => hyper);
    }),
  };
}
