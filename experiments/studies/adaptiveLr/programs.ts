import { batches } from '../../../data/index.js';
import { UsageError, tensor } from '../../../engine/index.js';
import type { MlpParams } from '../../../engine/nn/index.js';
import {
  type AdaptiveLrOptions,
  type ControllerState,
  type LrController,
  type Metrics,
  type Schedule,
  adam,
  adaptiveLr,
  compileTrainer,
  constant,
  controlLr,
  cosine,
  exponential,
  reduceOnPlateau,
  stepDecay,
} from '../../../optimizers/index.js';
import { evaluate, mean } from '../../tasks/classification.js';
import { type Classifier, type Epoch, epochsOf, fresh, stepsPerEpoch, train } from '../classifier.js';
import type { Settings } from '../config.js';
import type { EpochMetrics, Program, TrainingRun } from '../study.js';

/** What an arm trains, by its settings: all that is particular to a kind of data. */
export type TaskOf = (settings: Settings) => Classifier;

/** A task with its compiled trainer, which all arms of the same model share. */
const benchOf = (task: Classifier) => ({ task, trainer: compileTrainer(adam(), task.loss) });
type Bench = ReturnType<typeof benchOf>;

/** Adam at a learning rate that follows a schedule, or answers to how the training goes. */
export function programs(taskOf: TaskOf): Readonly<Record<string, Program>> {
  const benches = new Map<string, Bench>();
  const program =
    (body: (run: TrainingRun, bench: Bench, lr: number) => Generator<EpochMetrics, MlpParams>): Program =>
    (run) => {
      const { settings, epochs } = run;
      const model = String(settings.hidden);
      const bench = benches.get(model) ?? benchOf(taskOf(settings));
      benches.set(model, bench);
      const shorter = 'epochs' in settings ? Math.min(Number(settings.epochs), epochs) : epochs;
      return body({ ...run, epochs: shorter }, bench, initialLr(run));
    };
  const scheduled = (scheduleOf: (lr: number, steps: number, settings: Settings) => Schedule): Program =>
    program((run, bench, lr) => {
      const perEpoch = stepsPerEpoch(run);
      const schedule = scheduleOf(lr, run.epochs * perEpoch, run.settings);
      let steps = 0;
      const observe = () => ({ lr: schedule(tensor((steps += perEpoch) - 1)).item() });
      return train(run, bench.task, bench.trainer, { hyper: { lr: schedule }, observe });
    });
  return {
    constant: scheduled((lr) => constant({ lr })),
    step: scheduled((lr, steps, { factor, every }) =>
      stepDecay({ lr, factor: Number(factor), every: Number(every) * steps }),
    ),
    exponential: scheduled((lr, steps, { end }) => exponential({ lr, factor: Number(end), every: steps })),
    cosine: scheduled((lr, steps) => cosine({ lr, steps })),
    rule: program((run, bench, lr) => controlled(run, bench, adaptiveLr(ruleOptions(run)), lr)),
    plateau: program((run, bench, lr) =>
      controlled(run, bench, reduceOnPlateau({ patience: Number(run.settings.patience) }), lr),
    ),
  };
}

/** Tuned, swept, or given. */
function initialLr({ arm, parameters, settings }: TrainingRun): number {
  if ('lr' in parameters) return parameters.lr;
  if ('lr' in settings) return Number(settings.lr);
  throw new UsageError(
    `adaptive-lr: arm '${arm}' has no learning rate; give it a space, a sweep or a setting.`,
  );
}

/** Training whose learning rate a controller sets after each epoch; `lr` is the one that the epoch was trained with. */
function* controlled<State extends ControllerState>(
  run: TrainingRun,
  { task, trainer }: Bench,
  controller: LrController<State>,
  initial: number,
): Generator<EpochMetrics, MlpParams> {
  const { arm, seed, settings, splits, config } = run;
  const { batchSize } = config;
  const { params, generator } = fresh(task, seed);
  const training = trainer.start(params, {});
  const control = controlLr(training, controller, initial);
  let losses: readonly number[] = [];
  const epoch: Epoch = () => {
    const shuffle = { stream: 'randperm', generator } as const;
    losses = Array.from(batches(splits.train, { batchSize, shuffle }), (batch) =>
      training.step(batch).item(),
    );
    return losses;
  };
  const feedbacks: Readonly<Record<string, () => Metrics>> = {
    validation: () => evaluate(task.model.apply, training.params, splits.metaVal, batchSize),
    training: () => ({ loss: mean(losses) }),
  };
  if (!(String(settings.feedback) in feedbacks))
    throw new UsageError(
      `adaptive-lr: the controller of arm '${arm}' is fed by '${String(settings.feedback)}'; it can be ${Object.keys(feedbacks).join(' or ')}.`,
    );
  const feedback = feedbacks[String(settings.feedback)];
  return yield* epochsOf(run, task, training, epoch, () => {
    const { lr } = control;
    control.report(feedback());
    return { lr };
  });
}

export const ruleNames = [
  'raiseAfter',
  'raiseFactor',
  'patience',
  'cutFactor',
  'threshold',
  'rise',
  'cooldown',
  'min',
  'max',
] as const satisfies readonly (keyof AdaptiveLrOptions)[];

/** The options of the rule that the study or the arm sets. */
const ruleOptions = ({ settings }: TrainingRun): AdaptiveLrOptions =>
  Object.fromEntries(ruleNames.flatMap((name) => (name in settings ? [[name, Number(settings[name])]] : [])));
