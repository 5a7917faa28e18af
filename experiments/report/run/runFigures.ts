/** Every picture of a run, from what its folder holds. */
import { UsageError } from '../../../engine/core/errors.js';
import { sweepsOf, trainingsOf } from '../../runner/results/measures.js';
import type { Results } from '../../runner/results/results.js';
import type { RunData, SearchRecord } from '../../runner/record/runData.js';
import { fileName } from '../../files/fileName.js';
import type { Measure, StudyConfig } from '../../studies/config.js';
import type { Protocol } from '../../tasks/splits.js';
import type { StudyDefinition } from '../../studies/study.js';
import { pedAnova } from '../../tuning/index.js';
import type { Axis } from '../draw/axes.js';
import { addReproductionFigures } from './reproductionFigures.js';
import { comparedArms, comparison } from '../charts/comparison.js';
import { type Difference, differences } from '../charts/differences.js';
import type { AddFigure, MissingFigure, RunFigure } from './runFigure.js';
import { parameterImportances } from '../charts/importances.js';
import { type CurveArm, learningCurves } from '../charts/learningCurves.js';
import { curveArms } from '../charts/measurement.js';
import { optimizationHistory } from '../charts/optimizationHistory.js';
import { sweep } from '../charts/sweep.js';

const loss: Axis = { title: 'test cross-entropy', unit: 'nats' };

/** How extra metrics are drawn; others have a linear axis and their own name. */
const extras: Readonly<Record<string, Axis>> = {
  lr: { title: 'learning rate', scale: 'log' },
  beta1: { title: 'beta1, mean over the epoch' },
  alpha: { title: 'alpha, mean over the epoch' },
  gateGradientNorm: { title: "norm of the gate's gradient, mean over the epoch", scale: 'log' },
  hypergradientNorm: { title: 'size of the hypergradient, mean over the epoch', scale: 'log' },
};

/** The pictures that can be drawn of what there is, and those that cannot, so that one of them never costs the others. */
export function runFigures(
  study: StudyDefinition,
  data: RunData,
  results: Results,
): { readonly figures: readonly RunFigure[]; readonly missing: readonly MissingFigure[] } {
  const figures: RunFigure[] = [];
  const missing: MissingFigure[] = [];
  const add: AddFigure = (file, part, draw) => {
    try {
      figures.push({ file, part, figure: draw() });
    } catch (error) {
      if (!(error instanceof UsageError)) throw error;
      missing.push({ file, reason: error.message });
    }
  };
  addClaimFigures(study, data, results, add);
  addTrainingFigures(study, data, add);
  addSearchFigures(study, data, add);
  addReproductionFigures(study, data, results, add);
  return { figures, missing };
}

const reported: Readonly<Record<Protocol, string>> = {
  clean: 'untouched test split',
  seed: 'test split, on which the arms were also tuned',
};

const measuredOn = ({ protocol, samples }: StudyConfig): string =>
  `${samples} samples; measured on the ${reported[protocol]}`;

function conditions(config: StudyConfig): string {
  const { trials, searches } = config;
  const budget = searches === 1 ? `${trials} trials` : `${trials} trials in each of ${searches} searches`;
  return `${measuredOn(config)}; each arm at its best of ${budget}`;
}

/** What differences of a measure are in; claims of one unit share a picture. */
function unitOf({ kind, ...measure }: Measure): { readonly file: string; readonly axis: Axis } {
  if (kind === 'metric') {
    const { metric } = measure as { readonly metric: string };
    if (metric === 'loss')
      return { file: 'claims', axis: { title: 'difference in test cross-entropy', unit: 'nats' } };
    return { file: `claims-of-${fileName(metric)}`, axis: { title: `difference in ${metric}` } };
  }
  return { file: `claims-${kind}`, axis: units[kind] };
}

const units: Readonly<Record<Exclude<Measure['kind'], 'metric'>, Axis>> = {
  epochsToReach: { title: 'difference in epochs' },
  epochsToLoss: { title: 'difference in epochs' },
  secondsToLoss: { title: 'difference in time', unit: 's' },
  logTuned: { title: 'log of the ratio' },
  logSpread: { title: 'log of the ratio of spreads' },
  area: { title: 'difference in mean test cross-entropy over the sweep', unit: 'nats' },
};

function addClaimFigures(
  study: StudyDefinition,
  { config }: RunData,
  { claims }: Results,
  add: AddFigure,
): void {
  const byFile = new Map<string, { readonly axis: Axis; readonly rows: Difference[] }>();
  for (const { id, arm, test, margin, measure, comparisons } of claims) {
    if (test === 'lowerThroughout') continue;
    const { file, axis } = unitOf(measure);
    const { rows } = byFile.get(file) ?? byFile.set(file, { axis, rows: [] }).get(file)!;
    for (const { against, adjusted, difference, level, differences: values, verdict } of comparisons) {
      const estimate = adjusted ?? difference;
      if (estimate === null) continue;
      const { mean: point, low, high } = estimate;
      rows.push({ name: `${id}: ${arm} − ${against}`, point, low, high, level, values, margin, verdict });
    }
  }
  const heading = { title: `${study.title}: the claims`, subtitle: conditions(config) };
  for (const [file, { axis, rows }] of byFile)
    if (rows.length > 0) add(file, 'claims', () => differences({ ...heading, x: axis, differences: rows }));
}

/** A learning rate that is learned as it is may go below zero, which a log axis cannot show. */
function showingNegative({ title, unit, ...axis }: Axis, arms: readonly CurveArm[]): Axis {
  const isNegative = arms.some(({ runs }) => runs.some(({ y }) => y.some((value) => value < 0)));
  return { title, ...(unit !== undefined && { unit }), ...(!isNegative && axis) };
}

function addTrainingFigures(study: StudyDefinition, data: RunData, add: AddFigure): void {
  const { config } = data;
  const subtitle = conditions(config);
  const studyArms = Object.keys(config.arms);
  const arms = studyArms.filter((arm) => trainingsOf(data, arm).length > 0);
  const curves = (metric: string, names: readonly string[]) =>
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
  const draw = (file: string, title: string, metric: string, y: Axis, names: readonly string[]): void => {
    const drawn = curves(metric, names);
    const heading = { title: `${study.title}: ${title}`, subtitle, studyArms };
    add(file, 'training', () =>
      learningCurves({ ...heading, x: { title: 'epoch' }, y: showingNegative(y, drawn), arms: drawn }),
    );
  };

  if (arms.length > 0) {
    const claimed = claimedArms(config);
    const main = arms.filter((arm) => claimed.has(arm));
    if (main.length > 0) draw('curves', 'loss during training', 'loss', { ...loss, scale: 'log' }, main);
    if (main.length < arms.length)
      draw('curves-all', 'loss during training, all arms', 'loss', { ...loss, scale: 'log' }, arms);
    draw(
      'training-curves',
      'training loss',
      'trainLoss',
      { title: 'training cross-entropy', unit: 'nats', scale: 'log' },
      arms,
    );
    draw('accuracy', 'accuracy during training', 'accuracy', { title: 'test accuracy' }, arms);
    const finals = arms.flatMap((arm) =>
      trainingsOf(data, arm).map(({ seed, epochs }) => ({ arm, seed, value: epochs.at(-1)?.loss ?? NaN })),
    );
    add('comparison', 'training', () =>
      comparison({
        title: `${study.title}: the final loss`,
        subtitle,
        x: loss,
        estimate: 'mean of the seeds with its 95 % interval',
        studyArms,
        arms: comparedArms(arms, finals),
      }),
    );
  }
  const metrics = new Set(data.trained.flatMap(({ epochs }) => Object.keys(epochs[0] ?? {})));
  for (const metric of ['trainLoss', 'loss', 'accuracy']) metrics.delete(metric);
  for (const metric of metrics) {
    const having = arms.filter((arm) =>
      trainingsOf(data, arm).some(({ epochs }) => Object.hasOwn(epochs[0] ?? {}, metric)),
    );
    const axis = Object.hasOwn(extras, metric) ? extras[metric] : { title: metric };
    if (having.length > 0)
      draw(
        `evolution-${fileName(metric)}`,
        `${axis.title.split(',')[0]} during training`,
        metric,
        axis,
        having,
      );
  }
  const swept = Object.entries(config.arms).filter(
    ([arm, one]) => one.sweep !== undefined && sweepsOf(data, arm).size > 0,
  );
  const isPositive = swept.every(([, one]) => one.sweep!.values.every((value) => value > 0));
  if (swept.length > 0)
    add('sweep', 'training', () =>
      sweep({
        title: `${study.title}: the final loss over ${swept[0][1].sweep!.parameter}`,
        subtitle: measuredOn(config),
        x: { title: swept[0][1].sweep!.parameter, ...(isPositive && { scale: 'log' }) },
        y: { ...loss, scale: 'log' },
        studyArms,
        arms: swept.map(([arm]) => arm),
        measurements: swept.flatMap(([arm]) =>
          [...sweepsOf(data, arm)].flatMap(([seed, points]) =>
            points.map(({ value: at, loss: value }) => ({ arm, seed, at, value })),
          ),
        ),
      }),
    );
}

/** The arms that claims are about; the others have pictures of their own, so that none of them hides these. */
const claimedArms = ({ claims }: StudyConfig): ReadonlySet<string> =>
  new Set(claims.flatMap(({ arm, against }) => [arm, ...against]));

function addSearchFigures(study: StudyDefinition, { config, searches }: RunData, add: AddFigure): void {
  const first = searches.filter(({ search, study: { trials } }) => search === 0 && trials.some(isComplete));
  const draw = (file: string, shown: readonly SearchRecord[]): void => {
    const values = shown.flatMap(({ study: { trials } }) => trials.map(({ value }) => value));
    // A loss of 0 is none for a log axis.
    const isPositive = values.every((value) => value === null || value > 0 || Number.isNaN(value));
    add(file, 'search', () =>
      optimizationHistory({
        title: `${study.title}: the search`,
        subtitle: `${config.sampler === 'tpe' ? 'TPE' : 'random search'}, ${config.trials} trials for each arm; the first search of each`,
        direction: 'minimize',
        y: { title: 'tuning cross-entropy', unit: 'nats', ...(isPositive && { scale: 'log' }) },
        studyArms: Object.keys(config.arms),
        arms: shown.map(({ arm, study: { trials } }) => ({
          name: arm,
          trials: trials.map(({ value }, number) => ({ number, value })),
        })),
      }),
    );
  };
  const claimed = claimedArms(config);
  const main = first.filter(({ arm }) => claimed.has(arm));
  if (main.length > 0) draw('search', main);
  if (main.length < first.length) draw('search-all', first);
  for (const { arm, study: record } of first)
    if (Object.keys(config.arms[arm].space).length > 1 && record.trials.filter(isComplete).length > 9)
      add(`importances-${fileName(arm)}`, 'search', () =>
        parameterImportances({
          title: `${study.title}: what mattered for ${arm}`,
          subtitle: `${config.trials} trials of the first search`,
          importances: pedAnova(record),
        }),
      );
}

const isComplete = ({ state }: { readonly state: string }): boolean => state === 'complete';
