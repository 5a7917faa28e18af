/** The trainings that the write-up's program compares, and its controls. */
import type { Generator as RandomGenerator } from '../../../engine/random/generator.js';
import { type BackendOptions, tensor } from '../../../engine/index.js';
import type { MlpParams } from '../../../engine/nn/index.js';
import { compileStepper } from '../../../engine/plan/run/loop.js';
import { adam, training } from '../../../optimizers/index.js';
import type { Task } from '../../tasks/task.js';
import { type TwoBatches, compileLeak } from './leak.js';
import { gateModel } from './programs.js';
import { type Observations, allDefects, reproducedProgram } from './reproducedUpdate.js';

export type Optimizer = 'DynamicAdam' | 'Adam' | 'leak only';

/** A training that has begun. */
export interface Running {
  readonly params: MlpParams;
  /** One update; only DynamicAdam has observations of it. */
  step(batches: TwoBatches): Observations | null;
}

/** Begins a training, at parameters that it draws from the generator; only a training with a gate reads `gateLr`. */
export type Begin = (
  generator: RandomGenerator,
  chosen: { readonly lr: number; readonly gateLr: () => number },
) => Running;

export function reproducedTrainings(
  task: Pick<Task<MlpParams>, 'model' | 'loss'>,
  compile: BackendOptions,
): Readonly<Record<Optimizer, Begin>> {
  const program = reproducedProgram(task, allDefects);
  const dynamic = compileStepper(program.update, compile);
  const plain = training(adam(), task.loss, { compile });
  const leaking = compileLeak(task, compile);
  return {
    DynamicAdam(generator, { lr, gateLr }) {
      const loop = dynamic.start(program.begin(task.model.init(generator), gateModel.init(generator)));
      const hyper = { lr: tensor(lr), gateLr: tensor(gateLr()) };
      let steps = 0;
      return {
        get params() {
          return loop.carry.params;
        },
        step: (batches) => loop.step(hyper, tensor(++steps), batches),
      };
    },
    Adam(generator, { lr }) {
      const run = plain.start(task.model.init(generator), { lr });
      return {
        get params() {
          return run.params;
        },
        step({ train }) {
          run.step(train);
          return null;
        },
      };
    },
    'leak only'(generator, { lr }) {
      const run = leaking.start(task.model.init(generator), { lr });
      return {
        get params() {
          return run.params;
        },
        step(batches) {
          run.step(batches);
          return null;
        },
      };
    },
  };
}
