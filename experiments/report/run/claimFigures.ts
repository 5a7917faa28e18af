/** The pictures of claims: one for each unit that they are measured in. */
import { fileName } from '../../files/fileName.js';
import type { Results } from '../../runner/results/results.js';
import type { RunData } from '../../runner/record/runData.js';
import type { Measure } from '../../studies/config.js';
import type { StudyDefinition } from '../../studies/study.js';
import { type Difference, differences } from '../charts/differences.js';
import type { Axis } from '../draw/axes.js';
import { conditions } from './conditions.js';
import { differenceAxis, metricsOf } from './metrics.js';
import type { AddFigure } from './runFigure.js';

/** What differences of a measure are in; claims of one unit share a picture. */
function unitOf({ kind, ...measure }: Measure): { readonly file: string; readonly axis: Axis } {
  if (kind === 'metric') {
    const { metric } = measure as { readonly metric: string };
    const metrics = metricsOf();
    const axis = Object.hasOwn(metrics, metric)
      ? differenceAxis(metric, metrics[metric])
      : { title: `difference in ${metric}` };
    return { file: metric === Object.keys(metrics)[0] ? 'claims' : `claims-of-${fileName(metric)}`, axis };
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

export function addClaimFigures(
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
  const subtitle = conditions(config);
  for (const [file, { axis, rows }] of byFile) {
    const heading = { title: `${study.title}: the claims by ${axis.title}`, subtitle };
    if (rows.length > 0) add(file, 'claims', () => differences({ ...heading, x: axis, differences: rows }));
  }
}
