/** The cases of losses and layers in ops2.json that need a translation. */
import * as metagrad from '../../../engine/index.js';
import { type Tensor, logSoftmax, sigmoid, softmax, stopGradient } from '../../../engine/index.js';
import { type Keywords, type Operations, optionsOf } from './operation.js';

const fixed = (t: Tensor): Tensor => stopGradient(t, 'the reference detaches it');
const weighing = (weight: Tensor | undefined): { readonly weight?: Tensor } =>
  weight === undefined ? {} : { weight: fixed(weight) };
const gates = ([wi, wh, bi, bh]: readonly Tensor[]): metagrad.GruWeights => ({ wi, wh, bi, bh });
/** The options of a recurrent layer: PyTorch's keywords and, where it is there, the sixth input. */
const recurrent = (kwargs: Keywords, inputs: readonly Tensor[]): metagrad.GruOptions => ({
  ...optionsOf(kwargs),
  ...(inputs.length > 5 && { initial: inputs[5] }),
});

export const layers: Operations = {
  cross_entropy: ([x, target, weight], kwargs) =>
    metagrad.crossEntropy(x, target, { ...optionsOf(kwargs), ...weighing(weight) }),
  cross_entropy_soft: ([x, target, weight], kwargs) =>
    metagrad.crossEntropy(x, softmax(target, 1), { ...optionsOf(kwargs), ...weighing(weight) }),
  cross_entropy_map: ([x, target, weight], kwargs) =>
    metagrad.crossEntropy(x, target, { ...optionsOf(kwargs), ...weighing(weight) }),
  nll_loss: ([x, target, weight], kwargs) =>
    metagrad.nllLoss(logSoftmax(x, 1), target, { ...optionsOf(kwargs), ...weighing(weight) }),
  kl_div: ([x, target], kwargs) =>
    metagrad.klDiv(logSoftmax(x, 1), logSoftmax(target, 1), { ...optionsOf(kwargs), logTarget: true }),
  kl_div_of_probabilities: ([x, target], kwargs) =>
    metagrad.klDiv(logSoftmax(x, 1), softmax(target, 1), optionsOf(kwargs)),
  binary_cross_entropy: ([x, target, weight]) =>
    metagrad.binaryCrossEntropy(sigmoid(x), fixed(sigmoid(target)), weighing(weight)),
  binary_cross_entropy_with_logits: (inputs, kwargs) => {
    const [x, target, posWeight, weight] = inputs;
    if (inputs.length === 2) return metagrad.binaryCrossEntropyWithLogits(x, target, optionsOf(kwargs));
    const options = { posWeight: fixed(posWeight), ...weighing(weight) };
    return metagrad.binaryCrossEntropyWithLogits(x, fixed(sigmoid(target)), options);
  },
  margin_ranking_loss: ([a, b, order], kwargs) =>
    metagrad.marginRankingLoss(a, b, fixed(metagrad.sign(order)), { margin: 0.2, ...optionsOf(kwargs) }),
  conv1d: ([x, weight, bias], kwargs) => metagrad.conv1d(x, weight, bias, kwargs),
  conv2d: ([x, weight, bias], kwargs) => metagrad.conv2d(x, weight, bias, kwargs),
  conv3d: ([x, weight, bias], kwargs) => metagrad.conv3d(x, weight, bias, kwargs),
  conv_transpose1d: ([x, weight, bias], kwargs) =>
    metagrad.convTranspose1d(x, weight, bias, optionsOf(kwargs)),
  conv_transpose2d: ([x, weight, bias], kwargs) =>
    metagrad.convTranspose2d(x, weight, bias, optionsOf(kwargs)),
  attention: ([q, k, v]) => metagrad.scaledDotProductAttention(q, k, v),
  attention_causal: ([q, k, v]) => metagrad.scaledDotProductAttention(q, k, v, { isCausal: true }),
  attention_biased: ([q, k, v, bias]) => metagrad.scaledDotProductAttention(q, k, v, { bias }),
  attention_masked: ([q, k, v, mask]) => metagrad.scaledDotProductAttention(q, k, v, { mask }),
  group_norm: ([x, weight, bias], kwargs) => {
    const { numGroups, ...options } = optionsOf(kwargs);
    return metagrad.groupNorm(x, weight, bias, { numGroups, ...options });
  },
  instance_norm: ([x, weight, bias], kwargs) => metagrad.instanceNorm(x, weight, bias, optionsOf(kwargs)),
  gru: (inputs, kwargs) => metagrad.gru(inputs[0], gates(inputs.slice(1)), recurrent(kwargs, inputs)).output,
  rnn_tanh: (inputs, kwargs) =>
    metagrad.rnn(inputs[0], gates(inputs.slice(1)), recurrent(kwargs, inputs)).output,
  rnn_relu: (inputs, kwargs) =>
    metagrad.rnn(inputs[0], gates(inputs.slice(1)), { ...recurrent(kwargs, inputs), nonlinearity: 'relu' })
      .output,
};
