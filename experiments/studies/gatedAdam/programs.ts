import { type Batch, batches, endless } from '../../../data/index.js';
import { UsageError } from '../../../engine/index.js';
import { type MlpParams, mlp } from '../../../engine/nn/index.js';
import {
  type AdamHyper,
  type CompiledMetaTrainer,
  adam,
  compileMetaTrainer,
  compileTrainer,
  dynamicAdam,
  gradientStatistics,
  scaledGradientStatistics,
} from '../../../optimizers/index.js';
import { type Epoch, classifier, epochsOf, fresh, train } from '../classifier.js';
import type { StudyConfig } from '../config.js';
import { metaTrain, thetaGenerator } from '../metaClassifier.js';
import type { Program } from '../study.js';
import { compileLeak } from './leak.js';

/** What the gate may see of the gradients. */
export const gateInputs = { raw: gradientStatistics, scaled: scaledGradientStatistics } as const;

/** The gate of the write-up: two statistics of the gradients, 16 hidden units, one number. */
export const gateModel = mlp({ sizes: [2, 16, 1] });

/** Adam (`adam`), Adam whose beta1 a gate decides (`dynamic`), and Adam on the gradients of both splits (`leak`). */
export function programs(config: StudyConfig): Readonly<Record<string, Program>> {
  const task = classifier(config);
  const plain = compileTrainer(adam(), task.loss);
  const leaking = compileLeak(task);
  const compileDynamic = (
    input: keyof typeof gateInputs,
  ): CompiledMetaTrainer<MlpParams, MlpParams, Batch, AdamHyper> =>
    compileMetaTrainer(dynamicAdam({ model: gateModel, input: gateInputs[input] }), {
      loss: task.loss,
      metaRule: adam(),
      update: 'after',
    });
  const dynamic: Readonly<Partial<Record<string, ReturnType<typeof compileDynamic>>>> = {
    raw: compileDynamic('raw'),
    scaled: compileDynamic('scaled'),
  };

  return {
    adam: (run) => {
      const { lr, beta1 = 0.9 } = run.parameters;
      return train(run, task, plain, { hyper: { lr, beta1 }, observe: () => ({ lr, beta1 }) });
    },
    dynamic(run) {
      const settings = { ...config.settings, ...run.settings };
      const { lr, gateLr = 0 } = run.parameters;
      const trainer = dynamic[String(settings.input)];
      if (trainer === undefined)
        throw new UsageError(
          `gated-adam: the gate of arm '${run.arm}' is to see '${String(settings.input)}'; it can see ${Object.keys(gateInputs).join(', ')}.`,
        );
      return metaTrain(run, task, trainer, {
        theta: gateModel.init(thetaGenerator(run)),
        hyper: { lr },
        metaHyper: { lr: gateLr },
        horizon: Number(settings.horizon),
        learnsFrom: settings.learnsFrom === 'train' ? 'train' : 'metaVal',
        gradientNorm: 'gateGradientNorm',
        observe: () => ({ lr }),
      });
    },
    leak(run) {
      const { splits, parameters, seed } = run;
      const { batchSize } = config;
      const { params, generator } = fresh(task, seed);
      const training = leaking.start(params, { lr: parameters.lr });
      const epoch: Epoch = () => {
        const shuffle = { stream: 'randperm', generator } as const;
        const validation = endless(() => batches(splits.metaVal, { batchSize }));
        // The mean of both losses.
        return Array.from(
          batches(splits.train, { batchSize, shuffle }),
          (batch) => training.step({ train: batch, validation: validation.next().value as Batch }).item() / 2,
        );
      };
      return epochsOf(run, task, training, epoch, () => ({ lr: parameters.lr }));
    },
  };
}
