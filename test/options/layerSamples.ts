/** Options of losses and layers, for the walk over the exports of the engine. */
import * as engine from '../../engine/index.js';
import type { Samples } from './walk.js';

const { arange, ones, tensor } = engine;

const x = tensor([
  [1, 2],
  [3, 4],
]);
const two = ones([2]);
const line = ones([1, 1, 4]);
const image = ones([1, 1, 4, 4]);
const kernel = ones([1, 1, 2, 2]);
const convolution = { stride: 1, padding: 0, dilation: 1, groups: 1 };
const transposed = { ...convolution, outputPadding: 0 };
const pool = { stride: 2, padding: 1, ceilMode: true };
const classes = { weight: two, ignoreIndex: 1, reduction: 'sum' };
const gates = (count: number): engine.GruWeights => ({
  wi: ones([count, 1]),
  wh: ones([count, 1]),
  bi: ones([count]),
  bh: ones([count]),
});
const recurrent = { initial: ones([1, 1]), reverse: true };

/** What is not a plain object is handed on as it is. */
function spread(options: unknown): object {
  if (Object.getPrototypeOf(options) === Object.prototype) return options as object;
  throw new engine.UsageError('the sample: no options object; options as kernelSize are tested below');
}

const losses: Samples = {
  crossEntropy: {
    call: (o) => engine.crossEntropy(x, arange(2), o),
    options: { ...classes, labelSmoothing: 0.1 },
  },
  nllLoss: { call: (o) => engine.nllLoss(x, arange(2), o), options: classes },
  mseLoss: { call: (o) => engine.mseLoss(x, x, o), options: { reduction: 'none' } },
  l1Loss: { call: (o) => engine.l1Loss(x, x, o), options: { reduction: 'none' } },
  smoothL1Loss: { call: (o) => engine.smoothL1Loss(x, x, o), options: { reduction: 'sum', beta: 2 } },
  huberLoss: { call: (o) => engine.huberLoss(x, x, o), options: { reduction: 'sum', delta: 2 } },
  klDiv: { call: (o) => engine.klDiv(x, x, o), options: { reduction: 'batchmean', logTarget: true } },
  binaryCrossEntropy: {
    call: (o) => engine.binaryCrossEntropy(x, x, o),
    options: { reduction: 'sum', weight: two },
  },
  binaryCrossEntropyWithLogits: {
    call: (o) => engine.binaryCrossEntropyWithLogits(x, x, o),
    options: { reduction: 'sum', weight: two, posWeight: two },
  },
  gaussianNllLoss: {
    call: (o) => engine.gaussianNllLoss(x, x, x, o),
    options: { reduction: 'sum', full: true, eps: 1e-3 },
  },
  marginRankingLoss: {
    call: (o) => engine.marginRankingLoss(x, x, x, o),
    options: { reduction: 'sum', margin: 1 },
  },
};

const windows: Samples = {
  conv1d: { call: (o) => engine.conv1d(line, ones([1, 1, 2]), undefined, o), options: convolution },
  conv2d: { call: (o) => engine.conv2d(image, kernel, undefined, o), options: convolution },
  conv3d: {
    call: (o) => engine.conv3d(ones([1, 1, 2, 2, 2]), ones([1, 1, 2, 2, 2]), undefined, o),
    options: convolution,
  },
  convTranspose1d: {
    call: (o) => engine.convTranspose1d(line, ones([1, 1, 2]), undefined, o),
    options: transposed,
  },
  convTranspose2d: { call: (o) => engine.convTranspose2d(image, kernel, undefined, o), options: transposed },
  maxPool1d: {
    call: (o: object) => engine.maxPool1d(line, { kernelSize: 2, ...spread(o) }),
    options: { ...pool, dilation: 1 },
  },
  maxPool2d: {
    call: (o: object) => engine.maxPool2d(image, { kernelSize: 2, ...spread(o) }),
    options: { ...pool, dilation: 1 },
  },
  avgPool1d: {
    call: (o: object) => engine.avgPool1d(line, { kernelSize: 2, ...spread(o) }),
    options: { ...pool, countIncludePad: false, divisorOverride: 3 },
  },
  avgPool2d: {
    call: (o: object) => engine.avgPool2d(image, { kernelSize: 2, ...spread(o) }),
    options: { ...pool, countIncludePad: false, divisorOverride: 3 },
  },
  adaptiveAvgPool1d: { call: (o) => engine.adaptiveAvgPool1d(line, o), options: { outputSize: 2 } },
  adaptiveAvgPool2d: { call: (o) => engine.adaptiveAvgPool2d(image, o), options: { outputSize: 2 } },
  adaptiveMaxPool1d: { call: (o) => engine.adaptiveMaxPool1d(line, o), options: { outputSize: 2 } },
  adaptiveMaxPool2d: { call: (o) => engine.adaptiveMaxPool2d(image, o), options: { outputSize: 2 } },
  interpolate: [
    {
      call: (o) => engine.interpolate(image, o),
      options: { size: 8, mode: 'bilinear', alignCorners: true },
    },
    { call: (o) => engine.interpolate(image, o), options: { scaleFactor: 2 } },
  ],
};

const norms: Samples = {
  batchNormTrain: { call: (o) => engine.batchNormTrain(x, two, two, o), options: { eps: 1e-3 } },
  batchNormEval: { call: (o) => engine.batchNormEval(x, two, two, two, two, o), options: { eps: 1e-3 } },
  batchStatistics: 'none',
  layerNorm: { call: (o) => engine.layerNorm(x, two, two, o), options: { eps: 1e-3 } },
  groupNorm: {
    call: (o) => engine.groupNorm(image, undefined, undefined, o),
    options: { numGroups: 1, eps: 1e-3 },
  },
  instanceNorm: {
    call: (o) => engine.instanceNorm(image, undefined, undefined, o),
    options: { eps: 1e-3 },
  },
  normalize: { call: (o) => engine.normalize(x, o), options: { p: 1, dim: 0, eps: 1e-3 } },
  cosineSimilarity: { call: (o) => engine.cosineSimilarity(x, x, o), options: { dim: 0, eps: 1e-3 } },
};

const sequences: Samples = {
  maskedSoftmax: { call: (o) => engine.maskedSoftmax(x, x, o), options: { dim: 0 } },
  scaledDotProductAttention: {
    call: (o) => engine.scaledDotProductAttention(x, x, x, o),
    options: { mask: x, bias: x, isCausal: true, scale: 1 },
  },
  lstm: {
    call: (o) => engine.lstm(ones([1, 1, 1]), gates(4), o),
    options: { initial: { h: ones([1, 1]), c: ones([1, 1]) }, reverse: true },
  },
  lstmSequence: 'none',
  gru: { call: (o) => engine.gru(ones([1, 1, 1]), gates(3), o), options: recurrent },
  rnn: {
    call: (o) => engine.rnn(ones([1, 1, 1]), gates(1), o),
    options: { ...recurrent, nonlinearity: 'relu' },
  },
};

export const layerSamples: Samples = { ...losses, ...windows, ...norms, ...sequences };
