/** The cases of ops.json that need a translation. */
import * as metagrad from '../../../engine/index.js';
import type { Tensor } from '../../../engine/index.js';
import type { Operations } from './operation.js';

export const basics: Operations = {
  pow_scalar: ([x], { exponent }) => x.pow(exponent),
  sum_all: ([x]) => x.sum(),
  mean_all: ([x]) => x.mean(),
  var_all: ([x]) => x.var(),
  std_all: ([x]) => x.std(),
  norm_all: ([x]) => x.norm(),
  max_all: ([x]) => x.max(),
  transpose: ([x], { dim0, dim1 }) => x.transpose(dim0, dim1),
  permute: ([x], { dims }) => x.permute(dims),
  reshape: ([x], { shape }) => x.reshape(shape),
  expand: ([x], { shape }) => x.expand(shape),
  flip: ([x], { dims }) => x.flip(dims),
  pad: ([x], { pad }) => x.pad(pad),
  cat: (inputs, options) => metagrad.cat(inputs, options),
  stack: (inputs, options) => metagrad.stack(inputs, options),
  where: ([condition, a, b]) => metagrad.where(metagrad.gt(condition, 0), a, b),
  batch_norm_eval: ([x, mean, variance, weight, bias], options) => {
    const fixed = (t: Tensor): Tensor => metagrad.stopGradient(t, 'the reference detaches the statistics');
    return metagrad.batchNormEval(x, fixed(mean), fixed(variance), weight, bias, options);
  },
};
