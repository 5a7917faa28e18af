import { type Batch, batches, endless } from '../../../data/index.js';
import { Generator as RandomGenerator } from '../../../engine/random/generator.js';
import type { Study } from '../../tuning/index.js';
import { compileTask, mean } from '../../tasks/evaluation.js';
import { perceptronTask } from '../../tasks/perceptron.js';
import type { StudyConfig } from '../config.js';
import { reproducedSearch } from '../reproducedSearch.js';
import type { Reproduction, ReproductionContext, ReproductionProgram, StatedFigure } from '../study.js';
import { type Optimizer, type Running, reproducedTrainings } from './reproducedTrainings.js';
import type { Observations } from './reproducedUpdate.js';

const samples = 5000;
const batchSize = 64;
const trials = 20;
const epochs = { tune: 10, final: 25 };

const defects = [
  'The parameters ahead are copied into the model as data, so the gate never gets a gradient: beta1 stays where the gate began.',
  "The validation loss's gradient is added to the training loss's before the real update: the model trains on the test split.",
  'That gradient is a hybrid: the present parameters are copied back between its forward and its backward pass, which combines activations, ReLU masks and softmax at the parameters ahead with the present weight matrices.',
  'The update ahead has no bias correction: its first step is (1 - beta1) / sqrt(1 - beta2), about 15, times the learning rate.',
  'The bias correction of the real update is 1 - beta1^step of the present beta1, although beta1 may have been another at every step.',
];

/** With the figures of PyTorch 1.13 and Optuna 3.1, five independent executions each. */
const figures: readonly StatedFigure[] = [
  {
    name: 'dynamic',
    description: `best DynamicAdam trial of ${trials} in a study shared with Adam, ${epochs.tune} epochs`,
    stated: 0.238,
    reference: [0.226586, 0.240204, 0.216961, 0.217417, 0.268128],
  },
  {
    name: 'adam',
    description: 'best Adam trial of the same study',
    stated: 1.103,
    reference: [1.079498, 1.071946, 1.144941, 1.174339, 1.103648],
  },
  {
    name: 'dynamicFinal',
    description: `DynamicAdam as in its best trial, ${epochs.final} epochs`,
    reference: [0.049643, 0.109686, 0.050117, 0.055369, 0.094495],
  },
  {
    name: 'adamFinal',
    description: `Adam as in its best trial, ${epochs.final} epochs`,
    reference: [1.336155, 1.408073, 1.195389, 1.08032, 1.433214],
  },
  {
    name: 'leakOnly',
    description: `control: best of ${trials} trials of Adam on the gradients of training and test batches, no gate`,
    reference: [0.208584, 0.201306, 0.210312, 0.192819, 0.186633],
  },
  {
    name: 'adamAlone',
    description: `control: best of ${trials} trials of Adam in a study of its own`,
    reference: [1.035426, 1.044246, 1.118067, 1.058889, 1.073941],
  },
];

/** The write-up's program, with controls. */
export const reproductions = (
  _config: StudyConfig,
  context: ReproductionContext,
): Readonly<Record<string, Reproduction>> => ({
  'DynamicAdam and Adam': {
    defects,
    figures,
    epochs: 3 * trials * epochs.tune + 2 * epochs.final,
    program: reproduction(context),
  },
});

/** The recorded summaries of the observations of an epoch. */
const kept: Readonly<Record<string, (seen: readonly Observations[]) => number>> = {
  smallestBeta1: (seen) => Math.min(...seen.map(({ beta1 }) => beta1.item())),
  largestBeta1: (seen) => Math.max(...seen.map(({ beta1 }) => beta1.item())),
  gateGradientNorm: (seen) => Math.max(...seen.map(({ gateGradientNorm }) => gateGradientNorm.item())),
  validationShare: (seen) => mean(seen.map(({ validationShare }) => validationShare.item())),
  unexplained: (seen) => Math.max(...seen.map(({ unexplained }) => unexplained.item())),
};

type ReproducedSearch = Study<Record<string, number | string>>;

function reproduction({ compile }: ReproductionContext): ReproductionProgram {
  const task = compileTask(perceptronTask({ samples, sizes: [40, 64, 64, 10] }), { compile });
  const begin = reproducedTrainings(task, compile);

  return async function* ({ seed }) {
    const { train, test } = task.data;
    const generator = new RandomGenerator(seed);
    const lossOf = ({ params }: Running): number => task.evaluate(params, test, batchSize).loss;

    /** The test split is read from its beginning in every epoch, and again when it is exhausted. */
    function epochOf(running: Running): readonly Observations[] {
      const validation = endless(() => batches(test, { batchSize }));
      const shuffle = { stream: 'dataloader', generator } as const;
      return Array.from(batches(train, { batchSize, shuffle }), (batch) =>
        running.step({ train: batch, validation: validation.next().value as Batch }),
      ).filter((seen) => seen !== null);
    }

    async function* search(
      name: string,
      optimizers: readonly Optimizer[],
    ): AsyncGenerator<null, ReproducedSearch> {
      const study = await reproducedSearch(name, seed);
      for (let k = 0; k < trials; k++) {
        const trial = await study.ask();
        const running = begin[trial.suggestCategorical('optimizer', optimizers)](generator, {
          lr: trial.suggestFloat('lr', 1e-4, 1e-2, { log: true }),
          gateLr: () => trial.suggestFloat('gateLr', 1e-5, 1e-2, { log: true }),
        });
        let loss = NaN;
        let pruned = false;
        for (let epoch = 0; epoch < epochs.tune && !pruned; epoch++) {
          epochOf(running);
          loss = lossOf(running);
          trial.report(epoch, loss);
          pruned = trial.shouldPrune();
          yield null;
        }
        await study.tell(trial, pruned ? { state: 'pruned' } : loss);
      }
      return study;
    }

    /** A training as in the best trial of the optimizer. */
    function* again(
      study: ReproducedSearch,
      optimizer: Optimizer,
    ): Generator<null, { readonly loss: number; readonly seen: readonly (readonly Observations[])[] }> {
      const best = completeTrials(study, optimizer).at(0);
      if (best === undefined) return { loss: Infinity, seen: [] };
      const { lr, gateLr } = best.params;
      const running = begin[optimizer](generator, { lr: Number(lr), gateLr: () => Number(gateLr) });
      const seen: (readonly Observations[])[] = [];
      for (let epoch = 0; epoch < epochs.final; epoch++) {
        seen.push(epochOf(running));
        yield null;
      }
      return { loss: lossOf(running), seen };
    }

    const shared = yield* search('shared', ['DynamicAdam', 'Adam']);
    const dynamic = yield* again(shared, 'DynamicAdam');
    const adam = yield* again(shared, 'Adam');
    const leak = yield* search('leak only', ['leak only']);
    const alone = yield* search('Adam alone', ['Adam']);
    return {
      figures: {
        dynamic: bestLoss(shared, 'DynamicAdam'),
        adam: bestLoss(shared, 'Adam'),
        dynamicFinal: dynamic.loss,
        adamFinal: adam.loss,
        leakOnly: bestLoss(leak, 'leak only'),
        adamAlone: bestLoss(alone, 'Adam'),
      },
      series: Object.fromEntries(Object.entries(kept).map(([name, keep]) => [name, dynamic.seen.map(keep)])),
    };
  };
}

/** The trials of an optimizer that were not given up, best first. */
const completeTrials = (
  { trials: all }: ReproducedSearch,
  optimizer: Optimizer,
): ReproducedSearch['trials'] =>
  all
    .filter(({ state, params }) => state === 'complete' && params.optimizer === optimizer)
    .toSorted((a, b) => a.value! - b.value!);

/** Infinity if all trials were given up. */
const bestLoss = (study: ReproducedSearch, optimizer: Optimizer): number =>
  Math.min(...completeTrials(study, optimizer).map(({ value }) => value!));
