/** What `runStudy` refuses, with which words. */
import { describe, expect, test, vi } from 'vitest';
import { tensor } from '../../engine/index.js';
import { runStudy } from '../../experiments/runner/run.js';
import type { StudyConfig } from '../../experiments/studies/config.js';
import { program } from '../../experiments/studies/program.js';
import type { StudyDefinition } from '../../experiments/studies/study.js';
import { interruptAt, toyConfig, toySettings, toyStudy } from '../runner/toyStudy.js';
import { capturePrints } from './commandLine.js';
import { keeping, resume, root, run, small, withFolder } from './toyFolders.js';

vi.mock('../../experiments/report/draw/figure.js', async (original) =>
  (await import('./drawnFigures.js')).drawnFigures(() => original()),
);

capturePrints();

describe('runStudy refuses', () => {
  const given = (options: object) => run(toyConfig(small), options);

  test.each([
    [{ worker: 2 }, "runStudy: there is no option 'worker'. Did you mean 'workers'?"],
    [{ workers: 0 }, 'runStudy: workers must be an integer from 1 to 256; got the number 0.'],
    [
      { place: 'runs' },
      "runStudy: place must be {root: FOLDER}, {resume: FOLDER} or {resume: FOLDER, seeds: NUMBER}; got 'runs'.",
    ],
    [
      { place: undefined },
      'runStudy: needs place, {root: FOLDER}, {resume: FOLDER} or {resume: FOLDER, seeds: NUMBER}.',
    ],
    [{ interrupt: undefined }, 'runStudy: needs interrupt, what listenForInterrupt() returns.'],
    [
      { workers: 2 },
      "'toy' is neither a study of metagrad nor the path of a module; give the path of the module",
    ],
  ])('%j', async (options, message) => {
    await expect(given(options)).rejects.toThrow(message);
  });

  test('what is no study, and what is no configuration', async () => {
    const interrupt = interruptAt();
    const wrong = (study: object, config: object) =>
      runStudy(study as StudyDefinition, config as StudyConfig, { place: { root }, interrupt });
    await expect(wrong({}, toyConfig())).rejects.toThrow(
      "runStudy: the study's name must be a string, and is undefined",
    );
    await expect(wrong({ ...toyStudy(), task: {} }, toyConfig())).rejects.toThrow(
      "the study's task must be what defineTask(settings, make) returns",
    );
    await expect(wrong({ ...toyStudy(), reproduction: 1 }, toyConfig())).rejects.toThrow(
      "Did you mean 'reproductions'?",
    );
    await expect(wrong(toyStudy(), { ...toyConfig(), sed: 1 })).rejects.toThrow(
      `Unrecognized key: "sed". Did you mean 'seed'?`,
    );
  });

  test('to go on with another study or configuration', async () => {
    const folder = await withFolder();
    await expect(resume(folder, toyConfig(small, { seeds: 5 }))).rejects.toThrow(
      'a run goes on with the configuration that it began with, and this is another',
    );
    const other = { ...keeping(), name: 'other' };
    await expect(run(toyConfig(small), { place: { resume: folder } }, other)).rejects.toThrow(
      "the folder has a run of 'toy', and this is 'other'",
    );
  });

  test('what a program measured that is no number', async () => {
    const measuring = (metrics: unknown): StudyDefinition => ({
      ...toyStudy(),
      programs: () => ({
        parabola: program(toySettings, function* () {
          yield metrics as never;
          return undefined;
        }),
      }),
    });
    const config = toyConfig(small, { arms: { halved: null, swept: null }, claims: [] });
    await expect(run(config, {}, measuring({ trainLoss: 1 }))).rejects.toThrow(
      'run: a program measured in epoch 1 an object with trainLoss; yield {trainLoss, loss, accuracy, ...}, or null.',
    );
    await expect(run(config, {}, measuring({ trainLoss: 1, loss: 1 }))).rejects.toThrow(
      'run: a program measured in epoch 1 an object with trainLoss, loss; yield {trainLoss, loss, accuracy, ...}',
    );
    await expect(run(config, {}, measuring({ loss: 1, accuracy: tensor(1) }))).rejects.toThrow(
      "run: a program measured in epoch 1 a Tensor as 'accuracy'; yield numbers, as item() gives them.",
    );
  });

  test.each([
    [{ kind: 'metric', metric: 'acuracy' }, 'acuracy', 'accuracy'],
    [{ kind: 'metric', metric: 'LR' }, 'LR', 'lr'],
    [{ kind: 'epochsTo', values: [1], metric: 'los' }, 'los', 'loss'],
    [{ kind: 'epochsToReach', arm: 'plain', epochs: [1], metric: 'los' }, 'los', 'loss'],
  ])('a claim about a metric that nothing measures, %j', async (measure, metric, meant) => {
    const claims = [
      {
        ...{ id: 'C', statement: 'less', arm: 'fixed', against: ['plain'], measure },
        ...{ test: 'lower', margin: 0.1 },
      },
    ];
    const fixed = { description: '', role: 'control', program: 'parabola', settings: { lr: 1 } };
    const config = toyConfig(small, { arms: { halved: null, swept: null, fixed }, claims });
    await expect(run(config)).rejects.toThrow(
      `run: claim 'C' is about the metric '${metric}', which arm 'plain' does not measure; it measures ` +
        `trainLoss, loss, accuracy, lr. Did you mean '${meant}'?`,
    );
  });
});
