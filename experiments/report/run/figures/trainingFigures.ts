/** The pictures of trainings on fresh seeds. */
import { fileName } from '../../../files/fileName.js';
import { sweepsOf } from '../../../runner/results/measures/sweeps.js';
import { trainingsOf } from '../../../runner/results/measures/trainings.js';
import type { RunData } from '../../../runner/record/runData.js';
import type { StudyDefinition } from '../../../studies/study.js';
import { type MetricInfo, objectiveOf, watchedMetric } from '../../../tasks/task.js';
import { comparedArms, comparison } from '../../charts/training/comparison.js';
import { type CurveArm, learningCurves } from '../../charts/training/learningCurves.js';
import { curveArms } from '../../charts/training/measurement.js';
import { sweep } from '../../charts/training/sweep.js';
import type { Axis } from '../../draw/axes.js';
import { armGroups } from './armGroups.js';
import { conditions, measuredOn } from '../common/conditions.js';
import { lossScale, metricAxis } from '../common/metrics.js';
import type { AddFigure } from './runFigure.js';

/** The axes of known extra metrics; others have a linear axis with their name. */
const extras: Readonly<Record<string, Axis>> = {
  lr: { title: 'learning rate', scale: 'log' },
  beta1: { title: 'beta1, mean over the epoch' },
  alpha: { title: 'alpha, mean over the epoch' },
  beta1Spread: { title: 'deviation of beta1, over the steps of an epoch' },
  alphaSpread: { title: 'deviation of alpha, over the steps of an epoch' },
  gateGradientNorm: { title: "norm of the gate's gradient, mean over the epoch", scale: 'log' },
  hypergradientNorm: { title: 'size of the hypergradient, mean over the epoch', scale: 'log' },
};

/** An axis without its log scale if a value is negative, as a learned learning rate may be. */
function showingNegative({ title, unit, ...axis }: Axis, arms: readonly CurveArm[]): Axis {
  const isNegative = arms.some(({ runs }) => runs.some(({ y }) => y.some((value) => value < 0)));
  return { title, ...(unit !== undefined && { unit }), ...(!isNegative && axis) };
}

/** Adds the pictures of trainings: curves, final values, extra metrics and sweeps. */
export function addTrainingFigures(study: StudyDefinition, data: RunData, add: AddFigure): void {
  const { config } = data;
  const studyArms = Object.keys(config.arms);
  const arms = studyArms.filter((arm) => trainingsOf(data, arm).length > 0);
  const metrics = Object.entries(data.metrics);
  const [[tuned, tunedBy]] = metrics;
  const subtitle = conditions(config);
  const draw = (file: string, title: string, metric: string, y: Axis, names: readonly string[]): void => {
    for (const group of armGroups(config, names, { apart: file === 'curves' })) {
      const drawn = curvesOf(data, metric, group.arms);
      const heading = { title: `${study.title}: ${title}${group.title}`, subtitle, studyArms };
      add(
        `${file}${group.file}`,
        'training',
        () =>
          learningCurves({ ...heading, x: { title: 'epoch' }, y: showingNegative(y, drawn), arms: drawn }),
        group.folded,
      );
    }
  };

  if (arms.length > 0) {
    const [lossAxis, ...others] = metrics.map(([, metric]) => metricAxis('test', metric));
    // The training loss is the objective only if that is called `loss`.
    const descended: MetricInfo = tuned === 'loss' ? tunedBy : { title: 'loss', better: 'lower' };
    const trainAxis = metricAxis('training', descended);
    draw('curves', `${tunedBy.title} during training`, tuned, { ...lossAxis, ...lossScale(tunedBy) }, arms);
    draw('training-curves', `training ${descended.title}`, 'trainLoss', { ...trainAxis, scale: 'log' }, arms);
    metrics.slice(1).forEach(([name, { title }], i) => {
      draw(fileName(name), `${title} during training`, name, others[i], arms);
    });
    for (const group of armGroups(config, arms)) {
      const finals = group.arms.flatMap((arm) =>
        trainingsOf(data, arm).map(({ seed, epochs }) => ({
          arm,
          seed,
          value: epochs.at(-1)?.[tuned] ?? NaN,
        })),
      );
      add(
        `comparison${group.file}`,
        'training',
        () =>
          comparison({
            title: `${study.title}: the final ${tunedBy.title}${group.title}`,
            subtitle,
            x: lossAxis,
            estimate: 'mean of the seeds with its 95 % interval',
            studyArms,
            arms: comparedArms(group.arms, finals),
          }),
        group.folded,
      );
    }
  }
  const extra = new Set(data.trained.flatMap(({ epochs }) => Object.keys(epochs[0] ?? {})));
  for (const name of ['trainLoss', watchedMetric, ...metrics.map(([metric]) => metric)]) extra.delete(name);
  for (const metric of extra) {
    const having = arms.filter((arm) =>
      trainingsOf(data, arm).some(({ epochs }) => Object.hasOwn(epochs[0] ?? {}, metric)),
    );
    const axis = Object.hasOwn(extras, metric) ? extras[metric] : { title: metric };
    const title = `${axis.title.split(',')[0]} during training`;
    draw(`evolution-${fileName(metric)}`, title, metric, axis, having);
  }
  addSweepFigures(study, data, add);
}

const curvesOf = (data: RunData, metric: string, names: readonly string[]): CurveArm[] =>
  curveArms(
    names,
    names.flatMap((arm) =>
      trainingsOf(data, arm).flatMap(({ seed, epochs }) =>
        epochs.flatMap((epoch, i) =>
          Object.hasOwn(epoch, metric) ? [{ arm, seed, at: i + 1, value: epoch[metric] }] : [],
        ),
      ),
    ),
  );

function addSweepFigures(study: StudyDefinition, data: RunData, add: AddFigure): void {
  const { config } = data;
  const swept = Object.keys(config.arms).filter(
    (arm) => config.arms[arm].sweep !== undefined && sweepsOf(data, arm).size > 0,
  );
  const tunedBy = data.metrics[objectiveOf(data.metrics)];
  for (const group of armGroups(config, swept)) {
    const sweeps = group.arms.map((arm) => config.arms[arm].sweep!);
    const isPositive = sweeps.every(({ values }) => values.every((value) => value > 0));
    const [{ parameter }] = sweeps;
    const measurements = group.arms.flatMap((arm) =>
      [...sweepsOf(data, arm)].flatMap(([seed, points]) =>
        points.map(({ value: at, result: value }) => ({ arm, seed, at, value })),
      ),
    );
    const results = measurements.map(({ value }) => value);
    add(
      `sweep${group.file}`,
      'training',
      () =>
        sweep({
          title: `${study.title}: the final ${tunedBy.title} over ${parameter}${group.title}`,
          subtitle: measuredOn(config),
          x: { title: parameter, ...(isPositive && { scale: 'log' }) },
          y: { ...metricAxis('test', tunedBy), ...lossScale(tunedBy, results) },
          studyArms: Object.keys(config.arms),
          arms: group.arms,
          measurements,
        }),
      group.folded,
    );
  }
}
