/** The pictures of searches. */
import { fileName } from '../../../files/fileName.js';
import type { RunData } from '../../../runner/record/runData.js';
import type { StudyDefinition } from '../../../studies/study.js';
import { objectiveOf } from '../../../tasks/task.js';
import { pedAnova } from '../../../tuning/index.js';
import { parameterImportances } from '../../charts/search/importances.js';
import { optimizationHistory } from '../../charts/search/optimizationHistory.js';
import { armGroups } from './armGroups.js';
import { lossScale, metricAxis } from '../common/metrics.js';
import type { AddFigure } from './runFigure.js';

/** Adds the histories of the first searches, and the importances of their parameters. */
export function addSearchFigures(
  study: StudyDefinition,
  { config, searches, metrics }: RunData,
  add: AddFigure,
): void {
  const first = new Map(
    searches
      .filter(({ search, study: { trials } }) => search === 0 && trials.some(isComplete))
      .map(({ arm, study: record }) => [arm, record]),
  );
  const tunedBy = metrics[objectiveOf(metrics)];
  const sampler = config.sampler === 'tpe' ? 'TPE' : 'random search';
  for (const group of armGroups(config, [...first.keys()], { apart: true })) {
    const all = group.arms.flatMap((name) => first.get(name)!.trials);
    const pruned = all.filter(({ state }) => state === 'pruned').length;
    // The value of a pruned trial is that of the epoch at which it ended, and no final one.
    const shown = group.arms.map((name) => ({
      name,
      trials: first
        .get(name)!
        .trials.flatMap(({ state, value }, number) => (state === 'pruned' ? [] : [{ number, value }])),
    }));
    const values = shown.flatMap(({ trials }) => trials.map(({ value }) => value));
    add(
      `search${group.file}`,
      'search',
      () =>
        optimizationHistory({
          title: `${study.title}: the search${group.title}`,
          subtitle: `${sampler}, ${config.trials} trials for each arm; the first search of each${pruned === 0 ? '' : `, without ${pruned} pruned trials`}`,
          direction: first.get(group.arms[0])!.direction,
          y: { ...metricAxis('tuning', tunedBy), ...lossScale(tunedBy, values) },
          studyArms: Object.keys(config.arms),
          arms: shown,
        }),
      group.folded,
    );
  }
  for (const [arm, record] of first)
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
