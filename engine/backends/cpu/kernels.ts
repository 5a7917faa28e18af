import type { KernelSpec, Signature, Strided, TypedArray } from '../../ir/kernel.js';
import { conv } from './conv.js';
import { copy } from './copy.js';
import { gather, scatterAdd } from './indexing.js';
import { linalg } from './linalg.js';
import { map } from './map.js';
import { matmul } from './matmul.js';
import { reduce } from './reduce.js';
import { sort } from './sort.js';
import { fold, unfold } from './window.js';

/**
 * The reference kernels: plain JavaScript over typed arrays, sums in double precision, float32 and float64 alike. Computes
 * `spec` of `inputs` as a new dense row-major array of the output's shape and dtype.
 */
export function compute(spec: KernelSpec, inputs: readonly Strided[], output: Signature): TypedArray {
  switch (spec.family) {
    case 'map':
      return map(spec, inputs, output);
    case 'reduce':
      return reduce(spec, inputs[0], output);
    case 'copy':
      return copy(spec, inputs, output);
    case 'index':
      return spec.access === 'gather' ? gather(spec, inputs, output) : scatterAdd(spec, inputs, output);
    case 'sort':
      return sort(spec, inputs[0], output);
    case 'matmul':
      return matmul(inputs[0], inputs[1], output);
    case 'window':
      return spec.access === 'unfold' ? unfold(spec, inputs[0], output) : fold(spec, inputs[0], output);
    case 'conv':
      return conv(spec, inputs, output);
    case 'linalg':
      return linalg(spec, inputs, output);
  }
}
