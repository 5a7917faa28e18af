import { composite } from '../../core/composite.js';
import { type Kinds, isBoolean, isOneOf, readOptions } from '../../core/options.js';
import type { Tensor } from '../../core/tensor.js';
import { div, eq, exp, log, mul, sub, where } from '../../primitives/index.js';
import { sum } from '../reduce.js';
import { checkPair, reduced } from './reduction.js';

export interface KlDivOptions {
  /** As for other losses; the mean (default) is over all elements, and 'batchmean', the divergence, over the first axis. */
  readonly reduction?: 'mean' | 'batchmean' | 'sum' | 'none';
  /** Whether the target holds logarithms of probabilities, as the input does. */
  readonly logTarget?: boolean;
}

const klDivKinds: Kinds<KlDivOptions> = {
  reduction: isOneOf('mean', 'batchmean', 'sum', 'none'),
  logTarget: isBoolean,
};

/**
 * The terms `target * (log target - input)` of the Kullback-Leibler divergence KL(target || e^input); the input holds
 * logarithms of probabilities and the target probabilities. The term of a target of 0 is 0, with slope `-input` in the target.
 */
export const klDiv = composite(
  'klDiv',
  2,
  (input: Tensor, target: Tensor, options?: KlDivOptions): Tensor => {
    const { reduction = 'mean', logTarget = false } = readOptions<KlDivOptions>('klDiv', options, klDivKinds);
    checkPair('klDiv', input, target);
    const losses = logTarget
      ? mul(exp(target), sub(target, input))
      : mul(target, sub(log(where(eq(target, 0), 1, target)), input));
    if (reduction !== 'batchmean') return reduced(losses, { reduction });
    return div(sum(losses), losses.shape[0] ?? 1);
  },
);
