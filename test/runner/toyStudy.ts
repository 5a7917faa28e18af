/** A study whose trainings are formulas: fast, and every number of it is known. */
import { z } from 'zod';
import { makeSplit } from '../../data/index.js';
import { Generator, fromTypedArray } from '../../engine/index.js';
import { type Interrupt, InterruptedError } from '../../experiments/runner/terminal/interrupt.js';
import { configOf } from '../../experiments/runner/configuration/overrides.js';
import type { Overrides, StudyConfig } from '../../experiments/studies/config.js';
import { type Program, program } from '../../experiments/studies/program.js';
import { type StudyDefinition, defineStudy } from '../../experiments/studies/study.js';
import type { TrainingRun } from '../../experiments/studies/program.js';
import { classifier } from '../../experiments/tasks/perceptron.js';
import { defineTask } from '../../experiments/tasks/task.js';

const tuned = {
  role: 'control',
  program: 'parabola',
  space: { lr: { low: 1e-5, high: 1e-1, log: true } },
} as const;

/** The settings of its programs; `loss` does nothing. */
export const toySettings = z.strictObject({ lr: z.number(), loss: z.number().exactOptional() });

/** The loss falls to (log10 lr + 3)^2 and what the seed adds. */
const lossOf = (lr: number, seed: number, epoch: number): number =>
  (Math.log10(lr) + 3) ** 2 + 1 / epoch + 0.1 * new Generator(seed).uniform(1)[0];

/** A toy study; `seen` is called for every training that begins. */
export function toyStudy(seen: (run: TrainingRun) => void = () => undefined): StudyDefinition {
  const formula = (lrOf: (lr: number, run: TrainingRun) => number): Program =>
    program(toySettings, function* (run, settings) {
      seen(run);
      const lr = lrOf(settings.lr, run);
      for (let epoch = 1; epoch <= run.epochs; epoch++) {
        const loss = lossOf(lr, run.seed, epoch);
        yield { trainLoss: loss, loss, accuracy: 1 / (1 + loss), lr };
      }
      return undefined;
    });
  return defineStudy({
    name: 'toy',
    title: 'A toy',
    summary: 'formulas against formulas',
    presets: {
      full: {
        protocol: 'clean',
        task: { samples: 50 },
        batchSize: 4,
        epochs: { tune: 2, final: 3 },
        trials: 4,
        searches: 2,
        seeds: 3,
        reproductions: 2,
        seed: 0,
        sampler: 'tpe',
        arms: {
          plain: { ...tuned, description: 'tuned' },
          follower: {
            ...tuned,
            program: 'following',
            uses: ['plain'],
            description: 'looks up what plain has',
          },
          halved: { ...tuned, space: {}, program: 'halved', tunedAs: 'plain', description: 'at half of it' },
          swept: {
            ...tuned,
            space: {},
            sweep: { parameter: 'lr', values: [1e-4, 1e-3, 1e-2] },
            description: 'at three learning rates',
          },
        },
        claims: [
          {
            id: 'T1',
            statement: 'half is worse',
            arm: 'halved',
            against: ['plain'],
            measure: { kind: 'metric', metric: 'loss' },
            test: 'higher',
            margin: 0.01,
          },
        ],
      },
      quick: { trials: 2 },
    },
    task: defineTask(z.strictObject({ samples: z.int().min(20) }), ({ samples }) => {
      const rows = (count: number) =>
        [fromTypedArray(new Float32Array(count), [count, 1]), fromTypedArray(new Int32Array(count))] as const;
      const data = { train: makeSplit('train', ...rows(samples - 10)), test: makeSplit('test', ...rows(10)) };
      return { ...classifier({ sizes: [1, 2] }), data };
    }),
    programs: () => ({
      parabola: formula((lr) => lr),
      following: formula((lr, { tuned }) => Math.sqrt(lr * tuned('plain', toySettings).lr)),
      halved: formula((lr) => lr / 2),
    }),
    reproductions: () => ({
      constant: {
        defects: ['it always says the same'],
        figures: [{ name: 'seven', description: 'seven', stated: 7, reference: [7, 7] }],
        epochs: 2,
        async *program({ seed }) {
          yield await Promise.resolve(null);
          yield null;
          return { figures: { seven: 7 }, series: { seed: [seed % 1000, 1] } };
        },
      },
    }),
  });
}

/** Its full preset with something changed. */
export const toyConfig = (...changes: Overrides[]): StudyConfig =>
  configOf('toy', toyStudy().presets.full, changes);

/** Ctrl-C at the given pause, or never. */
export function interruptAt(pauses = Infinity): Interrupt {
  let count = 0;
  return {
    signal: new AbortController().signal,
    pause: () => (++count === pauses ? Promise.reject(new InterruptedError('SIGINT')) : Promise.resolve()),
    dispose: () => undefined,
  };
}
