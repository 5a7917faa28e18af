/** The pictures of all searches together: the objective over each parameter, and tuned values against their ranges. */
import { fileName } from '../../files/fileName.js';
import type { RunData } from '../../runner/record/runData.js';
import type { SearchRange } from '../../studies/config.js';
import type { StudyDefinition } from '../../studies/study.js';
import { objectiveOf } from '../../tasks/task.js';
import { bestOf } from '../../tuning/log/records.js';
import { type ScatterArm, searchScatter } from '../charts/searchScatter.js';
import { tunedBounds } from '../charts/tunedBounds.js';
import { armGroups } from './armGroups.js';
import { lossScale, metricAxis } from './metrics.js';
import type { AddFigure } from './runFigure.js';

/** Adds the objective over each parameter that is searched in a range, and the best of each search within that range. */
export function addTuningFigures(study: StudyDefinition, data: RunData, add: AddFigure): void {
  const { config, searches } = data;
  const ranges = Object.entries(config.arms).flatMap(([arm, { space }]) =>
    Object.entries(space).flatMap(([parameter, range]) =>
      'choices' in range || searches.every((search) => search.arm !== arm)
        ? []
        : [{ arm, parameter, ...range }],
    ),
  );
  const parameters = [...new Set(ranges.map(({ parameter }) => parameter))];
  const arms = [...new Set(ranges.map(({ arm }) => arm))];
  const subtitle = `${config.trials} trials in ${config.searches === 1 ? 'one search' : `each of ${config.searches} searches`}`;
  for (const group of armGroups(config, arms, { apart: true }))
    add(
      `tuned-bounds${group.file}`,
      'search',
      () =>
        tunedBounds({
          title: `${study.title}: tuned values against the bounds of their ranges${group.title}`,
          subtitle,
          parameters: ranges
            .filter(({ arm }) => group.arms.includes(arm))
            .map((range) => ({
              ...{
                name: `${range.arm}: ${range.parameter}`,
                low: range.low,
                high: range.high,
                log: range.log,
              },
              values: tunedValues(data, range.arm, range.parameter),
            })),
        }),
      group.folded,
    );
  const objective = data.metrics[objectiveOf(data.metrics)];
  parameters.forEach((parameter, i) => {
    const ofParameter = ranges.filter((range) => range.parameter === parameter);
    const searching = ofParameter.map(({ arm }) => arm);
    for (const group of armGroups(config, searching, { apart: true })) {
      const scattered = group.arms.map((arm) =>
        scatterOf(
          data,
          arm,
          parameter,
          ofParameter.find((range) => range.arm === arm)!,
        ),
      );
      const values = scattered.flatMap(({ trials }) => trials.map(({ y }) => y));
      const isLog = ofParameter.every(({ low, log }) => log && low > 0);
      add(
        `trials-${fileName(parameter)}${group.file}`,
        'search',
        () =>
          searchScatter({
            title: `${study.title}: the tuning ${objective.title} over ${parameter}${group.title}`,
            subtitle,
            x: { title: parameter, ...(isLog && { scale: 'log' }) },
            y: { ...metricAxis('tuning', objective), ...lossScale(objective, values) },
            direction: objective.better === 'higher' ? 'maximize' : 'minimize',
            studyArms: Object.keys(config.arms),
            arms: scattered,
          }),
        group.folded ?? (i === 0 ? undefined : `the tuning ${objective.title} over ${parameter}`),
      );
    }
  });
}

/** The value of a parameter in the best trial of each search of an arm. */
function tunedValues({ searches }: RunData, arm: string, parameter: string): number[] {
  return searches.flatMap(({ arm: searched, study }) => {
    const value = searched === arm ? bestOf(study.direction, study.trials)?.params[parameter] : undefined;
    return typeof value === 'number' ? [value] : [];
  });
}

/** All trials of an arm but those that were pruned: the value of such a one is that of the epoch at which it ended. */
function scatterOf(
  { searches }: RunData,
  arm: string,
  parameter: string,
  { low, high }: Exclude<SearchRange, { readonly choices: unknown }>,
): ScatterArm {
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
