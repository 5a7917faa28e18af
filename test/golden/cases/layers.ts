/** The cases of losses and layers in ops2.json that need a translation. */
import * as metagrad from '../../../engine/index.js';
import { type Tensor, logSoftmax, sigmoid, softmax, stopGradient } from '../../../engine/index.js';
import { type Operations, optionsOf } from './operation.js';

const fixed = (t: Tensor): Tensor => stopGradient(t, 'the reference detaches it');
const weighing = (weight: Tensor | undefined): { readonly weight?: Tensor } =>
  weight === undefined ? {} : { weight: fixed(weight) };
const gates = ([wi, wh, bi, bh]: readonly Tensor[]): metagrad.GruWeights => ({ wi, wh, bi, bh });

export const layers: Operations = {
  cross_entropy: ([x, target, weight], kwargs) =>
    metagrad.crossEntropy(x, target, { ...optionsOf(kwargs), ...weighing(weight) }),
  cross_entropy_soft: ([x, target]) => metagrad.crossEntropy(x, softmax(target, 1)),
  cross_entropy_map: ([x, target]) => metagrad.crossEntropy(x, target),
  nll_loss: ([x, target, weight], kwargs) =>
    metagrad.nllLoss(logSoftmax(x, 1), target, { ...optionsOf(kwargs), ...weighing(weight) }),
  kl_div: ([x, target], kwargs) =>
    metagrad.klDiv(logSoftmax(x, 1), logSoftmax(target, 1), { ...optionsOf(kwargs), logTarget: true }),
  binary_cross_entropy: ([x, target]) => metagrad.binaryCrossEntropy(sigmoid(x), fixed(sigmoid(target))),
  binary_cross_entropy_with_logits: (inputs, kwargs) => {
    const [x, target, posWeight] = inputs;
    return inputs.length === 2
      ? metagrad.binaryCrossEntropyWithLogits(x, target, optionsOf(kwargs))
      : metagrad.binaryCrossEntropyWithLogits(x, fixed(sigmoid(target)), { posWeight: fixed(posWeight) });
  },
  margin_ranking_loss: ([a, b, order]) =>
    metagrad.marginRankingLoss(a, b, fixed(metagrad.sign(order)), { margin: 0.2 }),
  conv1d: ([x, weight, bias], kwargs) => metagrad.conv1d(x, weight, bias, kwargs),
  conv2d: ([x, weight, bias], kwargs) => metagrad.conv2d(x, weight, bias, kwargs),
  conv3d: ([x, weight, bias], kwargs) => metagrad.conv3d(x, weight, bias, kwargs),
  conv_transpose1d: ([x, weight, bias], kwargs) =>
    metagrad.convTranspose1d(x, weight, bias, optionsOf(kwargs)),
  conv_transpose2d: ([x, weight, bias], kwargs) =>
    metagrad.convTranspose2d(x, weight, bias, optionsOf(kwargs)),
  attention: ([q, k, v]) => metagrad.scaledDotProductAttention(q, k, v),
  attention_causal: ([q, k, v]) => metagrad.scaledDotProductAttention(q, k, v, { isCausal: true }),
  gru: ([x, ...weights]) => metagrad.gru(x, gates(weights)).output,
  rnn_tanh: ([x, ...weights]) => metagrad.rnn(x, gates(weights)).output,
};
