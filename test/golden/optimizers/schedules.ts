import { tensor } from '../../../engine/index.js';
import {
  type Schedule,
  cosine,
  cosineRestarts,
  exponential,
  linearWarmup,
  multiStep,
  oneCycle,
  polynomial,
  reduceOnPlateau,
  stepDecay,
} from '../../../optimizers/index.js';
import type { Comparison } from './problem.js';

const lr = 0.01;

/** What the names in the file stand for; it holds the values only. */
const schedules: Readonly<Record<string, Schedule>> = {
  step: stepDecay({ lr, factor: 0.1, every: 3 }),
  exponential: exponential({ lr, factor: 0.96 }),
  cosine: cosine({ lr, steps: 10 }),
  cosine_min: cosine({ lr, steps: 10, min: 1e-4 }),
  multistep: multiStep({ lr, factor: 0.5, milestones: [2, 5] }),
  linear_warmup: linearWarmup({ lr, factor: 0.1, steps: 4 }),
  warm_restarts: cosineRestarts({ lr, steps: 4, growth: 2 }),
  polynomial: polynomial({ lr, steps: 8, power: 2 }),
  one_cycle: oneCycle({ lr: 0.05, steps: 12 }),
};

interface Plateau {
  readonly metrics: readonly number[];
  readonly factor: number;
  readonly patience: number;
  readonly lr: readonly number[];
}

export function checkSchedule(name: string, golden: unknown, { check }: Comparison): void {
  if (name === 'reduce_on_plateau') {
    const { metrics, factor, patience, lr: expected } = golden as Plateau;
    const controller = reduceOnPlateau({ factor, patience });
    let state = controller.start(lr);
    const ours = metrics.map((loss) => {
      const { lr: present } = state;
      state = controller.next(state, { loss });
      return present;
    });
    check('lr', ours, expected);
  } else if (Object.hasOwn(schedules, name)) {
    const expected = golden as readonly number[];
    check(
      'lr',
      expected.map((_, t) => schedules[name](tensor(t, { dtype: 'float64' }))),
      expected,
    );
  } else throw new Error(`there is no schedule '${name}'`);
}
