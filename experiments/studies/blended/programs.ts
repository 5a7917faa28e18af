import { type Model, type MlpParams, countParameters, mlp } from '../../../engine/nn/index.js';
import { Generator as RandomGenerator } from '../../../engine/random/generator.js';
import {
  adam,
  blended,
  compileMetaTrainer,
  compileTrainer,
  gatedBlend,
  sgd,
} from '../../../optimizers/index.js';
import { classifier, train } from '../classifier.js';
import type { StudyConfig } from '../config.js';
import { metaTrain, thetaGenerator } from '../metaClassifier.js';
import type { Program } from '../study.js';

/** What is blended, by the names that the hyper-parameters begin with: `adam.lr`, `sgd.momentum`. */
export const blendedRules = { adam: adam(), sgd: sgd() } as const;

/** The gate of the write-up: the whole gradient of a model, 32 hidden units, one number. */
export function gateModelFor(model: Model<MlpParams>): Model<MlpParams> {
  const inputs = countParameters(model.init(new RandomGenerator(0)));
  return mlp({ sizes: [inputs, 32, 1] });
}

/** `adam`, `sgd`, their blend with an alpha that is tuned (`fixed`), and with one that a gate decides (`gated`). */
export function programs(config: StudyConfig): Readonly<Record<string, Program>> {
  const task = classifier(config);
  const gateModel = gateModelFor(task.model);
  const trainers = {
    adam: compileTrainer(blendedRules.adam, task.loss),
    sgd: compileTrainer(blendedRules.sgd, task.loss),
    fixed: compileTrainer(blended(blendedRules), task.loss),
    gated: compileMetaTrainer(gatedBlend(blendedRules, { model: gateModel }), {
      loss: task.loss,
      metaRule: adam(),
      update: 'before',
    }),
  };
  return {
    adam: (run) => {
      const { lr } = run.parameters;
      return train(run, task, trainers.adam, { hyper: { lr } });
    },
    sgd: (run) => {
      const { lr, momentum } = run.parameters;
      return train(run, task, trainers.sgd, { hyper: { lr, momentum } });
    },
    fixed: (run) => {
      const { alpha } = run.parameters;
      return train(run, task, trainers.fixed, { hyper: run.parameters, observe: () => ({ alpha }) });
    },
    gated(run) {
      const settings = { ...config.settings, ...run.settings };
      const { gateLr = 0, ...hyper } = run.parameters;
      return metaTrain(run, task, trainers.gated, {
        theta: gateModel.init(thetaGenerator(run)),
        hyper,
        metaHyper: { lr: gateLr },
        horizon: Number(settings.horizon),
        shuffled: true,
        gradientNorm: 'gateGradientNorm',
      });
    },
  };
}
