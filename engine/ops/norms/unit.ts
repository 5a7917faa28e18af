/** Vectors scaled to length 1, and the angle between two. */
import { composite } from '../../core/composite.js';
import { type Kinds, isAxis, isNumber, isPositive, readOptions } from '../../core/options.js';
import type { Tensor } from '../../core/tensor.js';
import { div, mul } from '../../primitives/index.js';
import { clamp } from '../functions/clamp.js';
import { sum } from '../reduce.js';
import { norm } from '../reductions/spread.js';

export interface NormalizeOptions {
  /** The order of the norm, `(sum |x|^p)^(1/p)`; Infinity is the largest |x|. Default 2. */
  readonly p?: number;
  /** The axis of the vectors; default 1. */
  readonly dim?: number;
  /** The least norm that is divided by; default 1e-12. */
  readonly eps?: number;
}

const normalizeKinds: Kinds<NormalizeOptions> = { p: isNumber, dim: isAxis, eps: isPositive };

/** x / max(norm(x), eps) along an axis, so that every vector has norm 1; a vector of zeros stays one. */
export const normalize = composite('normalize', 1, (x: Tensor, options?: NormalizeOptions): Tensor => {
  const { p = 2, dim = 1, eps = 1e-12 } = readOptions<NormalizeOptions>('normalize', options, normalizeKinds);
  return div(x, clamp(norm(x, { p, dim, keepdim: true }), { min: eps }));
});

export interface CosineSimilarityOptions {
  /** The axis of the vectors, which the result lacks; default 1. */
  readonly dim?: number;
  /** The least norm that is divided by; default 1e-8. */
  readonly eps?: number;
}

const similarityKinds: Kinds<CosineSimilarityOptions> = { dim: isAxis, eps: isPositive };

/**
 * The cosine of the angle between vectors, `a b / (max(|a|, eps) max(|b|, eps))` along an axis; a and b broadcast. 0 where one
 * of them is a vector of zeros.
 */
export const cosineSimilarity = composite(
  'cosineSimilarity',
  2,
  (a: Tensor, b: Tensor, options?: CosineSimilarityOptions): Tensor => {
    const { dim = 1, eps = 1e-8 } = readOptions<CosineSimilarityOptions>(
      'cosineSimilarity',
      options,
      similarityKinds,
    );
    const unit = (x: Tensor): Tensor => div(x, clamp(norm(x, { dim, keepdim: true }), { min: eps }));
    return sum(mul(unit(a), unit(b)), dim);
  },
);
