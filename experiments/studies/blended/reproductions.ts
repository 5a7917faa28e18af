import { type Batch, batches, endless } from '../../../data/index.js';
import { Generator as RandomGenerator } from '../../../engine/random/generator.js';
import { tensor } from '../../../engine/index.js';
import type { MlpParams } from '../../../engine/nn/index.js';
import { compileStepper } from '../../../engine/plan/run/loop.js';
import { training } from '../../../optimizers/index.js';
import { compileTask } from '../../tasks/evaluation.js';
import { perceptronTask } from '../../tasks/perceptron.js';
import type { StudyConfig } from '../config.js';
import { reproducedSearch } from '../reproducedSearch.js';
import type { Reproduction, ReproductionContext, ReproductionProgram, StatedFigure } from '../study.js';
import { blendedRules, gateModelFor } from './programs.js';
import { allDefects, reproducedProgram } from './reproducedUpdate.js';

const samples = 5000;
const batchSize = 128;
const trials = 5;
const epochs = 10;

const defects = [
  'The update is made without recording, so the gate never gets a gradient: alpha stays where the gate began, near 0.5. It is a fixed blend with two tuned learning rates.',
  'Five trials are fewer than the ten start-up trials of the sampler: the search is random.',
  'The test split is what the gate is to learn from, what decides between trials, and what is reported.',
];

/** With the figures of PyTorch 1.13 and Optuna 3.1, five independent executions each. */
const figures: readonly StatedFigure[] = [
  {
    name: 'blended',
    description: `best of ${trials} trials of the blend`,
    stated: 0.7656,
    reference: [1.024971, 1.146233, 1.001594, 0.989394, 0.983238],
  },
  {
    name: 'adam',
    description: `best of ${trials} trials of Adam`,
    stated: 1.0807,
    reference: [1.052711, 1.049114, 1.283122, 1.025661, 1.008169],
  },
  {
    name: 'sgd',
    description: `best of ${trials} trials of SGD with momentum`,
    stated: 0.8775,
    reference: [1.087008, 1.754912, 1.69875, 1.102782, 0.96107],
  },
];

/** The write-up's program. */
export const reproductions = (
  _config: StudyConfig,
  context: ReproductionContext,
): Readonly<Record<string, Reproduction>> => ({
  'three searches': { defects, figures, epochs: 3 * trials * epochs, program: reproduction(context) },
});

/** A training that has begun. */
interface Running {
  readonly params: MlpParams;
  step(train: Batch): void;
}

/** Draws a number from a range, for a trial. */
type Suggest = (name: string, low: number, high: number, options?: { readonly log: boolean }) => number;

const log = { log: true } as const;

function reproduction({ compile }: ReproductionContext): ReproductionProgram {
  const task = compileTask(perceptronTask({ samples, sizes: [40, 256, 256, 10] }), { compile });
  const gateModel = gateModelFor(task.model);
  const program = reproducedProgram(task, gateModel, allDefects);
  const blend = compileStepper(program.update, compile);
  const adamTraining = training(blendedRules.adam, task.loss, { compile });
  const sgdTraining = training(blendedRules.sgd, task.loss, { compile });

  return async function* ({ seed }) {
    const { train, test } = task.data;
    const generator = new RandomGenerator(seed);
    const shuffle = { stream: 'randperm', generator } as const;
    /** Of each trial of the blend. */
    const series: Record<'smallestAlpha' | 'largestAlpha' | 'gateGradientNorm', number[]> = {
      smallestAlpha: [],
      largestAlpha: [],
      gateGradientNorm: [],
    };

    function beginBlend(suggest: Suggest): Running {
      const hyper = {
        'adam.lr': tensor(suggest('adam.lr', 1e-5, 1e-2, log)),
        'sgd.lr': tensor(suggest('sgd.lr', 1e-4, 1e-1, log)),
        'sgd.momentum': tensor(suggest('sgd.momentum', 0.8, 0.99)),
        gateLr: tensor(suggest('gateLr', 1e-5, 1e-2, log)),
      };
      const loop = blend.start(program.begin(task.model.init(generator), gateModel.init(generator)));
      const validation = endless(() => batches(test, { batchSize, shuffle }));
      const trial = series.smallestAlpha.length;
      series.smallestAlpha.push(Infinity);
      series.largestAlpha.push(-Infinity);
      series.gateGradientNorm.push(0);
      let steps = 0;
      return {
        get params() {
          return loop.carry.params;
        },
        step(batch) {
          const both = { train: batch, validation: validation.next().value as Batch };
          const { alpha, gateGradientNorm } = loop.step(hyper, tensor(++steps), both);
          series.smallestAlpha[trial] = Math.min(series.smallestAlpha[trial], alpha.item());
          series.largestAlpha[trial] = Math.max(series.largestAlpha[trial], alpha.item());
          series.gateGradientNorm[trial] = Math.max(series.gateGradientNorm[trial], gateGradientNorm.item());
        },
      };
    }
    const beginAdam = (suggest: Suggest): Running =>
      adamTraining.start(task.model.init(generator), { lr: suggest('lr', 1e-5, 1e-2, log) });
    const beginSgd = (suggest: Suggest): Running =>
      sgdTraining.start(task.model.init(generator), {
        lr: suggest('lr', 1e-4, 1e-1, log),
        momentum: suggest('momentum', 0.8, 0.99),
      });

    /** The smallest final loss of a study of the program. */
    async function* search(name: string, begin: (suggest: Suggest) => Running): AsyncGenerator<null, number> {
      const study = await reproducedSearch(name, seed);
      for (let k = 0; k < trials; k++) {
        const trial = await study.ask();
        const running = begin((parameter, low, high, options) =>
          trial.suggestFloat(parameter, low, high, options),
        );
        for (let epoch = 0; epoch < epochs; epoch++) {
          for (const batch of batches(train, { batchSize, shuffle })) running.step(batch);
          yield null;
        }
        await study.tell(trial, task.evaluate(running.params, test, batchSize).loss);
      }
      return study.bestTrial.value!;
    }

    const figures = {
      blended: yield* search('blended', beginBlend),
      adam: yield* search('Adam', beginAdam),
      sgd: yield* search('SGD', beginSgd),
    };
    return { figures, series };
  };
}
