/** The pictures of claims: one for each unit that they are measured in. */
import { fileName } from '../../files/fileName.js';
import type { Results } from '../../runner/results/results.js';
import type { RunData } from '../../runner/record/runData.js';
import type { Measure } from '../../studies/config.js';
import type { StudyDefinition } from '../../studies/study.js';
import { type MetricInfos, objectiveOf } from '../../tasks/task.js';
import { type Difference, differences } from '../charts/differences.js';
import type { Axis } from '../draw/axes.js';
import { conditions } from './conditions.js';
import { differenceAxis, metricAxis } from './metrics.js';
import type { AddFigure } from './runFigure.js';

/** The unit of the differences of a measure; claims of one unit share a picture. */
function unitOf(measure: Measure, metrics: MetricInfos): { readonly file: string; readonly axis: Axis } {
  const { kind } = measure;
  const objective = objectiveOf(metrics);
  const metric = 'metric' in measure ? (measure.metric ?? objective) : objective;
  const info = Object.hasOwn(metrics, metric) ? metrics[metric] : { title: metric, better: 'lower' as const };
  const suffix = metric === objective ? '' : `-of-${fileName(metric)}`;
  if (kind === 'metric') {
    const axis = Object.hasOwn(metrics, metric) ? differenceAxis(info) : { title: `difference in ${metric}` };
    return { file: `claims${suffix}`, axis };
  }
  if (kind === 'area') {
    const { title, unit } = metricAxis('mean test', info);
    return {
      file: `claims-area${suffix}`,
      axis: { title: `difference in ${title} over the sweep`, ...(unit !== undefined && { unit }) },
    };
  }
  return { file: `claims-${kind}`, axis: units[kind] };
}

const units: Readonly<Record<Exclude<Measure['kind'], 'metric' | 'area'>, Axis>> = {
  epochsToReach: { title: 'difference in epochs' },
  epochsTo: { title: 'difference in epochs' },
  epochsBetter: { title: 'difference in the share of epochs' },
  range: { title: 'difference in the range over the epochs' },
  logTuned: { title: 'log of the ratio' },
  excess: { title: 'difference in the mean excess over the sweep' },
};

/** Adds a picture of the differences behind claims for each unit. */
export function addClaimFigures(
  study: StudyDefinition,
  { config, metrics }: RunData,
  { claims }: Results,
  add: AddFigure,
): void {
  const byFile = new Map<string, { readonly axis: Axis; readonly rows: Difference[] }>();
  for (const { id, arm, margin, measure, comparisons } of claims) {
    const { file, axis } = unitOf(measure, metrics);
    const { rows } = byFile.get(file) ?? byFile.set(file, { axis, rows: [] }).get(file)!;
    for (const { against, deciding, difference, level, differences: all, verdict } of comparisons) {
      if (difference === null) continue;
      // NaN where both diverged.
      const values = all.filter((value) => !Number.isNaN(value));
      const { mean: point, low, high } = { ...difference, ...deciding };
      rows.push({ name: `${id}: ${arm} − ${against}`, point, low, high, level, values, margin, verdict });
    }
  }
  const subtitle = conditions(config);
  for (const [file, { axis, rows }] of byFile) {
    const heading = { title: `${study.title}: the claims by ${axis.title}`, subtitle };
    if (rows.length > 0) add(file, 'claims', () => differences({ ...heading, x: axis, differences: rows }));
  }
}
