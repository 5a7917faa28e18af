import { z } from 'zod';
import type { TensorTree } from '../../../engine/index.js';
import {
  type Rule,
  adam,
  cosine,
  hypergradient,
  metaTraining,
  perEpoch,
  sgd,
  training,
} from '../../../optimizers/index.js';
import { divergedEpochs, stepsPerEpoch, train } from '../training.js';
import type { StudyConfig } from '../config.js';
import { metaTrain, thetaGenerator } from '../metaTraining.js';
import { type EpochMetrics, type Program, type TrainingRun, program } from '../program.js';
import type { ProgramContext } from '../study.js';

const lr = z.number().positive();

/** Settings of a learned learning rate; `horizon` is the number of updates that a meta-step looks ahead. */
const learned = z.strictObject({
  inner: z.enum(['sgd', 'adam']),
  form: z.enum(['log', 'raw']),
  initialLr: lr,
  metaLr: lr,
  horizon: z.int().positive(),
});
type LearnedSettings = z.output<typeof learned>;

/** Whether a learned number can be a learning rate: one that is learned as it is may become negative, or diverge. */
const isRate = (value: number): boolean => Number.isFinite(value) && value > 0;

/** Adam and SGD at a fixed learning rate, and at one that is learned. */
export function programs<P extends TensorTree>(
  _config: StudyConfig,
  { task, compile }: ProgramContext<P>,
): Readonly<Record<string, Program>> {
  /** Trains with a learning rate that is learned along the way. */
  type Learner = (run: TrainingRun, settings: LearnedSettings) => Generator<EpochMetrics, P>;

  const adamTraining = training(adam(), task.loss, { compile });
  const sgdTraining = training(sgd(), task.loss, { compile });

  const learner = (rule: Rule, form: LearnedSettings['form']): Learner => {
    const problem = { loss: task.loss, metaRule: adam(), update: 'after' } as const;
    const kind = metaTraining(hypergradient(rule, form), problem, { compile });
    return (run, { initialLr, metaLr, horizon }) => {
      const theta = hypergradient(rule, form, { lr: initialLr }).init(thetaGenerator(run));
      return metaTrain(run, task, kind, {
        ...{ theta, horizon, metaHyper: { lr: metaLr } },
        gradientNorm: 'hypergradientNorm',
      });
    };
  };
  const learners: Readonly<
    Record<LearnedSettings['inner'], Readonly<Record<LearnedSettings['form'], Learner>>>
  > = {
    sgd: { log: learner(sgd(), 'log'), raw: learner(sgd(), 'raw') },
    adam: { log: learner(adam(), 'log'), raw: learner(adam(), 'raw') },
  };
  const learn: Learner = (run, settings) => learners[settings.inner][settings.form](run, settings);

  const fixed = (run: TrainingRun, rate: number): Generator<EpochMetrics, P> =>
    train(run, task, sgdTraining, { hyper: { lr: rate }, observe: () => ({ lr: rate }) });

  return {
    adam: program(
      z.strictObject({ lr, schedule: z.enum(['constant', 'cosine']).default('constant') }),
      (run, settings) => {
        const cosineLr = () => perEpoch(cosine({ lr: settings.lr, steps: run.epochs }), stepsPerEpoch(run));
        const hyper = { lr: settings.schedule === 'cosine' ? cosineLr() : settings.lr };
        return train(run, task, adamTraining, { hyper });
      },
    ),
    sgd: program(z.strictObject({ lr }), (run, settings) => fixed(run, settings.lr)),
    hypergradient: program(learned, learn),
    /** SGD at the rate that the learned one ended with. */
    lastLearned: program(learned, function* (run, settings) {
      let last = NaN;
      for (const metrics of learn(run, settings)) {
        last = metrics.lr;
        yield null;
      }
      return yield* isRate(last) ? fixed(run, last) : divergedEpochs(run, task, () => ({ lr: last }));
    }),
  };
}
