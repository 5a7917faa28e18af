import { requireTensor } from '../../core/arguments.js';
import { composite } from '../../core/composite.js';
import { type Kinds, isAny, isBoolean, readOptions } from '../../core/options.js';
import type { Tensor } from '../../core/tensor.js';
import { linear, zeros } from '../../ops/index.js';
import { add, mul, sigmoid, sub, tanh } from '../../primitives/index.js';
import { type RecurrentWeights, checkSequence, gateOf, recur } from './sequence.js';

/** Rows in the order of the gates r, z, n, as in PyTorch: `wi [3*hidden, in]`, `wh [3*hidden, hidden]`, `bi` and `bh [3*hidden]`. */
export type GruWeights = RecurrentWeights;

export interface GruOptions {
  /** The hidden values before the first step, `[batch, hidden]`; default zeros. */
  readonly initial?: Tensor;
  /** Goes from the last step to the first; output t still belongs to x[t]. */
  readonly reverse?: boolean;
}

const gruKinds: Kinds<GruOptions> = { initial: isAny, reverse: isBoolean };

export interface GruResult {
  readonly output: Tensor;
  readonly final: Tensor;
}

/**
 * A gated recurrent unit over a sequence x `[time, batch, in]`:
 *
 *     r, z = sigmoid(wi x[t] + bi + wh h + bh)    n = tanh(wi x[t] + bi + r*(wh h + bh))    each with its own third of the rows
 *     h = (1-z)*n + z*h
 *
 * `output [time, batch, hidden]` holds h after every step; `final [batch, hidden]` is that after the last step taken, and
 * continues the sequence as `initial` of another call. Cho et al. 2014, with PyTorch's place of the reset gate r.
 */
export const gru = composite('gru', 1, (x: Tensor, weights: GruWeights, options?: GruOptions): GruResult => {
  const { initial, reverse = false } = readOptions<GruOptions>('gru', options, gruKinds);
  if (initial !== undefined) requireTensor('gru', initial, 'a tensor as initial');
  const hidden = checkSequence('gru', 3, x, weights, { initial });
  const { wi, wh, bi, bh } = weights;
  const start = initial ?? zeros([x.shape[1], hidden], { dtype: x.dtype });
  const advance = (input: Tensor, h: Tensor): Tensor => {
    const recurrent = linear(h, wh, bh);
    const gate = (k: number): Tensor => sigmoid(add(gateOf(input, k, hidden), gateOf(recurrent, k, hidden)));
    const [reset, update] = [gate(0), gate(1)];
    const n = tanh(add(gateOf(input, 2, hidden), mul(reset, gateOf(recurrent, 2, hidden))));
    return add(mul(sub(1, update), n), mul(update, h));
  };
  return recur(linear(x, wi, bi), reverse, start, advance, (h) => h);
});
