import { UsageError } from '../../../engine/index.js';
import type { MlpParams } from '../../../engine/nn/index.js';
import {
  type HyperValue,
  type Rule,
  adam,
  compileMetaTrainer,
  compileTrainer,
  cosine,
  hypergradient,
  perEpoch,
  sgd,
} from '../../../optimizers/index.js';
import { classifier, stepsPerEpoch, train } from '../classifier.js';
import type { StudyConfig } from '../config.js';
import { metaTrain, thetaGenerator } from '../metaClassifier.js';
import type { EpochMetrics, Program, TrainingRun } from '../study.js';

/** Trains with a learning rate that is learned along the way. */
type Learner = (run: TrainingRun) => Generator<EpochMetrics, MlpParams>;

/** Adam and SGD at a given learning rate, and at one that is learned. */
export function programs(config: StudyConfig): Readonly<Record<string, Program>> {
  const task = classifier(config);
  const adamTrainer = compileTrainer(adam(), task.loss);
  const sgdTrainer = compileTrainer(sgd(), task.loss);

  const learner = (rule: Rule, form: 'log' | 'raw'): Learner => {
    const problem = { loss: task.loss, metaRule: adam(), update: 'after' } as const;
    const trainer = compileMetaTrainer(hypergradient(rule, form), problem);
    return (run) => {
      const { initialLr, metaLr, horizon } = lookAhead(run);
      const theta = hypergradient(rule, form, { lr: initialLr }).init(thetaGenerator(run));
      return metaTrain(run, task, trainer, {
        ...{ theta, horizon, metaHyper: { lr: metaLr } },
        gradientNorm: 'hypergradientNorm',
      });
    };
  };
  const learners: Readonly<Record<string, Learner>> = {
    'sgd log': learner(sgd(), 'log'),
    'sgd raw': learner(sgd(), 'raw'),
    'adam log': learner(adam(), 'log'),
  };
  const learnerOf = ({ settings: { inner, form }, arm }: TrainingRun): Learner => {
    const name = `${String(inner)} ${String(form)}`;
    if (!(name in learners))
      throw new UsageError(
        `hypergradient-lr: arm '${arm}' learns '${name}'; it can learn ${Object.keys(learners).join(', ')}.`,
      );
    return learners[name];
  };

  const fixed = (run: TrainingRun, lr: number): Generator<EpochMetrics, MlpParams> =>
    train(run, task, sgdTrainer, { hyper: { lr }, observe: () => ({ lr }) });

  return {
    adam: (run) => train(run, task, adamTrainer, { hyper: { lr: scheduled(run) } }),
    sgd: (run) => fixed(run, lrOf(run)),
    hypergradient: (run) => learnerOf(run)(run),
    /** SGD at the rate that the learned one ended with. */
    *lastLearned(run) {
      let lr = NaN;
      for (const metrics of learnerOf(run)(run)) {
        lr = metrics.lr;
        yield null;
      }
      return yield* fixed(run, lr);
    },
  };
}

/** A number that is tuned or swept, or else the arm's setting. */
const numberOf = ({ parameters, settings }: TrainingRun, name: string): number =>
  Number(name in parameters ? parameters[name] : settings[name]);

const lrOf = (run: TrainingRun): number => numberOf(run, 'lr');

function scheduled(run: TrainingRun): HyperValue {
  const lr = lrOf(run);
  if (run.settings.schedule !== 'cosine') return lr;
  return perEpoch(cosine({ lr, steps: run.epochs }), stepsPerEpoch(run));
}

/** How the rate is learned: tuned, or as the arm's settings have it. Horizon `K` is that of the study. */
function lookAhead(run: TrainingRun) {
  const { horizon } = run.settings;
  return {
    initialLr: numberOf(run, 'initialLr'),
    metaLr: numberOf(run, 'metaLr'),
    horizon: Number(horizon === 'K' ? run.config.settings.horizon : horizon),
  };
}
