import { z } from 'zod';
import { type BackendOptions, type TensorTree, tensor } from '../../../engine/index.js';
import {
  type Schedule,
  adam,
  adaptiveLr,
  constant,
  cosine,
  exponential,
  reduceOnPlateau,
  stepDecay,
  training,
} from '../../../optimizers/index.js';
import type { CompiledTask } from '../../tasks/evaluation.js';
import { trainControlled } from '../controlledTraining.js';
import { type Program, type TrainingRun, program } from '../program.js';
import { stepsPerEpoch, train } from '../training.js';

/** The task of an arm, by the widths of its hidden layers, as in `256-128-64`, if it has its own. */
export type TaskOf<P extends TensorTree> = (hidden: string | undefined) => CompiledTask<P>;

/** A task with its kind of training, shared by all arms of the same model. */
const benchOf = <P extends TensorTree>(task: CompiledTask<P>, compile: BackendOptions) => ({
  task,
  kind: training(adam(), task.loss, { compile }),
});
type Bench<P extends TensorTree> = ReturnType<typeof benchOf<P>>;

/** The settings of all programs: the initial learning rate; an arm may have another model and end earlier. */
const common = z.strictObject({
  lr: z.number().positive(),
  hidden: z
    .string()
    .regex(/^[1-9]\d*(-[1-9]\d*)*$/, 'it must be widths of layers, as in 256-128-64')
    .optional(),
  epochs: z.int().positive().optional(),
});

const feedback = z.enum(['validation', 'training']);

/** The options of `adaptiveLr`, which has the defaults and checks the ranges. */
const rule = z.strictObject({
  raiseAfter: z.number().exactOptional(),
  raiseFactor: z.number().exactOptional(),
  patience: z.number().exactOptional(),
  cutFactor: z.number().exactOptional(),
  threshold: z.number().exactOptional(),
  rise: z.number().exactOptional(),
  cooldown: z.number().exactOptional(),
  min: z.number().exactOptional(),
  max: z.number().exactOptional(),
});

/** Adam at a learning rate that follows a schedule, or reacts to measurements. */
export function programs<P extends TensorTree>(
  taskOf: TaskOf<P>,
  compile: BackendOptions,
): Readonly<Record<string, Program>> {
  const benches = new Map<string | undefined, Bench<P>>();
  /** The run with the epochs and the bench of its arm. */
  const begin = (
    run: TrainingRun,
    { hidden, epochs = run.epochs }: z.output<typeof common>,
  ): readonly [TrainingRun, Bench<P>] => {
    const bench = benches.get(hidden) ?? benchOf(taskOf(hidden), compile);
    benches.set(hidden, bench);
    return [{ ...run, epochs: Math.min(epochs, run.epochs) }, bench];
  };
  const scheduled = <Shape extends z.core.$ZodLooseShape>(
    shape: Shape,
    scheduleOf: (lr: number, steps: number, settings: z.output<z.ZodObject<Shape>>) => Schedule,
  ): Program => {
    const ofSchedule = z.object(shape);
    return program(common.extend(shape), (whole, settings) => {
      const shared = common.strip().parse(settings);
      const [run, { task, kind }] = begin(whole, shared);
      const perEpoch = stepsPerEpoch(run);
      const schedule = scheduleOf(shared.lr, run.epochs * perEpoch, ofSchedule.parse(settings));
      let steps = 0;
      const observe = () => ({ lr: schedule(tensor((steps += perEpoch) - 1)).item() });
      return train(run, task, kind, { hyper: { lr: schedule }, observe });
    });
  };
  return {
    constant: scheduled({}, (lr) => constant({ lr })),
    step: scheduled(
      { factor: z.number().positive(), every: z.number().positive() },
      (lr, steps, { factor, every }) => stepDecay({ lr, factor, every: every * steps }),
    ),
    exponential: scheduled({ end: z.number().positive() }, (lr, steps, { end }) =>
      exponential({ lr, factor: end, every: steps }),
    ),
    cosine: scheduled({}, (lr, steps) => cosine({ lr, steps })),
    rule: program(common.extend({ feedback, ...rule.shape }), (whole, settings) => {
      const [run, { task, kind }] = begin(whole, settings);
      const controller = adaptiveLr(rule.strip().parse(settings));
      return trainControlled(run, task, kind, { ...settings, controller });
    }),
    plateau: program(common.extend({ feedback, patience: z.int().min(0) }), (whole, settings) => {
      const [run, { task, kind }] = begin(whole, settings);
      const controller = reduceOnPlateau({ patience: settings.patience });
      return trainControlled(run, task, kind, { ...settings, controller });
    }),
  };
}
