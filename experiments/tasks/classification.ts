/** How well a classifier does on a split: cross-entropy and accuracy, batch by batch. */
import type { Batch, Split } from '../../data/index.js';
import { batches } from '../../data/index.js';
import { isFunction, isIntegerFrom, kind, readOptions, requireKind } from '../../engine/core/options.js';
import {
  type CompileOption,
  type Tensor,
  argmax,
  compile,
  crossEntropy,
  eq,
  sum,
} from '../../engine/index.js';
import { compileKinds, readCompile } from '../../engine/plan/run/backends.js';

/** Logits `[n, classes]` of a batch. */
export type Forward<P> = (params: P, x: Tensor) => Tensor;

export interface Evaluation {
  /** Cross-entropy in nats, the mean of the batches' means, a smaller last batch counting like the others. */
  readonly loss: number;
  /** Share of the examples whose largest logit is at their class. */
  readonly accuracy: number;
}

/** How well parameters do on a split, which is left unshuffled. */
export type Evaluate<P> = (params: P, split: Split, batchSize: number) => Evaluation;

/** The evaluation of a model, compiled once unless `compile` is false. */
export function evaluator<P>(
  forward: Forward<P>,
  options: { readonly compile?: CompileOption } = {},
): Evaluate<P> {
  requireKind('evaluator', 'forward', forward, isFunction);
  const given = readOptions<{ readonly compile?: CompileOption }>('evaluator', options, compileKinds);
  const backend = readCompile('evaluator', given.compile ?? true);
  function evaluateBatch(params: P, { x, y }: Batch) {
    const logits = forward(params, x);
    return { loss: crossEntropy(logits, y), right: sum(eq(argmax(logits, { dim: 1 }), y)) };
  }
  const evaluated = backend === undefined ? evaluateBatch : compile(evaluateBatch, backend);
  return (params, split, batchSize) => {
    requireKind('evaluate', 'the split', split, kind('a split, as divide(...) gives it', isSplit));
    requireKind('evaluate', 'the batch size', batchSize, isIntegerFrom(1));
    const losses: number[] = [];
    let right = 0;
    for (const batch of batches(split, { batchSize })) {
      const found = evaluated(params, batch);
      losses.push(found.loss.item());
      right += found.right.item();
    }
    return { loss: mean(losses), accuracy: right / split.y.size };
  };
}

const isSplit = (value: unknown): boolean =>
  typeof value === 'object' && value !== null && 'x' in value && 'y' in value;

export const mean = (values: readonly number[]): number =>
  values.reduce((sum, x) => sum + x, 0) / values.length;
