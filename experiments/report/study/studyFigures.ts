import { isList, isNumber, isOneOf, isText } from '../../../engine/core/options.js';
import type { Importances } from '../../tuning/importance/importance.js';
import { bestOf, type StudyRecord, type TrialRecord } from '../../tuning/log/records.js';
import type { Figure } from '../draw/figure.js';
import { parameterImportances } from '../charts/search/importances.js';
import { intermediateValues } from '../charts/search/intermediateValues.js';
import { optimizationHistory } from '../charts/search/optimizationHistory.js';
import { parallelCoordinates } from '../charts/search/parallelCoordinates.js';
import { slice } from '../charts/search/slice.js';
import { isObject, isTexts, type PartKinds, readParts } from '../draw/parts.js';
import { checkTrials, suitableScale, worstFirst } from '../charts/search/trialValues.js';

const kinds: PartKinds<StudyRecord> = {
  required: {
    ...{ id: isNumber, name: isText, direction: isOneOf('minimize', 'maximize'), directions: isTexts },
    ...{ userAttributes: isObject, systemAttributes: isObject, trials: isList },
  },
  optional: {},
};

/** The pictures of a study by name, those for which it has trials. */
export function studyFigures(
  study: StudyRecord,
  importances: Importances | null = null,
): ReadonlyMap<string, Figure> {
  const { name, direction, trials } = readParts('studyFigures', study, kinds);
  checkTrials('studyFigures', trials);
  const best = bestOf(direction, trials);
  const bestText = best === null ? '' : `; best: ${formatValue(best.value!)} in trial ${best.number}`;
  const subtitle = `${countStates(trials)}, to ${direction}${bestText}`;
  const figures = new Map<string, Figure>();
  const scaledBy = (values: readonly number[]) => ({ title: 'value', scale: suitableScale(values) }) as const;
  const described = (title: string) => ({
    title: `${name}: ${title}`,
    subtitle,
    direction,
    y: scaledBy(valued.map(({ value }) => value)),
  });
  const picture = (title: string) => ({ ...described(title), trials });
  const valued = worstFirst(study);

  if (valued.length > 0) {
    const ended = trials.filter(({ state }) => state === 'complete' || state === 'fail');
    const arm = {
      name: 'complete or failed',
      trials: ended.map(({ number, value }) => ({ number, value })),
    };
    figures.set('history', optimizationHistory({ ...described('optimization history'), arms: [arm] }));
  }
  if (importances !== null && importances.parameters.length > 0) {
    figures.set(
      'importance',
      parameterImportances({ title: `${name}: importance of the parameters`, subtitle, importances }),
    );
  }
  if (valued.some(({ params }) => Object.keys(params).length > 0)) {
    figures.set('parallel', parallelCoordinates(picture('parallel coordinates')));
    figures.set('slice', slice(picture('the value over each parameter')));
  }
  const reports = trials.flatMap(({ intermediateValues: values }) =>
    [...values.values()].filter(Number.isFinite),
  );
  if (reports.length > 0) {
    figures.set(
      'intermediate',
      intermediateValues({
        ...picture('intermediate values'),
        y: { ...scaledBy(reports), title: 'reported value' },
      }),
    );
  }
  return figures;
}

/** The numbers of trials by state, as in `150 trials: 140 complete, 10 failed`. */
export function countStates(trials: readonly TrialRecord[]): string {
  const words = {
    complete: 'complete',
    pruned: 'pruned',
    fail: 'failed',
    running: 'running',
    waiting: 'waiting',
  };
  const counts = Object.entries(words).flatMap(([state, word]) => {
    const count = trials.filter((trial) => trial.state === state).length;
    return count === 0 ? [] : [`${count} ${word}`];
  });
  return [`${trials.length} trials`, ...(counts.length > 0 ? [counts.join(', ')] : [])].join(': ');
}

function formatValue(value: number): string {
  return String(Number(value.toPrecision(4)));
}
