/** Every picture of a run. */
import { UsageError } from '../../../../engine/core/errors.js';
import type { Results } from '../../../runner/results/results.js';
import type { RunData } from '../../../runner/record/runData.js';
import type { StudyDefinition } from '../../../studies/study.js';
import { addReproductionFigures } from './reproductionFigures.js';
import { addClaimFigures } from './claimFigures.js';
import type { AddFigure, MissingFigure, RunFigure } from './runFigure.js';
import { addSearchFigures } from './searchFigures.js';
import { addSurvivalFigures } from './survivalFigures.js';
import { addTrainingFigures } from './trainingFigures.js';
import { addTuningFigures } from './tuningFigures.js';

/** The pictures that can be drawn, and those that cannot, with the reason. */
export function runFigures(
  study: StudyDefinition,
  data: RunData,
  results: Results,
): { readonly figures: readonly RunFigure[]; readonly missing: readonly MissingFigure[] } {
  const figures: RunFigure[] = [];
  const missing: MissingFigure[] = [];
  const add: AddFigure = (file, part, draw, folded) => {
    try {
      figures.push({ file, part, figure: draw(), ...(folded !== undefined && { folded }) });
    } catch (error) {
      if (!(error instanceof UsageError)) throw error;
      missing.push({ file, reason: error.message });
    }
  };
  addClaimFigures(study, data, results, add);
  addSurvivalFigures(study, data, results, add);
  addTrainingFigures(study, data, add);
  addTuningFigures(study, data, results, add);
  addSearchFigures(study, data, add);
  addReproductionFigures(study, data, results, add);
  return { figures, missing };
}
