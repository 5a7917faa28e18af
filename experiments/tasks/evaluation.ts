/** The evaluation of a task: its metrics of parameters on a split, batch by batch. */
import { type Batch, type Split, batches } from '../../data/index.js';
import { requireSplit } from '../../data/dataset.js';
import { UsageError } from '../../engine/core/errors.js';
import {
  describe,
  isIntegerFrom,
  isPlainObject,
  kind,
  readOptions,
  requireKind,
} from '../../engine/core/options.js';
import { formatShape } from '../../engine/core/shape.js';
import { sameShape } from '../../engine/ir/layout.js';
import { type CompileOption, Tensor, type TensorTree, compile, sum } from '../../engine/index.js';
import { compileKinds, readCompile } from '../../engine/plan/run/backends.js';
import { type Task, requireMetrics } from './task.js';

/** The metrics of parameters on a split, in order. */
export type Evaluate<Params> = (
  params: Params,
  split: Split,
  batchSize: number,
) => Readonly<Record<string, number>>;

/** A task whose evaluation is compiled. */
export interface CompiledTask<Params extends TensorTree> extends Task<Params> {
  readonly evaluate: Evaluate<Params>;
}

const isTask = kind(
  'a task, {data, model, loss, metrics} with a metric at least',
  (value) =>
    typeof value === 'object' &&
    value !== null &&
    ['data', 'model', 'loss', 'metrics'].every((name) => name in value) &&
    isPlainObject((value as { readonly metrics: unknown }).metrics) &&
    Object.keys((value as { readonly metrics: object }).metrics).length > 0,
);

/** A task with its evaluation, compiled once unless `compile` is false. */
export function compileTask<Params extends TensorTree>(
  task: Task<Params>,
  options: { readonly compile?: CompileOption } = {},
): CompiledTask<Params> {
  requireKind('compileTask', 'the task', task, isTask);
  const read = readOptions<{ readonly compile?: CompileOption }>('compileTask', options, compileKinds);
  const backend = readCompile('compileTask', read.compile ?? true);
  const { model, metrics } = task;
  requireMetrics('compileTask', metrics);
  const all = Object.entries(metrics);
  function evaluateBatch(params: Params, batch: Batch): Readonly<Record<string, Tensor>> {
    const output = model.apply(params, batch.x);
    return Object.fromEntries(
      all.map(([name, { of, over = 'examples' }]): [string, Tensor] => {
        const values = of(output, batch);
        requireShape(name, over, values, batch.x.shape[0]);
        return [name, over === 'batches' ? values : sum(values)];
      }),
    );
  }
  const evaluated = backend === undefined ? evaluateBatch : compile(evaluateBatch, backend);
  const evaluate: Evaluate<Params> = (params, split, batchSize) => {
    requireSplit('evaluate', split);
    requireKind('evaluate', 'the batch size', batchSize, isIntegerFrom(1));
    const totals = new Map<string, number>();
    let count = 0;
    for (const batch of batches(split, { batchSize })) {
      for (const [name, value] of Object.entries(evaluated(params, batch)))
        totals.set(name, (totals.get(name) ?? 0) + value.item());
      count++;
    }
    return Object.fromEntries(
      all.map(([name, { over, from = (mean: number) => mean }]) => [
        name,
        from(totals.get(name)! / (over === 'batches' ? count : split.x.shape[0])),
      ]),
    );
  };
  // Data may be created when they are first read.
  return {
    model,
    metrics,
    loss: task.loss,
    evaluate,
    ...(task.draw !== undefined && { draw: task.draw }),
    get data() {
      return task.data;
    },
  };
}

/** @throws UsageError unless a metric of a batch of `count` examples is a value for each, or a scalar over batches. */
function requireShape(name: string, over: 'examples' | 'batches', values: unknown, count: number): void {
  const expected = over === 'batches' ? [] : [count];
  if (values instanceof Tensor && sameShape(values.shape, expected)) return;
  const returned =
    values instanceof Tensor ? `a tensor of shape ${formatShape(values.shape)}` : describe(values);
  throw new UsageError(
    `evaluate: metric '${name}' gives ${returned} for a batch of ${count}; over ${over} it must be ${over === 'batches' ? 'a scalar' : `one value for each example, ${formatShape(expected)}`}.`,
  );
}

/** The arithmetic mean. */
export const mean = (values: readonly number[]): number =>
  values.reduce((total, x) => total + x, 0) / values.length;
