import { composite } from '../../core/composite.js';
import { type Kinds, isFinite, readOptions } from '../../core/options.js';
import type { Tensor } from '../../core/tensor.js';
import { add, mul, sub } from '../../primitives/index.js';
import { clamp } from '../functions/clamp.js';
import { type LossOptions, checkPair, lossKinds, reduced } from './reduction.js';

export interface MarginRankingOptions extends LossOptions {
  /** The lead that costs nothing; default 0. */
  readonly margin?: number;
}

const rankingKinds: Kinds<MarginRankingOptions> = { ...lossKinds, margin: isFinite };

/**
 * `max(0, margin - order*(a - b))`: the order is 1 where a should be larger than b, and -1 where b should be. The slope of max is
 * 1 at 0, as in PyTorch.
 */
export const marginRankingLoss = composite(
  'marginRankingLoss',
  3,
  (a: Tensor, b: Tensor, order: Tensor, options?: MarginRankingOptions): Tensor => {
    const read = readOptions<MarginRankingOptions>('marginRankingLoss', options, rankingKinds);
    checkPair('marginRankingLoss', a, b);
    checkPair('marginRankingLoss', a, order);
    const missing = add(mul(order, sub(b, a)), read.margin ?? 0);
    return reduced(clamp(missing, { min: 0 }), read);
  },
);
