/** How well a classifier does on a split: cross-entropy and accuracy, batch by batch. */
import type { Batch, Split } from '../../data/index.js';
import { batches } from '../../data/index.js';
import { isFunction, isIntegerFrom, kind, requireKind } from '../../engine/core/options.js';
import { type Tensor, argmax, compile, crossEntropy, eq, sum } from '../../engine/index.js';

/** Logits `[n, classes]` of a batch. */
export type Forward<P> = (params: P, x: Tensor) => Tensor;

export interface Evaluation {
  /** Cross-entropy in nats, the mean of the batches' means, a smaller last batch counting like the others. */
  readonly loss: number;
  /** Share of the examples whose largest logit is at their class. */
  readonly accuracy: number;
}

/** The loss of a batch and how many of its examples are classified right, compiled. */
type Judge<P> = (params: P, batch: Batch) => { readonly loss: Tensor; readonly right: Tensor };

const judges = new WeakMap<Forward<never>, Judge<never>>();

/** One for each model, so that whoever evaluates it again finds it compiled. */
function judgeOf<P>(forward: Forward<P>): Judge<P> {
  const known = judges.get(forward) as Judge<P> | undefined;
  if (known !== undefined) return known;
  const judge = compile(function judge(params: P, { x, y }: Batch) {
    const logits = forward(params, x);
    return { loss: crossEntropy(logits, y), right: sum(eq(argmax(logits, { dim: 1 }), y)) };
  });
  judges.set(forward, judge);
  return judge;
}

/** How well parameters do on a split, which is left unshuffled. `forward` is compiled when it is first seen. */
export function evaluate<P>(forward: Forward<P>, params: P, split: Split, batchSize: number): Evaluation {
  requireKind('evaluate', 'forward', forward, isFunction);
  requireKind('evaluate', 'the split', split, kind('a split, as divide(...) gives it', isSplit));
  requireKind('evaluate', 'the batch size', batchSize, isIntegerFrom(1));
  const judge = judgeOf(forward);
  const losses: number[] = [];
  let right = 0;
  for (const batch of batches(split, { batchSize })) {
    const judged = judge(params, batch);
    losses.push(judged.loss.item());
    right += judged.right.item();
  }
  return { loss: mean(losses), accuracy: right / split.y.size };
}

const isSplit = (value: unknown): boolean =>
  typeof value === 'object' && value !== null && 'x' in value && 'y' in value;

export const mean = (values: readonly number[]): number =>
  values.reduce((sum, x) => sum + x, 0) / values.length;
