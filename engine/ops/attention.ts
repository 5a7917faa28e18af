import { requireTensor } from '../core/arguments.js';
import { ShapeError } from '../core/errors.js';
import { composite } from '../core/composite.js';
import { type Kinds, isAny, isBoolean, isFinite, readOptions } from '../core/options.js';
import { formatShape } from '../core/shape.js';
import type { Tensor } from '../core/tensor.js';
import { add, iota, lt, mul, where } from '../primitives/index.js';
import { matmul } from './linear.js';
import { maskedSoftmax } from './maskedSoftmax.js';
import { transpose } from './movement.js';
import { softmax } from './reduce.js';

export interface AttentionOptions {
  /** A condition that broadcasts to the scores `[..., queries, keys]`: which keys (not 0) each query sees. */
  readonly mask?: Tensor;
  /** Numbers that are added to the scores, to which they broadcast: a bias by position, say. */
  readonly bias?: Tensor;
  /** Query i sees the keys 0 to i only; default false. */
  readonly isCausal?: boolean;
  /** The factor of the products; default 1/sqrt(d). */
  readonly scale?: number;
}

const attentionKinds: Kinds<AttentionOptions> = {
  mask: isAny,
  bias: isAny,
  isCausal: isBoolean,
  scale: isFinite,
};

const additive =
  'A condition (not 0 where a key is seen) is the mask; numbers that are added to the scores are the bias.';

/**
 * Attention `softmax(scale * q k^T + bias) v` over the keys that a query sees: `[..., queries, d]`, `[..., keys, d]` and
 * `[..., keys, width]` give `[..., queries, width]`; leading axes, of batch and heads, broadcast. A query that sees no key gives
 * zeros, with zero gradients. `torch.nn.functional.scaled_dot_product_attention`. Vaswani et al. 2017.
 */
export const scaledDotProductAttention = composite(
  'scaledDotProductAttention',
  3,
  (query: Tensor, key: Tensor, value: Tensor, options?: AttentionOptions): Tensor => {
    const read = readOptions<AttentionOptions>('scaledDotProductAttention', options, attentionKinds, {
      elsewhere: { attnMask: additive, attn_mask: additive },
    });
    checkShapes(query, key, value);
    const scale = read.scale ?? 1 / Math.sqrt(query.shape[query.rank - 1]);
    const products = mul(matmul(query, transpose(key)), scale);
    const scores = read.bias === undefined ? products : add(products, tensorIn('bias', read.bias));
    return matmul(weights(scores, read), value);
  },
);

function weights(scores: Tensor, { mask, isCausal = false }: AttentionOptions): Tensor {
  const seen = mask && tensorIn('mask', mask);
  if (!isCausal) return seen === undefined ? softmax(scores, -1) : maskedSoftmax(scores, seen, -1);
  const shape = scores.shape.slice(-2);
  const earlier = lt(iota(shape, 1, scores.dtype), add(iota(shape, 0, scores.dtype), 1));
  const both = seen === undefined ? earlier : where(seen, earlier, 0);
  return maskedSoftmax(scores, both, -1);
}

function tensorIn(option: string, value: Tensor): Tensor {
  requireTensor('scaledDotProductAttention', value, `a tensor as ${option}`);
  return value;
}

function checkShapes(query: Tensor, key: Tensor, value: Tensor): void {
  const ranks = [query, key, value].every(({ rank }) => rank >= 2);
  if (ranks && query.shape.at(-1) === key.shape.at(-1) && key.shape.at(-2) === value.shape.at(-2)) return;
  throw new ShapeError(
    'scaledDotProductAttention: takes queries [...,n,d], keys [...,m,d] and values [...,m,width], got ' +
      `${[query, key, value].map(({ shape }) => formatShape(shape)).join(', ')}.`,
  );
}
