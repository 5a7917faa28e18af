import { composite } from '../../core/composite.js';
import { type Kinds, isAny, isBoolean, readOptions } from '../../core/options.js';
import type { Tensor } from '../../core/tensor.js';
import { linear, zeros } from '../../ops/index.js';
import { add, mul, sigmoid, tanh } from '../../primitives/index.js';
import { type RecurrentWeights, checkSequence, gateOf, requireTensors, recur } from './sequence.js';

/** The state of an LSTM between steps: hidden values h and cell values c, both `[batch, hidden]`. */
export interface LstmState {
  readonly h: Tensor;
  readonly c: Tensor;
}

/** Rows in the order of the gates i, f, g, o, as in PyTorch: `wi [4*hidden, in]`, `wh [4*hidden, hidden]`, `bi` and `bh [4*hidden]`. */
export type LstmWeights = RecurrentWeights;

export interface LstmOptions {
  /** The state before the first step; default zeros. */
  readonly initial?: LstmState;
  /** Goes from the last step to the first, as one half of a bidirectional LSTM does; output t still belongs to x[t]. */
  readonly reverse?: boolean;
}

const lstmKinds: Kinds<LstmOptions> = { initial: isAny, reverse: isBoolean };

export interface LstmResult {
  readonly output: Tensor;
  readonly final: LstmState;
}

/**
 * A long short-term memory over a sequence x `[time, batch, in]`:
 *
 *     i, f, o = sigmoid(wi x[t] + bi + wh h + bh)    g = tanh(same)    each with its own quarter of the rows
 *     c = f*c + i*g
 *     h = o*tanh(c)
 *
 * `output [time, batch, hidden]` holds h after every step; `final` is the state after the last step taken, and
 * continues the sequence as `initial` of another call. Hochreiter and Schmidhuber 1997, Gers et al. 2000.
 */
export const lstm = composite(
  'lstm',
  1,
  (x: Tensor, weights: LstmWeights, options?: LstmOptions): LstmResult => {
    const { initial, reverse = false } = readOptions<LstmOptions>('lstm', options, lstmKinds);
    if (initial !== undefined) requireTensors('lstm', 'the initial state', initial, ['h', 'c']);
    const hidden = checkSequence('lstm', 4, x, weights, {
      'initial.h': initial?.h,
      'initial.c': initial?.c,
    });
    const { wi, wh, bi, bh } = weights;
    const blank = zeros([x.shape[1], hidden], { dtype: x.dtype });
    // The part of the gates that comes from x does not depend on the state, so it is one matrix product for all steps.
    return recur(
      linear(x, wi, add(bi, bh)),
      reverse,
      initial ?? { h: blank, c: blank },
      (input, { h, c }) => advance(add(input, linear(h, wh)), c, hidden),
      ({ h }) => h,
    );
  },
);

/** The hidden values `[time, batch, hidden]` of an LSTM that starts from zeros: the `output` of `lstm`. */
export const lstmSequence = composite(
  'lstmSequence',
  5,
  (x: Tensor, wi: Tensor, wh: Tensor, bi: Tensor, bh: Tensor): Tensor => lstm(x, { wi, wh, bi, bh }).output,
);

function advance(gates: Tensor, before: Tensor, hidden: number): LstmState {
  const gate = (k: number): Tensor => gateOf(gates, k, hidden);
  const kept = mul(sigmoid(gate(1)), before);
  const c = add(kept, mul(sigmoid(gate(0)), tanh(gate(2))));
  return { h: mul(sigmoid(gate(3)), tanh(c)), c };
}
