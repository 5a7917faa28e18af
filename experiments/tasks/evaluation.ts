/** How well parameters do on a split, batch by batch. */
import { type Batch, type Split, batches } from '../../data/index.js';
import { UsageError } from '../../engine/core/errors.js';
import { isIntegerFrom, isPlainObject, kind, readOptions, requireKind } from '../../engine/core/options.js';
import { type CompileOption, type Tensor, type TensorTree, compile, sum } from '../../engine/index.js';
import { compileKinds, readCompile } from '../../engine/plan/run/backends.js';
import { type Task, requireMetrics } from './task.js';

/** The metrics of parameters on a split, which is left unshuffled. */
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
        requireRank(name, over, values);
        return [name, over === 'batches' ? values : sum(values)];
      }),
    );
  }
  const evaluated = backend === undefined ? evaluateBatch : compile(evaluateBatch, backend);
  const evaluate: Evaluate<Params> = (params, split, batchSize) => {
    requireKind('evaluate', 'the split', split, kind('a split, as divide(...) gives it', isSplit));
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
  // Data may be made when they are first read.
  return {
    model,
    metrics,
    loss: task.loss,
    evaluate,
    get data() {
      return task.data;
    },
  };
}

function requireRank(name: string, over: 'examples' | 'batches', { rank }: Tensor): void {
  const expected = over === 'batches' ? 0 : 1;
  if (rank !== expected)
    throw new UsageError(
      `evaluate: metric '${name}' gives a tensor of rank ${rank} for a batch; over ${over} it must be ${expected === 0 ? 'a scalar' : 'one value for each example, [n]'}.`,
    );
}

const isSplit = (value: unknown): boolean =>
  typeof value === 'object' && value !== null && 'x' in value && 'y' in value;

export const mean = (values: readonly number[]): number =>
  values.reduce((total, x) => total + x, 0) / values.length;
