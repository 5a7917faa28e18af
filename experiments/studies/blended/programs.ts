import { z } from 'zod';
import { type Model, type MlpParams, countParameters, mlp } from '../../../engine/nn/index.js';
import type { TensorTree } from '../../../engine/index.js';
import { Generator as RandomGenerator } from '../../../engine/random/generator.js';
import { adam, blended, gatedBlend, metaTraining, sgd, training } from '../../../optimizers/index.js';
import { train } from '../training.js';
import type { StudyConfig } from '../config.js';
import { metaTrain, thetaGenerator } from '../metaTraining.js';
import { type Program, program } from '../program.js';
import type { ProgramContext } from '../study.js';

/** The blended rules, by the prefixes of their hyper-parameters: `adam.lr`, `sgd.momentum`. */
export const blendedRules = { adam: adam(), sgd: sgd() } as const;

/** The gate of the write-up: the whole gradient of a model, 32 hidden units, one number. */
export function gateModelFor<P extends TensorTree>(model: Model<P>): Model<MlpParams> {
  const inputs = countParameters(model.init(new RandomGenerator(0)));
  return mlp({ sizes: [inputs, 32, 1] });
}

const lr = z.number().positive();
const momentum = z.number().min(0).max(1);
const both = z.strictObject({ 'adam.lr': lr, 'sgd.lr': lr, 'sgd.momentum': momentum });

/** `adam`, `sgd`, their blend with an alpha that is tuned (`fixed`), and with one that a gate decides (`gated`). */
export function programs<P extends TensorTree>(
  _config: StudyConfig,
  { task, compile }: ProgramContext<P>,
): Readonly<Record<string, Program>> {
  const gateModel = gateModelFor(task.model);
  const trainings = {
    adam: training(blendedRules.adam, task.loss, { compile }),
    sgd: training(blendedRules.sgd, task.loss, { compile }),
    fixed: training(blended(blendedRules), task.loss, { compile }),
    gated: metaTraining(
      gatedBlend(blendedRules, { model: gateModel }),
      { loss: task.loss, metaRule: adam(), update: 'before' },
      { compile },
    ),
  };
  return {
    adam: program(z.strictObject({ lr }), (run, hyper) => train(run, task, trainings.adam, { hyper })),
    sgd: program(z.strictObject({ lr, momentum }), (run, hyper) =>
      train(run, task, trainings.sgd, { hyper }),
    ),
    fixed: program(both.extend({ alpha: z.number().min(0).max(1) }), (run, hyper) =>
      train(run, task, trainings.fixed, { hyper, observe: () => ({ alpha: hyper.alpha }) }),
    ),
    gated: program(
      both.extend({
        gateLr: z.number().min(0).default(0),
        horizon: z.int().positive(),
        /** Whether the gate stays as it was initialised, whatever its rate. */
        frozen: z.boolean().default(false),
      }),
      (run, { gateLr, horizon, frozen, ...hyper }) =>
        metaTrain(run, task, trainings.gated, {
          theta: gateModel.init(thetaGenerator(run)),
          hyper,
          metaHyper: { lr: frozen ? 0 : gateLr },
          horizon,
          shuffled: true,
          gradientNorm: 'gateGradientNorm',
        }),
    ),
  };
}
