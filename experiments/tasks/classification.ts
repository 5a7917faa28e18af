/** How well a classifier does on a split: cross-entropy and accuracy, batch by batch. */
import type { Batch, Split } from '../../data/index.js';
import { batches } from '../../data/index.js';
import {
  isFunction,
  isIntegerFrom,
  isPlainObject,
  kind,
  readOptions,
  requireKind,
} from '../../engine/core/options.js';
import {
  type BackendOptions,
  type Tensor,
  argmax,
  compile,
  crossEntropy,
  eq,
  sum,
} from '../../engine/index.js';

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

/** The evaluation of a model, compiled once. `compile` says what runs it. */
export function evaluator<P>(
  forward: Forward<P>,
  options: { readonly compile?: BackendOptions } = {},
): Evaluate<P> {
  requireKind('evaluator', 'forward', forward, isFunction);
  const { compile: backend = {} } = readOptions<{ readonly compile?: BackendOptions }>('evaluator', options, {
    compile: kind('options of compile, as in {backend: "cpu"}', isPlainObject),
  });
  const evaluateBatch = compile(function evaluateBatch(params: P, { x, y }: Batch) {
    const logits = forward(params, x);
    return { loss: crossEntropy(logits, y), right: sum(eq(argmax(logits, { dim: 1 }), y)) };
  }, backend);
  return (params, split, batchSize) => {
    requireKind('evaluate', 'the split', split, kind('a split, as divide(...) gives it', isSplit));
    requireKind('evaluate', 'the batch size', batchSize, isIntegerFrom(1));
    const losses: number[] = [];
    let right = 0;
    for (const batch of batches(split, { batchSize })) {
      const evaluated = evaluateBatch(params, batch);
      losses.push(evaluated.loss.item());
      right += evaluated.right.item();
    }
    return { loss: mean(losses), accuracy: right / split.y.size };
  };
}

const isSplit = (value: unknown): boolean =>
  typeof value === 'object' && value !== null && 'x' in value && 'y' in value;

export const mean = (values: readonly number[]): number =>
  values.reduce((sum, x) => sum + x, 0) / values.length;
