import { type AdamHyper, type AdamOptions, adamKinds, adamWithoutDecay } from './adam.js';
import { makeRule } from '../arguments.js';
import type { Rule } from '../rule.js';
import { decoupledWeightDecay } from '../wrappers/weightDecay.js';

/**
 * AdamW (Loshchilov and Hutter 2019, algorithm 2): Adam without L2, and
 *
 *     delta = adam's delta - lr * weightDecay * param
 *
 * With PyTorch's initial weightDecay 0.01, scaled by the learning rate (in the paper by the schedule only).
 */
export function adamW(options?: AdamOptions): Rule<AdamHyper | 'weightDecay'> {
  return makeRule('adamW', options, adamKinds, (checked) => ({
    ...decoupledWeightDecay(adamWithoutDecay(checked), 1e-2),
    name: checked.amsgrad === true ? 'amsgradW' : 'adamW',
  }));
}
