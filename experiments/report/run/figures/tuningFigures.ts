/** The pictures of all searches together: what more trials buy, the objective over each parameter, and tuned values against bounds. */
import { fileName } from '../../../files/fileName.js';
import type { BoundShare } from '../../../runner/results/bounds.js';
import type { Results } from '../../../runner/results/results.js';
import type { RunData } from '../../../runner/record/runData.js';
import type { StudyDefinition } from '../../../studies/study.js';
import { objectiveOf } from '../../../tasks/task.js';
import { bestOf } from '../../../tuning/log/records.js';
import { budgetCurves } from '../../charts/search/budgetCurves.js';
import { type ScatterArm, searchScatter } from '../../charts/search/searchScatter.js';
import { tunedBounds } from '../../charts/search/tunedBounds.js';
import { armGroups } from './armGroups.js';
import { measuredOn } from '../common/conditions.js';
import { lossScale, metricAxis } from '../common/metrics.js';
import type { AddFigure } from './runFigure.js';

/** Adds budget curves, the objective over each parameter that is searched in a range, and the best of each search in that range. */
export function addTuningFigures(
  study: StudyDefinition,
  data: RunData,
  { budgets, bounds }: Results,
  add: AddFigure,
): void {
  const { config, metrics } = data;
  const objective = metrics[objectiveOf(metrics)];
  const studyArms = Object.keys(config.arms);
  for (const group of groupsOf(data, budgets)) {
    const shown = budgets.filter(({ arm }) => group.arms.includes(arm));
    const values = shown.flatMap(({ points }) => points.flatMap(({ mean, low }) => [mean, low]));
    add(
      `budget${group.file}`,
      'search',
      () =>
        budgetCurves({
          title: `${study.title}: what more trials buy${group.title}`,
          subtitle: `${measuredOn(config)}; trials of ${config.epochs.tune} epochs, the best chosen on the tuning split`,
          y: { ...metricAxis('test', objective), ...lossScale(objective, values) },
          band: '95 % interval of the mean over searches',
          studyArms,
          arms: shown.map(({ arm: name, searches, points }) => ({ name, searches, points })),
        }),
      group.folded,
    );
  }
  const subtitle = `${config.trials} trials in ${config.searches === 1 ? 'one search' : `each of ${config.searches} searches`}`;
  for (const group of groupsOf(data, bounds))
    add(
      `tuned-bounds${group.file}`,
      'search',
      () =>
        tunedBounds({
          title: `${study.title}: tuned values against the bounds of their ranges${group.title}`,
          subtitle,
          parameters: bounds
            .filter(({ arm }) => group.arms.includes(arm))
            .map(({ arm, parameter, low, high, log, best: values }) => ({
              ...{ name: `${arm}: ${parameter}`, low, high, log, values },
            })),
        }),
      group.folded,
    );
  const parameters = [...new Set(bounds.map(({ parameter }) => parameter))];
  parameters.forEach((parameter, i) => {
    const ofParameter = bounds.filter((range) => range.parameter === parameter);
    const isLog = ofParameter.every(({ low, log }) => log && low > 0);
    const title = `the tuning ${objective.title} over ${parameter}`;
    for (const group of groupsOf(data, ofParameter)) {
      const arms = ofParameter
        .filter(({ arm }) => group.arms.includes(arm))
        .map((range) => scatterOf(data, range));
      const values = arms.flatMap(({ trials }) => trials.map(({ y }) => y));
      add(
        `trials-${fileName(parameter)}${group.file}`,
        'search',
        () =>
          searchScatter({
            title: `${study.title}: ${title}${group.title}`,
            subtitle,
            x: { title: parameter, ...(isLog && { scale: 'log' }) },
            y: { ...metricAxis('tuning', objective), ...lossScale(objective, values) },
            direction: objective.better === 'higher' ? 'maximize' : 'minimize',
            studyArms,
            arms,
          }),
        group.folded ?? (i === 0 ? undefined : title),
      );
    }
  });
}

const groupsOf = ({ config }: RunData, rows: readonly { readonly arm: string }[]) =>
  armGroups(config, [...new Set(rows.map(({ arm }) => arm))], { apart: true });

/** All trials of an arm but the pruned ones, whose values are those of the epochs at which they ended. */
function scatterOf({ searches }: RunData, { arm, parameter, low, high }: BoundShare): ScatterArm {
  const trials = searches
    .filter((search) => search.arm === arm)
    .flatMap(({ study }) => {
      const best = bestOf(study.direction, study.trials);
      return study.trials.flatMap((trial) => {
        const x = trial.params[parameter];
        const isOver = trial.state === 'complete' || trial.state === 'fail';
        return isOver && typeof x === 'number'
          ? [{ x, y: trial.value ?? NaN, best: trial.number === best?.number }]
          : [];
      });
    });
  return { name: arm, low, high, trials };
}
