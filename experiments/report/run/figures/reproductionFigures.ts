/** The pictures of write-ups' programs as they were written. */
import type { Results } from '../../../runner/results/results.js';
import type { RunData } from '../../../runner/record/runData.js';
import type { StudyDefinition } from '../../../studies/study.js';
import type { Axis } from '../../draw/axes.js';
import { reproducedFigures } from '../../charts/reproduction/reproducedFigures.js';
import { requestedEffective } from '../../charts/reproduction/requestedEffective.js';
import type { AddFigure } from './runFigure.js';

const reproductionUnits: Readonly<Record<string, { readonly file: string; readonly axis: Axis }>> = {
  loss: { file: 'reproduction', axis: { title: 'reported cross-entropy', unit: 'nats' } },
  lr: { file: 'reproduction-lr', axis: { title: 'learning rate', scale: 'log' } },
  ratio: { file: 'reproduction-ratio', axis: { title: 'ratio' } },
};

/** Adds the pictures of figures that write-ups' programs gave, and of the learning rates that they used. */
export function addReproductionFigures(
  study: StudyDefinition,
  { reproductions }: RunData,
  { reproductions: figures }: Results,
  add: AddFigure,
): void {
  for (const [unit, { file, axis }] of Object.entries(reproductionUnits)) {
    const measured = figures.filter((one) => one.values.length > 0 && (one.unit ?? 'loss') === unit);
    if (measured.length === 0) continue;
    add(file, 'reproduction', () =>
      reproducedFigures({
        title: `${study.title}: the write-up's program, as it was written`,
        subtitle: 'each dot is one execution of the whole program, its search included',
        x: axis,
        ours: 'metagrad',
        reference: 'PyTorch 1.13',
        test: 'Mann-Whitney',
        figures: measured.map(({ program, description, values, reference = [], stated, referenceP }) => ({
          name: `${program}: ${description}`,
          ours: values,
          reference,
          ...(stated !== undefined && { stated }),
          ...(referenceP !== null && { p: referenceP }),
        })),
      }),
    );
  }
  const trials = reproductions.flatMap(({ program, series }) =>
    ('requestedLr' in series ? series.requestedLr : []).map((requested, i) => ({
      arm: program,
      requested,
      effective: series.effectiveLr[i],
    })),
  );
  if (trials.length > 0)
    add('requested-lr', 'reproduction', () =>
      requestedEffective({
        title: `${study.title}: the learning rate that was asked for, and the one that was used`,
        setting: { title: 'learning rate', scale: 'log' },
        arms: [...new Set(trials.map(({ arm }) => arm))],
        trials,
      }),
    );
}
