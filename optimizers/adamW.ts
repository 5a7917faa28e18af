import { type AdamHyper, type AdamOptions, adamWithoutDecay } from './adam.js';
import type { Rule } from './rule.js';
import { decoupledWeightDecay } from './weightDecay.js';

/**
 * AdamW (Loshchilov and Hutter 2019, algorithm 2): Adam without L2, and
 *
 *     delta = adam's delta - lr * weightDecay * param
 *
 * With PyTorch's initial weightDecay 0.01, scaled by the learning rate (in the paper by the schedule only).
 */
export function adamW(options: AdamOptions = {}): Rule<AdamHyper | 'weightDecay'> {
  const rule = adamWithoutDecay(options);
  return { ...decoupledWeightDecay(rule, 1e-2), name: options.amsgrad === true ? 'amsgradW' : 'adamW' };
}
