/** Inputs of gates: functions of all gradients, concatenated into one vector. */
import {
  type Tensor,
  type TensorTree,
  add,
  cat,
  div,
  log,
  mean,
  reshape,
  sqrt,
  stack,
  var as variance,
} from '../../engine/index.js';
import { requireTensors } from '../arguments.js';

/** All elements, `[parameters]`. */
export const flatGradient = (grads: TensorTree): Tensor =>
  cat(requireTensors('flatGradient', grads).map((g) => reshape(g, [-1])));

/** `[mean, var + 1e-8]`, with the unbiased variance. */
export function gradientStatistics(grads: TensorTree): Tensor {
  const all = flatGradient(grads);
  return stack([mean(all), add(variance(all), 1e-8)]);
}

/** `[mean / std, log var]`, with var + 1e-8: numbers of the order of 1, which a gate can distinguish. */
export function scaledGradientStatistics(grads: TensorTree): Tensor {
  const all = flatGradient(grads);
  const spread = add(variance(all), 1e-8);
  return stack([div(mean(all), sqrt(spread)), log(spread)]);
}
