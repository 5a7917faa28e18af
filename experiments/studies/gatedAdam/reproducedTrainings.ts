/** The trainings that the write-up's program compares, and its controls. */
import type { Generator as RandomGenerator } from '../../../engine/random/generator.js';
import { type BackendOptions, tensor } from '../../../engine/index.js';
import type { MlpParams } from '../../../engine/nn/index.js';
import { compileStepper } from '../../../engine/plan/run/loop.js';
import { adam, training } from '../../../optimizers/index.js';
import type { Task } from '../../tasks/task.js';
import { type TwoBatches, compileLeak } from './leak.js';
import { gateModel } from './programs.js';
import { type Seen, allDefects, reproducedProgram } from './reproducedUpdate.js';

export type Optimizer = 'DynamicAdam' | 'Adam' | 'leak only';

/** A training that has begun. */
export interface Running {
  readonly params: MlpParams;
  /** One update. Only DynamicAdam lets something be seen of it. */
  step(batches: TwoBatches): Seen | null;
}

/** How each training begins: with what the generator gives, and hyper-parameters; those of a gate are asked for if there is one. */
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
