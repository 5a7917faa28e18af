/** Training at a learning rate that a controller sets after each epoch. */
import type { Batch } from '../../data/index.js';
import type { TensorTree } from '../../engine/index.js';
import {
  type ControllerState,
  type LrController,
  type Metrics,
  type Run,
  controlLr,
} from '../../optimizers/index.js';
import { type CompiledTask, mean } from '../tasks/evaluation.js';
import { objectiveOf } from '../tasks/task.js';
import type { EpochMetrics, TrainingRun } from './program.js';
import { type Epoch, beginTraining, epochsOf } from './training.js';

/** A controller, the learning rate that it begins with, and what it looks at. */
export interface Controlled<State extends ControllerState> {
  readonly controller: LrController<State>;
  readonly lr: number;
  /** The objective on `metaVal` (and the accuracy, of a classifier), or the loss of the training batches. */
  readonly feedback: 'validation' | 'training';
}

/** A kind of training whose learning rate can be changed between epochs, as in `training(adam(), loss)`. */
interface Retunable<P extends TensorTree> {
  start(params: P, hyper: { readonly lr: number }): Pick<Run<P, Batch, 'lr'>, 'params' | 'epoch' | 'retune'>;
}

/** Ordinary training under a controller; yields as `lr` the learning rate that the epoch was trained with. */
export function* trainControlled<P extends TensorTree, State extends ControllerState>(
  run: TrainingRun,
  task: CompiledTask<P>,
  kind: Retunable<P>,
  { controller, lr: initial, feedback }: Controlled<State>,
): Generator<EpochMetrics, P> {
  const { splits, config } = run;
  const { training, epoch } = beginTraining(run, task, (params) => kind.start(params, { lr: initial }));
  const control = controlLr(training, controller, initial);
  let losses: readonly number[] = [];
  const noted: Epoch = () => (losses = epoch());
  const objective = objectiveOf(task.metrics);
  const measured = (): Metrics => {
    if (feedback === 'training') return { loss: mean(losses) };
    const { [objective]: loss, accuracy } = task.evaluate(training.params, splits.metaVal, config.batchSize);
    return { loss, accuracy };
  };
  return yield* epochsOf(run, task, training, noted, () => {
    const { lr } = control;
    control.report(measured());
    return { lr };
  });
}
