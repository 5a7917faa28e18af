/** The pictures of how many seeds reached the thresholds of claims by each epoch. */
import type { Results } from '../../../runner/results/results.js';
import type { SurvivalCurve } from '../../../runner/results/survival.js';
import { isHigherBetter } from '../../../runner/results/measures/trainings.js';
import { titleOf } from '../../../runner/results/measures/words.js';
import type { RunData } from '../../../runner/record/runData.js';
import type { StudyDefinition } from '../../../studies/study.js';
import { survival } from '../../charts/claims/survival.js';
import { armGroups } from './armGroups.js';
import { conditions } from '../common/conditions.js';
import type { AddFigure } from './runFigure.js';

/** Adds a picture for each threshold; a page folds all but the first. */
export function addSurvivalFigures(
  study: StudyDefinition,
  data: RunData,
  { survival: curves }: Results,
  add: AddFigure,
): void {
  const { config } = data;
  // Several claims may have the same threshold for the same arms.
  const byWords = new Map(
    curves.map((curve) => [`${wordsOf(curve, data)}: ${curve.arms.map(({ arm }) => arm).join()}`, curve]),
  );
  [...byWords.values()].forEach((curve, i) => {
    const threshold = wordsOf(curve, data);
    const measured = curve.arms.filter(({ seeds }) => seeds > 0);
    for (const group of armGroups(
      config,
      measured.map(({ arm }) => arm),
    ))
      add(
        `survival${i === 0 ? '' : `-${i + 1}`}${group.file}`,
        'claims',
        () =>
          survival({
            title: `${study.title}: seeds that reached ${threshold}${group.title}`,
            subtitle: conditions(config),
            x: { title: 'epoch' },
            threshold,
            studyArms: Object.keys(config.arms),
            arms: measured
              .filter(({ arm }) => group.arms.includes(arm))
              .map(({ arm: name, seeds, reached }) => ({ name, seeds, reached })),
          }),
        group.folded ?? (i === 0 ? undefined : `seeds that reached ${threshold}`),
      );
  });
}

/** A threshold in words, as in `test cross-entropy ≤ 1.2`. */
function wordsOf({ metric, threshold }: SurvivalCurve, data: RunData): string {
  const title = titleOf(data.metrics, metric);
  if (typeof threshold === 'number')
    return `${title} ${isHigherBetter(data, metric) ? '≥' : '≤'} ${threshold}`;
  return `the ${title} of ${threshold.arm} after epoch ${threshold.epoch} (mean of the other seeds)`;
}
