/** Bounds and axes of a run's metrics. */
import type { ArmResult } from '../../../runner/results/results.js';
import type { Estimate } from '../../../stats/index.js';
import type { MetricInfo } from '../../../tasks/task.js';
import { type Axis, clipInterval, type Domain } from '../../draw/axes.js';

/** The values that a metric can have, as its task declares them. */
export function boundsOf({ range }: MetricInfo): Domain | undefined {
  return range === undefined ? undefined : [range.low ?? -Infinity, range.high ?? Infinity];
}

/** The axis of a metric on the split that is named, as in `test cross-entropy (nats)`. */
export function metricAxis(split: string, metric: MetricInfo): Axis {
  const { title, unit } = metric;
  const bounds = boundsOf(metric);
  return {
    title: `${split} ${title}`,
    ...(unit !== undefined && { unit }),
    ...(bounds !== undefined && { bounds }),
  };
}

/** A log scale for losses, which fall by factors, if all of the values are positive; none where higher values are better. */
export const lossScale = ({ better }: MetricInfo, values: readonly (number | null)[] = []): Partial<Axis> =>
  better !== 'higher' && values.every((value) => value === null || value > 0 || Number.isNaN(value))
    ? { scale: 'log' }
    : {};

/** The axis of differences of a metric. */
export function differenceAxis(metric: MetricInfo): Axis {
  const { bounds: [low = -Infinity, high = Infinity] = [], ...axis } = metricAxis('test', metric);
  const most = Number.isFinite(high - low) ? high - low : undefined;
  return {
    ...axis,
    title: `difference in ${axis.title}`,
    ...(most !== undefined && { bounds: [-most, most] as const }),
  };
}

/** The mean of a metric over the fresh seeds of an arm, with its interval cut to possible values. */
export function estimateOf(arm: ArmResult, name: string, metric: MetricInfo): Estimate | null {
  const estimate = Object.hasOwn(arm.means, name) ? arm.means[name] : null;
  return estimate === null ? null : clipInterval(boundsAs(boundsOf(metric)), estimate);
}

export const boundsAs = (bounds: Domain | undefined): Pick<Axis, 'bounds'> =>
  bounds === undefined ? {} : { bounds };
