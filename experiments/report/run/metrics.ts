/** What the numbers of a run are, by their names. */
import type { ArmResult } from '../../runner/results/results.js';
import type { Estimate } from '../../stats/index.js';
import { type Axis, clipInterval, type Domain } from '../draw/axes.js';

/** A metric as a study declares it. */
export interface MetricInfo {
  /** As in `cross-entropy`. */
  readonly title: string;
  readonly unit?: string;
  readonly better?: 'lower' | 'higher';
}

/** Metrics of runs whose record declares none. */
const classification: Readonly<Record<string, MetricInfo>> = {
  loss: { title: 'cross-entropy', unit: 'nats', better: 'lower' },
  accuracy: { title: 'accuracy', unit: 'fraction', better: 'higher' },
};

/** The metrics of a run, the one that arms are tuned by first. */
export const metricsOf = (): Readonly<Record<string, MetricInfo>> => classification;

/** The values that a metric can have, as far as its name and unit tell: errors and losses from 0 on, fractions up to 1. */
export function boundsOf(name: string, { title, unit }: MetricInfo): Domain | undefined {
  if (unit === 'fraction' || /accuracy|proportion|share/i.test(name)) return [0, 1];
  if (unit === '%') return [0, 100];
  return /cross-entropy|error|rmse|mse|mae|norm|perplexity/i.test(`${name} ${title}`)
    ? [0, Infinity]
    : undefined;
}

/** The axis of a metric on the split that is named, as in `test cross-entropy (nats)`. */
export function metricAxis(split: string, name: string, metric: MetricInfo): Axis {
  const { title, unit } = metric;
  const bounds = boundsOf(name, metric);
  return {
    title: `${split} ${title}`,
    ...(unit !== undefined && unit !== 'fraction' && { unit }),
    ...(bounds !== undefined && { bounds }),
  };
}

/** The axis of differences of a metric. */
export function differenceAxis(name: string, metric: MetricInfo): Axis {
  const { bounds: [, high] = [], ...axis } = metricAxis('test', name, metric);
  const most = high === Infinity ? undefined : high;
  return {
    ...axis,
    title: `difference in ${axis.title}`,
    ...(most !== undefined && { bounds: [-most, most] as const }),
  };
}

/** The mean of a metric over the fresh seeds of an arm, with an interval of values that can be. */
export function estimateOf(arm: ArmResult, name: string, metric: MetricInfo): Estimate | null {
  const estimate = name === 'loss' ? arm.loss : name === 'accuracy' ? arm.accuracy : null;
  return estimate === null ? null : clipInterval(boundsAs(boundsOf(name, metric)), estimate);
}

export const boundsAs = (bounds: Domain | undefined): Pick<Axis, 'bounds'> =>
  bounds === undefined ? {} : { bounds };
