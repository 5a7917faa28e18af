/** The units of measures: claims of one unit share a picture. */
import { fileName } from '../../../files/fileName.js';
import { titleOf } from '../../../runner/results/measures/words.js';
import type { Measure } from '../../../studies/config.js';
import { type MetricInfo, type MetricInfos, objectiveOf } from '../../../tasks/task.js';
import type { Axis } from '../../draw/axes.js';
import { differenceAxis, metricAxis } from '../common/metrics.js';

/** What a measure is counted in. */
export interface Unit {
  /** The ending of names of files; empty for the objective itself. */
  readonly file: string;
  /** The axis of the measure, and that of differences. */
  readonly values: Axis;
  readonly differences: Axis;
}

export function unitOf(measure: Measure, metrics: MetricInfos): Unit {
  const { kind } = measure;
  if (kind === 'logTuned') {
    const { parameter } = measure;
    return {
      file: `-${kind}-${fileName(parameter)}`,
      values: { title: `tuned ${parameter}`, scale: 'log' },
      differences: { title: `log of the ratio of tuned ${parameter}` },
    };
  }
  const objective = objectiveOf(metrics);
  const { metric = objective } = measure;
  const suffix = metric === objective ? '' : `-of-${fileName(metric)}`;
  const file = `${kind === 'metric' ? '' : `-${kind}`}${suffix}`;
  const info: MetricInfo | undefined = Object.hasOwn(metrics, metric) ? metrics[metric] : undefined;
  if (kind === 'metric')
    return info === undefined
      ? plain(file, metric)
      : { file, values: metricAxis('test', info), differences: differenceAxis(info) };
  const title = titleOf(metrics, metric);
  const unit = info?.unit;
  switch (kind) {
    case 'epochsTo':
    case 'epochsToReach':
      return plain(file, `epochs to a ${title}`);
    case 'epochsBetter':
      return plain(file, `share of epochs with a better ${title}`);
    case 'range':
      return measure.log === true
        ? plain(`${file}-log`, `range of log ${title} within a training`)
        : plain(file, `range of ${title} within a training`, unit);
    case 'area':
      return plain(file, `mean ${title} over the sweep`, unit);
    case 'excess':
      return plain(file, `mean excess of ${title} over the best of the sweep`, unit);
  }
}

function plain(file: string, title: string, unit?: string): Unit {
  const words = unit === undefined ? {} : { unit };
  return { file, values: { title, ...words }, differences: { title: `difference in ${title}`, ...words } };
}
