import type { Batch } from '../../../data/index.js';
import {
  type Tensor,
  crossEntropy,
  grad,
  linear,
  lt,
  matmul,
  relu,
  sum,
  transpose,
  where,
} from '../../../engine/index.js';
import type { LinearParams, MlpParams } from '../../../engine/nn/index.js';

/**
 * Gradient of the mean cross-entropy of a ReLU perceptron whose forward pass ran with the weights `forward`, and whose
 * backward pass multiplies by the matrices of `backward`:
 *
 *     delta_last = (softmax(logits) - onehot(y)) / n
 *     dW_k = delta_k^T h_(k-1),    db_k = sum of delta_k over the batch
 *     delta_(k-1) = delta_k W_k^backward, where h_(k-1) > 0
 *
 * Activations h, ReLU masks and the softmax are those of the forward pass. With `backward = forward` it is the gradient.
 * In PyTorch this happens when weights are copied into `.data`: autograd saves the activations, but only a reference to a
 * weight, whose version counter does not change with such a copy.
 */
export function hybridGradient(forward: MlpParams, backward: MlpParams, { x, y }: Batch): MlpParams {
  const inputs = [x];
  let logits = x;
  forward.layers.forEach(({ weight, bias }, k) => {
    if (k > 0) inputs.push(relu(logits));
    logits = linear(inputs[k], weight, bias);
  });

  let delta = grad((at: Tensor) => crossEntropy(at, y))(logits);
  const layers: LinearParams[] = [];
  for (let k = inputs.length - 1; k >= 0; k--) {
    layers.unshift({ weight: matmul(transpose(delta), inputs[k]), bias: sum(delta, { dim: 0 }) });
    if (k > 0) delta = where(lt(0, inputs[k]), matmul(delta, backward.layers[k].weight), 0);
  }
  return { layers };
}
