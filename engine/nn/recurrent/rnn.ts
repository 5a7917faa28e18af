import { requireTensor } from '../../core/arguments.js';
import { composite } from '../../core/composite.js';
import { type Kinds, isAny, isBoolean, isOneOf, readOptions } from '../../core/options.js';
import type { Tensor } from '../../core/tensor.js';
import { linear, relu, zeros } from '../../ops/index.js';
import { add, tanh } from '../../primitives/index.js';
import { type RecurrentWeights, checkSequence, recur } from './sequence.js';

/** `wi [hidden, in]`, `wh [hidden, hidden]`, `bi` and `bh [hidden]` */
export type RnnWeights = RecurrentWeights;

export interface RnnOptions {
  /** The hidden values before the first step, `[batch, hidden]`; default zeros. */
  readonly initial?: Tensor;
  /** Goes from the last step to the first; output t still belongs to x[t]. */
  readonly reverse?: boolean;
  /** Default tanh. */
  readonly nonlinearity?: 'tanh' | 'relu';
}

const rnnKinds: Kinds<RnnOptions> = {
  initial: isAny,
  reverse: isBoolean,
  nonlinearity: isOneOf('tanh', 'relu'),
};

export interface RnnResult {
  readonly output: Tensor;
  readonly final: Tensor;
}

/**
 * A plain recurrent network over a sequence x `[time, batch, in]`: `h = tanh(wi x[t] + bi + wh h + bh)`.
 * `output [time, batch, hidden]` holds h after every step; `final [batch, hidden]` is that after the last step taken, and
 * continues the sequence as `initial` of another call. Elman 1990.
 */
export const rnn = composite('rnn', 1, (x: Tensor, weights: RnnWeights, options?: RnnOptions): RnnResult => {
  const { initial, reverse = false, nonlinearity } = readOptions<RnnOptions>('rnn', options, rnnKinds);
  if (initial !== undefined) requireTensor('rnn', initial, 'a tensor as initial');
  const hidden = checkSequence('rnn', 1, x, weights, { initial });
  const { wi, wh, bi, bh } = weights;
  const start = initial ?? zeros([x.shape[1], hidden], { dtype: x.dtype });
  const bend = nonlinearity === 'relu' ? relu : tanh;
  const advance = (input: Tensor, h: Tensor): Tensor => bend(add(input, linear(h, wh)));
  return recur(linear(x, wi, add(bi, bh)), reverse, start, advance, (h) => h);
});
