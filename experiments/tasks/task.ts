/** What is learned in a study: data, a model, what training descends, and what is measured. */
import type { z } from 'zod';
import type { Batch, Dataset } from '../../data/index.js';
import type { Tensor, TensorTree } from '../../engine/index.js';
import type { Model } from '../../engine/nn/index.js';

/** A metric in words, as tables and axes have it and as the record of a run keeps it. */
export interface MetricInfo {
  /** As in `cross-entropy`. */
  readonly title: string;
  /** As in `nats`; none for shares and counts. */
  readonly unit?: string;
  readonly better: 'lower' | 'higher';
  /** The values that are possible; intervals are not drawn beyond them. */
  readonly range?: { readonly low?: number; readonly high?: number };
  /** The value of a training that diverged or did worse than this, in a sweep. */
  readonly worst?: number;
}

/** How well a model does on a batch. */
export interface Metric extends MetricInfo {
  /** A value for each example `[n]`; a scalar with `over: 'batches'`. */
  readonly of: (output: Tensor, batch: Batch) => Tensor;
  /** What the values are averaged over; `examples` unless given. A smaller last batch counts like the others of `batches`. */
  readonly over?: 'examples' | 'batches';
  /** What becomes of the mean in the end, as a square root. */
  readonly from?: (mean: number) => number;
}

/** Metrics by name. The first is the objective: arms are tuned by it, and claims mean it unless they name another. */
export type Metrics = Readonly<Record<string, Metric>>;
export type MetricInfos = Readonly<Record<string, MetricInfo>>;

export interface Task<Params extends TensorTree> {
  /** The published splits of the data set. */
  readonly data: Dataset<'train' | 'test'>;
  readonly model: Model<Params>;
  /** What training descends: a scalar. */
  readonly loss: (params: Params, batch: Batch) => Tensor;
  readonly metrics: Metrics;
}

/** A task that a configuration sets up: the schema of `task` in the configuration, and what is made of it. */
export interface TaskDefinition<Params extends TensorTree> {
  readonly settings: z.ZodType;
  /** Settings are checked by the schema first. */
  readonly make: (settings: unknown) => Task<Params>;
}

/** A task from the schema of its settings and the function that makes it of them. */
export const defineTask = <Schema extends z.ZodType, Params extends TensorTree>(
  settings: Schema,
  make: (settings: z.output<Schema>) => Task<Params>,
): TaskDefinition<Params> => ({ settings, make: (values) => make(settings.parse(values)) });

/** The name of the metric that arms are tuned by. */
export const objectiveOf = (metrics: Readonly<Record<string, unknown>>): string => Object.keys(metrics)[0];

/** The metrics without their functions, to be recorded. */
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
