import { batches } from '../../../data/index.js';
import { Generator as RandomGenerator } from '../../../engine/random/generator.js';
import type { MlpParams } from '../../../engine/nn/index.js';
import { type HyperInput, type Progress, adam, training } from '../../../optimizers/index.js';
import { median } from '../../stats/index.js';
import { compileTask } from '../../tasks/evaluation.js';
import { perceptronTask } from '../../tasks/perceptron.js';
import type { StudyConfig } from '../config.js';
import { reproducedSearch } from '../reproducedSearch.js';
import type { Reproduction, ReproductionContext, ReproductionProgram, StatedFigure } from '../study.js';

const trials = 30;
const epochs = 30;
const pretrainingEpochs = 10;

const defects = [
  'Loading the optimizer state also restores the learning rate of the earlier training, so the rate that the warm search asks for is never used: its trials differ by their seeds only, and the search picks the luckiest.',
  'The test split decides between trials and is reported.',
];

/** The figures of PyTorch 1.13 and Optuna 3.1, five independent executions each (three of the control). */
const references: Readonly<Record<'5000' | '4000', Readonly<Record<string, readonly number[]>>>> = {
  '5000': {
    coldLr: [8.10527e-4, 1.42977e-3, 7.94782e-4, 8.80452e-4, 5.48487e-4],
    warmRequestedLr: [0.02011, 1.91721e-3, 1.77247e-4, 4.86457e-4, 5.5313e-5],
    cold: [1.03112, 1.03571, 1.02668, 1.04253, 1.01822],
    warm: [0.98911, 1.01647, 0.99662, 0.98965, 1.03652],
    warmMedian: [1.05185, 1.05217, 1.03586, 1.03279, 1.07878],
    selectionOnly: [1.0122, 1.01537, 1.01525],
  },
  '4000': {
    coldLr: [9.80539e-4, 9.65387e-4, 5.51175e-4, 1.34277e-3, 9.91409e-4],
    warmRequestedLr: [4.98965e-4, 3.80668e-4, 0.0128619, 6.87726e-4, 4.22487e-5],
    cold: [1.19642, 1.18309, 1.16179, 1.16453, 1.16702],
    warm: [1.12987, 1.13255, 1.1958, 1.15285, 1.14223],
    warmMedian: [1.1763, 1.17268, 1.24258, 1.2035, 1.18899],
    selectionOnly: [1.14387, 1.13862, 1.19474],
  },
};

const figures = (samples: '5000' | '4000'): readonly StatedFigure[] => {
  const { cold, warm, warmMedian, selectionOnly, coldLr, warmRequestedLr } = references[samples];
  const stated = samples === '5000' ? { cold: { stated: 1.0158 }, warm: { stated: 1.0071 } } : {};
  return [
    { name: 'cold', description: `best of ${trials} cold trials`, reference: cold, ...stated.cold },
    { name: 'warm', description: `best of ${trials} warm trials`, reference: warm, ...stated.warm },
    { name: 'warmMedian', description: `median of the ${trials} warm trials`, reference: warmMedian },
    {
      name: 'selectionOnly',
      description: `control: best of ${trials} cold trainings at the rate that the warm ones really had`,
      reference: selectionOnly,
    },
    { name: 'coldLr', description: 'learning rate of the best cold trial', unit: 'lr', reference: coldLr },
    {
      name: 'warmRequestedLr',
      description: 'learning rate that the best warm trial asked for (and did not get)',
      unit: 'lr',
      reference: warmRequestedLr,
    },
  ];
};

/** The write-up's program with the 5000 samples of its evidence, and with the 4000 of its arguments. */
export function reproductions(
  _config: StudyConfig,
  context: ReproductionContext,
): Readonly<Record<string, Reproduction>> {
  const program = reproduction(context);
  const total = 3 * trials * epochs + pretrainingEpochs;
  return {
    '5000 samples': { defects, figures: figures('5000'), epochs: total, program: program(5000) },
    '4000 samples': { defects, figures: figures('4000'), epochs: total, program: program(4000) },
  };
}

/** The result of a training, with its hyper-parameters, as in PyTorch's `state_dict` of an optimizer. */
interface TrainingResult extends Progress<MlpParams> {
  readonly hyper: HyperInput<string>;
}

function reproduction({ compile }: ReproductionContext): (samples: number) => ReproductionProgram {
  const sizes = [40, 128, 128, 10];
  // The model is the same for all samples, and so is what is compiled.
  const task = compileTask(perceptronTask({ samples: 5000, sizes }), { compile });
  const adamTraining = training(adam(), task.loss, { compile });
  const batchSize = 128;

  return (samples) => {
    const published = perceptronTask({ samples, sizes });
    return async function* ({ seed }) {
      const { train, test } = published.data;
      const generator = new RandomGenerator(seed);

      /** Trains a fresh model, with the state and so the learning rate of an earlier training if there is one. */
      function* trainFresh(
        lr: number,
        count: number,
        earlier?: TrainingResult,
      ): Generator<null, TrainingResult> {
        const params = task.model.init(generator);
        const running = adamTraining.start(params, earlier?.hyper ?? { lr }, earlier);
        for (let epoch = 0; epoch < count; epoch++) {
          const shuffle = { stream: 'randperm', generator } as const;
          running.epoch(batches(train, { batchSize, shuffle }));
          yield null;
        }
        return { params: running.params, state: running.state, steps: running.steps, hyper: running.hyper };
      }
      const lossOf = ({ params }: TrainingResult): number => task.evaluate(params, test, batchSize).loss;

      async function* search(
        name: string,
        earlier?: TrainingResult,
      ): AsyncGenerator<null, Record<'lrs' | 'effectiveLrs' | 'losses', readonly number[]>> {
        const study = await reproducedSearch(name, seed);
        const [lrs, effectiveLrs, losses]: number[][] = [[], [], []];
        for (let k = 0; k < trials; k++) {
          const trial = await study.ask();
          const lr = trial.suggestFloat('lr', 1e-5, 1e-1, { log: true });
          const trained = yield* trainFresh(lr, epochs, earlier);
          const loss = lossOf(trained);
          await study.tell(trial, loss);
          lrs.push(lr);
          effectiveLrs.push(Number(trained.hyper.lr));
          losses.push(loss);
        }
        return { lrs, effectiveLrs, losses };
      }

      const cold = yield* search('cold');
      const coldLr = cold.lrs[cold.losses.indexOf(Math.min(...cold.losses))];
      const earlier = yield* trainFresh(coldLr, pretrainingEpochs);
      const warm = yield* search('warm', earlier);
      const controls: number[] = [];
      for (let k = 0; k < trials; k++) controls.push(lossOf(yield* trainFresh(coldLr, epochs)));
      return {
        figures: {
          cold: Math.min(...cold.losses),
          coldLr,
          warm: Math.min(...warm.losses),
          warmRequestedLr: warm.lrs[warm.losses.indexOf(Math.min(...warm.losses))],
          warmMedian: median(warm.losses),
          selectionOnly: Math.min(...controls),
        },
        series: {
          requestedLr: warm.lrs,
          effectiveLr: warm.effectiveLrs,
          warmLoss: warm.losses,
        },
      };
    };
  };
}
