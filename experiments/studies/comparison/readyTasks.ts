/** The ready tasks of a comparison: small, of different nature, and drawn by a generator instead of downloaded. */
import type { MlpParams } from '../../../engine/nn/index.js';
import { perceptron } from '../../tasks/perceptron.js';
import { spirals } from '../../tasks/spirals.js';
import type { TaskDefinition } from '../../tasks/task.js';
import { teacher } from '../../tasks/teacher.js';
import type { ConfigInput } from '../config.js';

/** A task with its settings, and the least difference in loss that matters on it. */
export interface ReadyTask {
  readonly title: string;
  readonly task: TaskDefinition<MlpParams>;
  readonly settings: NonNullable<ConfigInput['task']>;
  readonly batchSize: number;
  readonly epochs: number;
  readonly margin: number;
}

export const readyTasks = {
  mnist1d: {
    title: 'MNIST-1D',
    task: perceptron,
    settings: { samples: 4000, sizes: [40, 100, 10] },
    batchSize: 64,
    epochs: 20,
    margin: 0.02,
  },
  spirals: {
    title: 'three spirals',
    task: spirals,
    settings: { samples: 1500, noise: 0.05, hidden: [32, 32] },
    batchSize: 32,
    epochs: 30,
    margin: 0.02,
  },
  teacher: {
    title: 'a noisy teacher',
    task: teacher,
    settings: { samples: 2000, noise: 0.3, smallest: 0.1, hidden: [64] },
    batchSize: 32,
    epochs: 30,
    margin: 0.01,
  },
} as const satisfies Readonly<Record<string, ReadyTask>>;

export type ReadyTaskName = keyof typeof readyTasks;

export const readyTaskNames = Object.keys(readyTasks) as readonly ReadyTaskName[];
