/** The task of a study: data, a model, the loss that training minimizes, and the metrics. */
import type { z } from 'zod';
import type { Batch, Dataset } from '../../data/index.js';
import { UsageError } from '../../engine/core/errors.js';
import {
  type Kinds,
  isFinite,
  isFunction,
  isOneOf,
  isPlainObject,
  isText,
  kind,
  readOptions,
  requireKind,
} from '../../engine/core/options.js';
import type { Tensor, TensorTree } from '../../engine/index.js';
import type { Model } from '../../engine/nn/index.js';

/** The description of a metric, for tables and axes and in the record of a run. */
export interface MetricInfo {
  /** As in `cross-entropy`. */
  readonly title: string;
  /** As in `nats`; none for fractions and counts. */
  readonly unit?: string;
  readonly better: 'lower' | 'higher';
  /** The possible values; intervals are not drawn beyond them. */
  readonly range?: { readonly low?: number; readonly high?: number };
  /** In a sweep, the value of a training that diverged or is worse than this. */
  readonly worst?: number;
}

/** A metric and how it is computed. */
export interface Metric extends MetricInfo {
  /** A value for each example `[n]`; a scalar with `over: 'batches'`. */
  readonly of: (output: Tensor, batch: Batch) => Tensor;
  /** What the values are averaged over; by default `examples`. A smaller last batch counts like the others of `batches`. */
  readonly over?: 'examples' | 'batches';
  /** A function of the mean at the end, such as the square root. */
  readonly from?: (mean: number) => number;
}

/** Metrics by name. The first is the objective: arms are tuned by it, and claims mean it unless they name another. */
export type Metrics = Readonly<Record<string, Metric>>;
export type MetricInfos = Readonly<Record<string, MetricInfo>>;

export interface Task<Params extends TensorTree> {
  /** The published splits of the data set. */
  readonly data: Dataset<'train' | 'test'>;
  /** Another data set of the same kind and size, for studies that have `dataSeeds`; the seed is below 2^32. */
  readonly draw?: (seed: number) => Dataset<'train' | 'test'>;
  readonly model: Model<Params>;
  /** The scalar that training minimizes. */
  readonly loss: (params: Params, batch: Batch) => Tensor;
  readonly metrics: Metrics;
}

/** A task that a configuration sets up: the schema of `task` in the configuration, and a function that makes the task. */
export interface TaskDefinition<Params extends TensorTree> {
  readonly settings: z.ZodType;
  /** Settings are checked by the schema first. */
  readonly make: (settings: unknown) => Task<Params>;
}

/** A task from the schema of its settings and a function that makes it from settings that the schema accepts. */
export function defineTask<Schema extends z.ZodType, Params extends TensorTree>(
  settings: Schema,
  make: (settings: z.output<Schema>) => Task<Params>,
): TaskDefinition<Params> {
  requireKind('defineTask', 'the schema of its settings', settings, isSchema);
  requireKind('defineTask', 'the function that makes the task', make, isFunction);
  return { settings, make: (values) => make(settings.parse(values)) };
}

const isSchema = kind(
  'a zod schema, as in z.strictObject({...})',
  (value) =>
    typeof value === 'object' &&
    value !== null &&
    typeof Reflect.get(value, 'parse') === 'function' &&
    typeof Reflect.get(value, 'safeParse') === 'function',
);

const isRange = kind('{low, high}, finite numbers of which one may be left out', (value) => {
  if (!isPlainObject(value) || !Object.keys(value).every((end) => end === 'low' || end === 'high'))
    return false;
  const { low = -Infinity, high = Infinity } = value as { readonly low?: unknown; readonly high?: unknown };
  return [low, high].every((end) => typeof end === 'number') && Number(low) <= Number(high);
});

const metricKinds: Kinds<Metric> = {
  title: isText,
  unit: isText,
  better: isOneOf('lower', 'higher'),
  range: isRange,
  worst: isFinite,
  of: isFunction,
  over: isOneOf('examples', 'batches'),
  from: isFunction,
};

/** The name of the objective on tuneVal, which final trainings measure beside the metrics of the reported split. */
export const watchedMetric = 'tuneVal';

/** The name of the objective on the reported split, which trials measure after their last epoch. */
export const reportedMetric = 'test';

/** Names of measurements that no metric of a task may have. */
const reserved: Readonly<Record<string, string>> = {
  trainLoss: 'the loss of the training batches',
  [watchedMetric]: 'the objective on the split of that name',
  [reportedMetric]: 'the objective on the split of that name',
};

/** Throws a UsageError that names the metric and what is missing or wrong, unless all of them are metrics. */
export function requireMetrics(caller: string, metrics: Metrics): void {
  for (const [name, metric] of Object.entries(metrics)) {
    readOptions<Metric>(`${caller}: metric '${name}'`, metric, metricKinds, {
      required: ['title', 'better', 'of'],
    });
    if (Object.hasOwn(reserved, name))
      throw new UsageError(
        `${caller}: a metric is called '${name}', as ${reserved[name]} is; give it another name.`,
      );
  }
}

/** The name of the metric that arms are tuned by. */
export const objectiveOf = (metrics: Readonly<Record<string, unknown>>): string => Object.keys(metrics)[0];

/** The metrics without their functions, for the record. */
export const describeMetrics = (metrics: MetricInfos): MetricInfos =>
  Object.fromEntries(
    Object.entries(metrics).map(([name, { title, unit, better, range, worst }]) => [
      name,
      {
        ...{ title, better },
        ...(unit !== undefined && { unit }),
        ...(range !== undefined && { range }),
        ...(worst !== undefined && { worst }),
      },
    ]),
  );
