/** The ready baselines of a comparison: well-known optimizers, each with a space that reaches beyond its best values. */
import { z } from 'zod';
import type { TensorTree } from '../../../engine/index.js';
import { adam, adamW, cosine, reduceOnPlateau, sgd, training } from '../../../optimizers/index.js';
import type { ArmInput } from '../config.js';
import { trainControlled } from '../controlledTraining.js';
import { type Program, program } from '../program.js';
import type { ProgramContext } from '../study.js';
import { stepsPerEpoch, train } from '../training.js';

/** Where a learning rate is searched, by default also that of a rule of the user's. */
export const lrSpace = { low: 1e-5, high: 1, log: true } as const;

const searched = (
  description: string,
  space: ArmInput['space'] = {},
): Pick<ArmInput, 'description' | 'space'> => ({ description, space: { lr: lrSpace, ...space } });

/** By name, what its arm tunes. The program of the same name trains it. */
export const baselines = {
  adam: searched('Adam'),
  adamw: searched('Adam with decoupled weight decay', { weightDecay: { low: 1e-4, high: 10, log: true } }),
  sgd: searched('gradient descent with momentum', { momentum: { low: 0, high: 0.99, log: false } }),
  cosine: searched('Adam, the learning rate falling to 0 along half a cosine'),
  plateau: searched(
    'Adam, the learning rate times 0.1 when the loss on metaVal has not fallen for five epochs',
  ),
} as const satisfies Readonly<Record<string, Pick<ArmInput, 'description' | 'space'>>>;

export type BaselineName = keyof typeof baselines;

export const baselineNames = Object.keys(baselines) as readonly BaselineName[];

const lr = z.number().positive();

/** The programs of all baselines, by their names. */
export function baselinePrograms<P extends TensorTree>({
  task,
  compile,
}: ProgramContext<P>): Readonly<Record<BaselineName, Program>> {
  const byAdam = training(adam(), task.loss, { compile });
  const byAdamW = training(adamW(), task.loss, { compile });
  const bySgd = training(sgd(), task.loss, { compile });
  return {
    adam: program(z.strictObject({ lr }), (run, hyper) => train(run, task, byAdam, { hyper })),
    adamw: program(z.strictObject({ lr, weightDecay: z.number().min(0) }), (run, hyper) =>
      train(run, task, byAdamW, { hyper }),
    ),
    sgd: program(z.strictObject({ lr, momentum: z.number().min(0).lt(1) }), (run, hyper) =>
      train(run, task, bySgd, { hyper }),
    ),
    cosine: program(z.strictObject({ lr }), (run, settings) => {
      const steps = run.epochs * stepsPerEpoch(run);
      return train(run, task, byAdam, { hyper: { lr: cosine({ lr: settings.lr, steps }) } });
    }),
    plateau: program(z.strictObject({ lr }), (run, settings) =>
      trainControlled(run, task, byAdam, {
        ...{ controller: reduceOnPlateau({ patience: 4 }), lr: settings.lr },
        feedback: 'validation',
      }),
    ),
  };
}
