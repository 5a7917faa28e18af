import { curvesBySeed } from '../runner/results.js';
import type { FinishedRun } from '../runner/run.js';
import type { Protocol, StudyDefinition, StudyConfig } from '../studies/study.js';
import { comparison } from './comparison.js';
import { type Figure, writeFigure } from './figure.js';
import { learningCurves } from './learningCurves.js';
import { optimizationHistory } from './optimizationHistory.js';

/** Draws what a run measured, each picture as PNG and SVG in its folder; returns the PNGs. What is not there is left out. */
export async function drawPictures(
  study: StudyDefinition,
  config: StudyConfig,
  run: FinishedRun,
): Promise<string[]> {
  const pictures: string[] = [];
  const draw = async (name: string, figure: Figure): Promise<void> => {
    pictures.push((await writeFigure(figure, run.record.path(name))).png);
  };
  const { trials, epochs } = run.measurements;
  if (epochs.some(({ phase }) => phase === 'final')) await draw('curves', curves(study, config, run));
  if (run.results.arms.some(({ finals }) => finals.length > 0))
    await draw('comparison', finals(study, config, run));
  if (trials.some(({ state }) => state === 'complete')) await draw('search', search(study, config, run));
  return pictures;
}

const reported: Readonly<Record<Protocol, string>> = {
  clean: 'untouched test split',
  seed: 'test split, on which the arms were also tuned',
};

const loss = { title: 'cross-entropy', unit: 'nats' } as const;

function conditions({ protocol, samples, trials }: StudyConfig): string {
  return `${samples} samples; loss on the ${reported[protocol]}; each arm at its best of ${trials} learning rates`;
}

function curves(study: StudyDefinition, config: StudyConfig, { results, measurements }: FinishedRun): Figure {
  const arms = results.arms.map(({ arm }) => ({
    name: arm,
    runs: [...curvesBySeed(arm, measurements.epochs).values()].map((rows) => ({
      x: rows.map(({ epoch }) => epoch),
      y: rows.map(({ metrics }) => metrics.loss),
    })),
  }));
  return learningCurves({
    title: study.title,
    subtitle: conditions(config),
    x: { title: 'epoch' },
    y: loss,
    arms: arms.filter(({ runs }) => runs.length > 0),
  });
}

function finals(study: StudyDefinition, config: StudyConfig, { results }: FinishedRun): Figure {
  return comparison({
    title: `${study.title}: loss after ${config.epochs} epochs`,
    subtitle: conditions(config),
    x: loss,
    estimate: 'mean of the seeds with its 95 % interval',
    arms: results.arms.flatMap(({ arm, loss: estimate, finals: seeds }) =>
      estimate === null
        ? []
        : [
            {
              name: arm,
              point: estimate.mean,
              low: estimate.low,
              high: estimate.high,
              values: seeds.map((s) => s.loss),
            },
          ],
    ),
  });
}

function search(study: StudyDefinition, config: StudyConfig, { results, measurements }: FinishedRun): Figure {
  const arms = results.arms.map(({ arm }) => ({
    name: arm,
    trials: measurements.trials
      .filter((trial) => trial.arm === arm)
      .map(({ trial, loss: value }) => ({ number: trial, value })),
  }));
  return optimizationHistory({
    title: `${study.title}: the search for learning rates`,
    subtitle: `random search, ${config.trials} trials for each arm at the same learning rates`,
    direction: 'minimize',
    y: { ...loss, title: 'tuning loss', scale: 'log' },
    arms: arms.filter(({ trials }) => trials.length > 0),
  });
}
